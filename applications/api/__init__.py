"""What programs are offered: the register, for everybody; enrolments, for approved partners with a token."""

from applications.api.enrolments import (
    EnrolledCompanyListApi,
    EnrolmentApi,
    EnrolmentImportApi,
    EnrolmentListApi,
    EnrolmentProblemListApi,
    EnrolmentRowListApi,
)
from applications.api.register import RegisterApi

__all__ = [
    "EnrolledCompanyListApi",
    "EnrolmentApi",
    "EnrolmentImportApi",
    "EnrolmentListApi",
    "EnrolmentProblemListApi",
    "EnrolmentRowListApi",
    "RegisterApi",
]
