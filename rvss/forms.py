"""The bridge from Django's forms to the design system: one field becomes one macro's parameters."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import Jinja2
from django.template import engines

from accounts.fields import GovukDateWidget

Parameters = dict[str, Any]


class GovukRenderer(Jinja2):
    """Forms printed whole (allauth's are not, but an error list may be) use the project's templates."""

    @property
    def engine(self) -> Any:
        return engines["jinja2"]

    form_template_name = "components/form_whole.html"


def field_parameters(bound: BoundField, **overrides: Any) -> tuple[str, Parameters]:
    """The macro's name and its parameters for a bound field."""
    widget = bound.field.widget
    kind = kind_of(widget)
    made: Parameters = {
        "id": bound.id_for_label or bound.auto_id,
        "name": bound.html_name,
        "hint": {"text": bound.help_text} if bound.help_text else None,
        "errorMessage": {"text": " ".join(map(str, bound.errors))} if bound.errors else None,
        "attributes": {},
    }
    title = {"text": bound.label, "classes": overrides.pop("label_classes", "govuk-label--s")}
    page_heading = overrides.pop("page_heading", False)
    if page_heading:
        title |= {"classes": "govuk-label--l", "isPageHeading": True}
    if kind in {"radios", "checkboxes", "date", "checkbox"}:
        legend = title | {"classes": title["classes"].replace("label", "fieldset__legend")}
        made["fieldset"] = {"legend": legend}
    else:
        made["label"] = title
    PARAMETERS[kind](bound, made)
    classes = overrides.pop("classes", None) or widget.attrs.get("class")
    if classes:
        made["classes"] = " ".join(filter(None, [made.get("classes"), classes]))
    made.update(overrides)
    return MACROS[kind], {key: value for key, value in made.items() if value is not None}


def kind_of(widget: forms.Widget) -> str:
    # CheckboxSelectMultiple is a RadioSelect to Python: ask for it first.
    for kind, types in (
        ("hidden", forms.HiddenInput),
        ("checkboxes", forms.CheckboxSelectMultiple),
        ("radios", forms.RadioSelect),
        ("checkbox", forms.CheckboxInput),
        ("date", GovukDateWidget),
        ("select", forms.Select),
        ("textarea", forms.Textarea),
        ("file", forms.FileInput),
        ("password", forms.PasswordInput),
    ):
        if isinstance(widget, types):
            return kind
    return "input"


def _value(bound: BoundField) -> str:
    value = bound.value()
    return "" if value is None else str(bound.field.widget.format_value(value) or "")


def _input(bound: BoundField, made: Parameters) -> None:
    widget = bound.field.widget
    made["value"] = _value(bound)
    made["type"] = getattr(widget, "input_type", "text")
    if isinstance(bound.field, forms.IntegerField):
        made |= {"type": "text", "inputmode": "numeric", "classes": "govuk-input--width-5"}
    _attributes(bound, made)


def _attributes(bound: BoundField, made: Parameters) -> None:
    attrs = bound.field.widget.attrs
    for name in ("autocomplete", "inputmode", "spellcheck"):
        if name in attrs:
            made[name] = attrs[name]
    made["attributes"] |= {key: str(attrs[key]) for key in attrs if key.startswith("data-")}


def _password(bound: BoundField, made: Parameters) -> None:
    _attributes(bound, made)


def _textarea(bound: BoundField, made: Parameters) -> None:
    made["value"] = _value(bound)
    made["rows"] = str(bound.field.widget.attrs.get("rows", 5))
    _attributes(bound, made)


def _file(bound: BoundField, made: Parameters) -> None:
    widget = bound.field.widget
    made["multiple"] = bool(getattr(widget, "allow_multiple_selected", False))
    made["javascript"] = True
    if "accept" in widget.attrs:
        made["attributes"]["accept"] = widget.attrs["accept"]


def choices_of(bound: BoundField) -> list[tuple[Any, Any]]:
    return list(getattr(bound.field, "choices", ()))


def _items(bound: BoundField, made: Parameters) -> list[Parameters]:
    chosen = bound.value()
    values = {str(value) for value in (chosen if isinstance(chosen, (list, tuple, set)) else [chosen])}
    first_id = made["idPrefix"] = bound.auto_id
    items: list[Parameters] = []
    for value, text in choices_of(bound):
        if value in ("", None):
            continue
        number = len(items)
        hint = getattr(bound.field, "choice_hints", {}).get(str(value))
        items.append(
            {
                "value": str(value),
                "text": str(text),
                "checked": str(value) in values,
                "id": first_id if number == 0 else f"{first_id}_{number}",
                "hint": {"text": hint} if hint else None,
            }
        )
    made.pop("id")
    return items


def _choices(bound: BoundField, made: Parameters) -> None:
    made["items"] = _items(bound, made)


def _checkbox(bound: BoundField, made: Parameters) -> None:
    made.pop("fieldset")
    made.pop("id")
    made["idPrefix"] = bound.auto_id
    hint = made.pop("hint")
    made["items"] = [
        {
            "value": "on",
            "text": bound.label,
            "checked": bool(bound.value()),
            "id": bound.auto_id,
            "hint": hint,
        }
    ]


def _select(bound: BoundField, made: Parameters) -> None:
    chosen = str(bound.value() if bound.value() is not None else "")
    made["items"] = [
        {"value": str(value or ""), "text": str(text), "selected": str(value or "") == chosen}
        for value, text in choices_of(bound)
    ]
    _attributes(bound, made)


def _date(bound: BoundField, made: Parameters) -> None:
    value = bound.value()
    parts = value if isinstance(value, (list, tuple)) else bound.field.widget.decompress(value)
    wrong = " govuk-input--error" if bound.errors else ""
    made["id"] = f"{bound.auto_id}"
    made["items"] = [
        {
            "name": f"{bound.html_name}_{name}",
            "label": name.capitalize(),
            "id": bound.auto_id if name == "day" else f"{bound.auto_id}_{name}",
            "value": "" if part is None else str(part),
            "classes": f"govuk-input--width-{4 if name == 'year' else 2}{wrong}",
        }
        for name, part in zip(("day", "month", "year"), parts, strict=True)
    ]
    made["id"] = f"{bound.auto_id}-group"


def _hidden(bound: BoundField, made: Parameters) -> None:
    made["value"] = _value(bound)


PARAMETERS = {
    "input": _input,
    "textarea": _textarea,
    "file": _file,
    "radios": _choices,
    "checkboxes": _choices,
    "checkbox": _checkbox,
    "select": _select,
    "date": _date,
    "password": _password,
    "hidden": _hidden,
}
MACROS = {
    "input": "govukInput",
    "textarea": "govukTextarea",
    "file": "govukFileUpload",
    "radios": "govukRadios",
    "checkboxes": "govukCheckboxes",
    "checkbox": "govukCheckboxes",
    "select": "govukSelect",
    "date": "govukDateInput",
    "password": "govukPasswordInput",
    "hidden": "hidden",
}


def error_list(*forms_of_page: forms.BaseForm | None) -> list[Parameters]:
    """The error summary's entries, in the order of the fields, each a link to its field.

    What is wrong with the whole leads to the first field.
    """
    entries: list[Parameters] = []
    for form in forms_of_page:
        if form is None or not form.is_bound:
            continue
        first = next((f"#{bound.auto_id}" for bound in form if not bound.is_hidden), None)
        entries += [{"text": str(error), "href": first} for error in form.non_field_errors()]
        for bound in form:
            entries += [{"text": str(error), "href": f"#{bound.auto_id}"} for error in bound.errors]
    return entries
