"""Components that were drawn before are not drawn again.

A macro of the design system gives the same HTML for the same parameters, and a page is mostly the same tags,
menus and buttons. Only components without anything that a person typed are remembered, and only short ones.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from jinja2 import Template
from jinja2.environment import TemplateModule
from markupsafe import Markup

COMPONENTS = frozenset(
    {
        "back-link",
        "button",
        "footer",
        "generic-header",
        "header",
        "pagination",
        "select",
        "service-navigation",
        "tag",
    }
)
MOST = 1024  # of each component; at some 2 kB each, at most 20 MB a process
LONGEST = 4000  # characters of parameters

Macro = Callable[..., Markup]


class _Parameters:
    """Parameters that compare by what they hold: repr tells Markup, which is not escaped, from text."""

    __slots__ = ("key", "value")

    def __init__(self, key: str, value: Any) -> None:
        self.key = key
        self.value = value

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Parameters) and self.key == other.key


def remember(macro: Macro) -> Macro:
    """The macro, which draws once what it is asked for again with equal parameters."""

    @lru_cache(maxsize=MOST)
    def draw(parameters: _Parameters) -> Markup:
        return macro(parameters.value)

    @wraps(macro, assigned=())
    def drawn(*args: Any, **kwargs: Any) -> Markup:
        if len(args) != 1 or kwargs:  # a {% call %} block hands over what it holds
            return macro(*args, **kwargs)
        key = repr(args[0])
        return draw(_Parameters(key, args[0])) if len(key) <= LONGEST else macro(*args)

    return drawn


class RememberingTemplate(Template):
    """A template of which the macros, if they are components worth remembering, remember."""

    def make_module(self, *args: Any, **kwargs: Any) -> TemplateModule:
        module = super().make_module(*args, **kwargs)
        # The loader of the package knows its templates without the package's name: components/tag/macro.html.
        parts = (self.name or "").split("/")
        if len(parts) == 3 and parts[0] == "components" and parts[1] in COMPONENTS:
            for name, macro in vars(module).items():
                if name.startswith("govuk"):
                    setattr(module, name, remember(macro))
        return module
