"""Who reads, copies and erases what is held about people, and who decides on what is removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import DataExport, ErasureRequest, ExportStatus, RetentionRun
from tests.access.expectation import DFT, SIGNED_IN, Leaf, form, get, post
from tests.cast import Cast
from tests.factories import UserFactory

ADMINISTRATOR = "administrator"
NOT_STAFF = "owner editor viewer other_owner partner panel"


def copy_of_owner(cast: Cast) -> dict[str, Any]:
    if "copy" not in cast.more:
        now = timezone.now()
        cast.more["copy"] = DataExport.objects.create(
            person=cast.owner,
            requested_by=cast.owner,
            status=ExportStatus.READY,
            storage_name=default_storage.save("copies/access", ContentFile(b"PK")),
            sha256="0" * 64,
            finished_at=now,
            expires_at=now + timedelta(days=7),
        )
    return {"pk": cast.more["copy"].pk}


def waiting_erasure(cast: Cast) -> dict[str, Any]:
    ErasureRequest.objects.get_or_create(
        person=cast.owner,
        requested_by=cast.owner,
        defaults={"due_at": timezone.now() + timedelta(days=7)},
    )
    return {}


def waiting_erasure_of_owner(cast: Cast) -> dict[str, Any]:
    waiting_erasure(cast)
    return {"pk": cast.owner.pk}


def closed_account(cast: Cast) -> dict[str, Any]:
    """Of somebody outside the cast, whose access has ended."""
    if "closed" not in cast.more:
        cast.more["closed"] = UserFactory(is_active=False)
    return {"pk": cast.more["closed"].pk}


def run(status: str) -> Any:
    def made(cast: Cast) -> dict[str, Any]:
        if status not in cast.more:
            RetentionRun.objects.all().delete()
            now = timezone.now()
            reported = (
                {}
                if status == "failed"
                else {
                    "reported_at": now,
                    "expires_at": now + timedelta(days=14),
                }
            )
            cast.more[status] = RetentionRun.objects.create(status=status, **reported)
        return {"pk": cast.more[status].pk}

    return made


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "data:yours": Leaf(get(SIGNED_IN)),
    "data:copy_ask": Leaf(post(SIGNED_IN)),
    # Who gets through is asked for the password again.
    "data:copy": Leaf(get("owner"), copy_of_owner),
    "data:erasure": Leaf(form(NOT_STAFF, forbidden=DFT)),
    "data:erasure_cancel": Leaf(post("owner"), waiting_erasure),
    "data:requests": Leaf(get(ADMINISTRATOR, otherwise=403)),
    "data:copy_for": Leaf(form(ADMINISTRATOR, otherwise=403)),
    "data:erase_person": [
        Leaf(form(ADMINISTRATOR, otherwise=403), closed_account, note="whose access has ended"),
        Leaf(form("", otherwise=403), lambda cast: {"pk": cast.editor.pk}, note="who can sign in"),
        Leaf(form("", otherwise=403), lambda cast: {"pk": cast.administrator.pk}, note="oneself"),
    ],
    "data:erase_person_cancel": Leaf(form(ADMINISTRATOR, otherwise=403), waiting_erasure_of_owner),
    "data:retention": Leaf(get(ADMINISTRATOR, otherwise=403)),
    "data:retention_start": Leaf(post(ADMINISTRATOR, otherwise=403)),
    "data:retention_run": Leaf(get(ADMINISTRATOR, otherwise=403), run("reported")),
    "data:retention_approve": Leaf(post(ADMINISTRATOR, otherwise=403), run("reported")),
    "data:retention_dismiss": Leaf(form(ADMINISTRATOR, otherwise=403), run("reported")),
    "data:retention_retry": Leaf(post(ADMINISTRATOR, otherwise=403), run("failed")),
}
