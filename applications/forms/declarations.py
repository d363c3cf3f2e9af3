from __future__ import annotations

from django import forms

from applications.fields import LineField


class ReceiptCode(forms.Form):
    code = LineField(
        label="Code of the receipt",
        enter="Enter the code of the receipt",
        max_length=60,
        help_text="16 letters and digits at the top of the receipt, like 4F2A-91BC-08D7-6E35",
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-20", "spellcheck": "false", "autocomplete": "off"}
        ),
    )


class DeclarationRequestFilter(forms.Form):
    due = forms.ChoiceField(
        label="Due", required=False, choices=[("", "Any date"), ("overdue", "Overdue only")]
    )
