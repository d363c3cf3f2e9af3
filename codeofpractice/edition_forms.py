"""Forms of the editions' pages. They check what was typed; services decide."""

from __future__ import annotations

from datetime import date

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.fields import ParagraphField
from codeofpractice.edition_files import MAX_BYTES


class EditionForm(forms.Form):
    file = forms.FileField(
        label="The edition’s file",
        help_text="YAML, up to 1 MB",
        widget=forms.FileInput(attrs={"accept": ".yaml,.yml"}),
        error_messages={"required": "Choose a file", "empty": "The file is empty. Choose another"},
    )

    def clean_file(self) -> UploadedFile[bytes]:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB. An edition is text alone")
        return upload


class PublicationForm(forms.Form):
    on = GovukDateField(
        label="On which day does it come into force?", help_text="Today or later, like 27 3 2030"
    )
    reason = ParagraphField(
        label="Why is it published now?", enter="Enter the reason", max_length=2000, rows=3
    )
    is_final = forms.BooleanField(
        label="I have read the preview, and it says what the edition says",
        error_messages={"required": "Confirm that you have read the preview"},
    )
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day < timezone.localdate():
            raise forms.ValidationError("The day must be today or later")
        return day
