from __future__ import annotations

from django import forms

from applications.choices import Region


class RegisterFilter(forms.Form):
    q = forms.CharField(label="Name, trading name, town or membership number", required=False)
    region = forms.ChoiceField(label="Region", required=False, choices=[("", "Any region"), *Region.choices])
