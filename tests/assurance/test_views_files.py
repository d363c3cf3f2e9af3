"""Files of a checked plan: for those who work on the check, and only when clean."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from codeofpractice.models import FileStatus, StoredFile
from tests import factories as make
from tests.applications.test_views_apply import client_of
from tests.cast import Cast


def stored(file: StoredFile) -> StoredFile:
    default_storage.save(file.storage_name, ContentFile(b"%PDF-1.7 handover %%EOF"))
    return file


def test_a_file_of_the_plan_is_served_with_care(cast: Cast) -> None:
    response = client_of(cast.assurer).get(f"/checks/{cast.open_check.pk}/files/{cast.stored_file().pk}/")
    assert response.status_code == 200
    assert b"".join(response) == b"%PDF-1.7 handover %%EOF"
    assert response.headers["Content-Disposition"] == 'attachment; filename="handover-procedure.pdf"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("status", [FileStatus.WAITING, FileStatus.INFECTED, FileStatus.UNSCANNABLE])
def test_a_file_that_is_not_clean_is_not_served(cast: Cast, status: str) -> None:
    file = stored(make.StoredFileFactory(company=cast.alpha, status=status))
    version = make.PlanVersionFactory(
        membership=cast.other_membership, edition=cast.edition, started_by=cast.owner, answered=True
    )
    version.evidence.create(file=file, title="Handover", added_by=cast.owner)
    check = make.PlanCheckFactory(
        membership=cast.other_membership, plan_version=make.submit(version), assurer=cast.assurer
    )
    assert client_of(cast.assurer).get(f"/checks/{check.pk}/files/{file.pk}/").status_code == 404


def test_a_check_without_a_plan_opens_no_file(cast: Cast) -> None:
    """No file belongs to it: not one that is evidence elsewhere, nor one that belongs to no plan."""
    check = make.PlanCheckFactory(membership=cast.other_membership, assurer=cast.assurer)
    loose = stored(make.StoredFileFactory(company=cast.sent))
    for file in (cast.stored_file(), loose, stored(cast.document.file)):
        assert client_of(cast.assurer).get(f"/checks/{check.pk}/files/{file.pk}/").status_code == 404


def test_a_file_of_another_version_is_not_served(cast: Cast) -> None:
    file = stored(cast.document.file)
    assert cast.document.version_id == cast.draft_version.pk != cast.open_check.plan_version_id
    address = f"/checks/{cast.open_check.pk}/files/{file.pk}/"
    assert client_of(cast.assurer).get(address).status_code == 404


def test_a_pro_forma_is_no_part_of_the_plan(cast: Cast) -> None:
    """Its answers are, once they are saved. A document beside it is."""
    version = make.PlanVersionFactory(
        membership=cast.other_membership, edition=cast.edition, started_by=cast.owner, answered=True
    )
    files = {}
    for kind in ("plan", "proforma"):
        files[kind] = stored(make.StoredFileFactory(company=cast.beta))
        make.PlanDocumentFactory(version=version, file=files[kind], kind=kind)
    check = make.PlanCheckFactory(
        membership=cast.other_membership, plan_version=make.submit(version), assurer=cast.assurer
    )
    client = client_of(cast.assurer)
    answers = {kind: client.get(f"/checks/{check.pk}/files/{file.pk}/") for kind, file in files.items()}
    assert b"".join(answers["plan"]) != b""
    assert answers["proforma"].status_code == 404
