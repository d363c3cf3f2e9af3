"""Who may have a file of a plan checked again."""

from __future__ import annotations

from typing import Any

from codeofpractice.models import FileStatus
from tests import factories as make
from tests.access.codeofpractice import editing
from tests.access.expectation import Leaf, post
from tests.cast import Cast


def refused_file(cast: Cast) -> dict[str, Any]:
    """A file of the draft that the scanner could not look into."""
    stored = make.StoredFileFactory(company=cast.alpha, uploaded_by=cast.owner, status=FileStatus.UNSCANNABLE)
    cast.draft_version.evidence.create(file=stored, title="Training record", added_by=cast.owner)
    return {"number": cast.membership.number, "pk": stored.pk}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {"codeofpractice:file_scan": editing(post, refused_file)}
