"""One file or several, taken by what is in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from codeofpractice.files import (
    PLAN_KINDS,
    PROFORMA_KINDS,
    FileRefused,
    Kind,
    check_upload,
    list_kinds,
)


class UploadField(forms.FileField):
    """A file whose content is one of the kinds; what is wrong with another is said at the field."""

    def __init__(self, *, kinds: tuple[Kind, ...], label: str, **kwargs: Any) -> None:
        self.kinds = kinds
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        kwargs.setdefault("help_text", f"{list_kinds(kinds)}, up to {limit} MB")
        super().__init__(
            label=label,
            widget=forms.FileInput(attrs={"accept": ",".join(kind.suffix for kind in kinds)}),
            error_messages={"required": "Choose a file", "empty": "The file is empty. Choose another"},
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> UploadedFile[bytes] | None:
        """None where no file was chosen and none is required."""
        upload: UploadedFile[bytes] | None = super().clean(data, initial)
        if upload is None:
            return None
        try:
            check_upload(upload, self.kinds)
        except FileRefused as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return upload


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile[bytes]]:
        found: list[UploadedFile[bytes]] = files.getlist(name)
        return found


class UploadsField(UploadField):
    """One file or several. Cleans to those that can be taken; `refused` says of each other one why not."""

    widget: forms.FileInput
    MOST = 20

    def __init__(self, *, kinds: tuple[Kind, ...], label: str, **kwargs: Any) -> None:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        words = f"{list_kinds(kinds)}, up to {limit} MB each, and {2 * limit} MB together"
        super().__init__(kinds=kinds, label=label, help_text=words, **kwargs)
        self.widget = SeveralFiles(attrs=self.widget.attrs)
        self.refused: list[tuple[str, str]] = []  # never added to: the fields of all forms begin with it

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Raises ValidationError only when no file is left."""
        chosen, refused = data or [], []
        if len(chosen) > self.MOST:
            raise forms.ValidationError(f"Choose {self.MOST} files or fewer at a time")
        if len(chosen) < 2:
            return [super().clean(chosen[0] if chosen else None, initial)]
        taken = []
        for each in chosen:
            try:
                taken.append(super().clean(each, initial))
            except forms.ValidationError as error:
                refused.append((each.name, " ".join(error.messages)))
        if not taken:
            raise forms.ValidationError([f"{name}: {words}" for name, words in refused])
        self.refused = refused
        return taken


class DocumentForm(forms.Form):
    file = UploadField(kinds=PLAN_KINDS, label="Your security plan")


class ProformaForm(forms.Form):
    file = UploadField(kinds=PROFORMA_KINDS, label="The pro-forma that you have filled in")
