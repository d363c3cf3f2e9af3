"""Forms of the security plan. They check what was typed; services decide."""

from codeofpractice.forms.evidence import (
    EvidenceChangeForm,
    EvidenceForm,
    EvidenceReplaceForm,
    EvidenceUseForm,
)
from codeofpractice.forms.plans import (
    ComparisonForm,
    ConfirmationForm,
    PlanRefusalForm,
    PlanSearchForm,
    SubmissionForm,
    WithdrawalForm,
)
from codeofpractice.forms.points import MeasureForm, PassageForm, PointForm, StillRightForm, TrainingForm
from codeofpractice.forms.uploads import DocumentForm, ProformaForm

__all__ = [
    "ComparisonForm",
    "ConfirmationForm",
    "DocumentForm",
    "EvidenceChangeForm",
    "EvidenceForm",
    "EvidenceReplaceForm",
    "EvidenceUseForm",
    "MeasureForm",
    "PassageForm",
    "PlanRefusalForm",
    "PlanSearchForm",
    "PointForm",
    "ProformaForm",
    "StillRightForm",
    "SubmissionForm",
    "TrainingForm",
    "WithdrawalForm",
]
