"""The forms of a page as a browser sees them, to be filled in and sent by tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup, Tag

Data = dict[str, str | list[str]]

TYPED = {"text", "email", "tel", "search", "url", "number", "password", "textarea"}


@dataclass
class Control:
    """One named field: what kind it is, what may be chosen, what it holds."""

    kind: str
    id: str = ""
    value: str = ""
    options: list[str] = field(default_factory=list)


@dataclass
class PageForm:
    method: str
    action: str
    controls: dict[str, Control]
    buttons: list[tuple[str, str]]

    @property
    def typed(self) -> list[str]:
        """The names of the fields into which words are typed."""
        return [name for name, control in self.controls.items() if control.kind in TYPED]

    @property
    def hidden(self) -> list[str]:
        return [name for name, control in self.controls.items() if control.kind == "hidden"]

    def ways(self) -> list[Data]:
        """Fillings with something sensible: with each button, and each option of the radios once."""
        most = max([len(c.options) for c in self.controls.values() if c.kind == "radio"], default=1)
        return [self.filled(way) | dict([button]) for way in range(most) for button in self.pressed]

    @property
    def pressed(self) -> list[tuple[str, str]]:
        """A button without a name sends nothing along; here a field that no view asks for."""
        return self.buttons or [("button", "")]

    def filled(self, way: int) -> Data:
        data: Data = {}
        for name, control in self.controls.items():
            if control.kind == "radio":
                data[name] = control.options[way % len(control.options)]
            elif control.kind == "checkbox":
                data[name] = [control.options[0]]
            elif control.kind == "select":
                data[name] = next((option for option in control.options if option), "")
            elif control.kind == "email":
                data[name] = control.value or "somebody.new@example.com"
            else:
                data[name] = control.value or ("" if control.kind == "hidden" else "12")
        return data


def forms_in(html: bytes | str) -> list[PageForm]:
    soup = BeautifulSoup(html, "html.parser")
    return [_read(form) for form in soup.find_all("form")]


def _text(tag: Tag, name: str) -> str:
    return str(tag.get(name) or "")


def _read(form: Tag) -> PageForm:
    made = PageForm(_text(form, "method").upper() or "GET", _text(form, "action"), {}, [])
    for tag in form.find_all(["input", "textarea", "select", "button"]):
        name = _text(tag, "name")
        if not name or name == "csrfmiddlewaretoken":
            continue
        kind = tag.name if tag.name != "input" else _text(tag, "type") or "text"
        if kind in {"button", "submit"}:
            made.buttons.append((name, _text(tag, "value")))
            continue
        control = made.controls.setdefault(name, Control(kind, _text(tag, "id")))
        if kind in {"radio", "checkbox"}:
            control.options.append(_text(tag, "value"))
        elif kind == "select":
            control.options = [_text(option, "value") for option in tag.find_all("option")]
        else:
            control.value = tag.get_text() if kind == "textarea" else _text(tag, "value")
    return made


def errors_in(html: bytes | str) -> set[str]:
    """The ids of the fields at which the page shows an error; of radios that of the first."""
    soup = BeautifulSoup(html, "html.parser")
    summary = soup.find(class_="govuk-error-summary")
    links: list[Any] = summary.find_all("a") if isinstance(summary, Tag) else []
    return {str(link["href"]).removeprefix("#") for link in links}
