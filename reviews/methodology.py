"""How the figures are made, in the words that stand beside the code that makes them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from assurance import agreement, allocation, draw, levels
from reviews.statistics import case, estimation, intervals, strength, suppression
from reviews.statistics.collect import collect, latest_checks

# What only a programmer asks.
RAISES = re.compile(r"\s*Raises [^.]*\.(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Method:
    """A heading, and the text of the modules, classes and functions that do what it says."""

    slug: str
    title: str
    described_by: tuple[ModuleType | type | Callable[..., object], ...]

    @property
    def paragraphs(self) -> list[str]:
        return [
            words
            for described in self.described_by
            for block in (inspect.getdoc(described) or "").split("\n\n")
            if (words := RAISES.sub("", " ".join(block.split())).replace("`", ""))
        ]

    @property
    def sources(self) -> list[str]:
        """The files in which it stands, each once."""
        modules = [inspect.getmodule(described) for described in self.described_by]
        return list(dict.fromkeys(f"{module.__name__.replace('.', '/')}.py" for module in modules if module))


METHODS = (
    Method("counted", "What is counted", (collect, latest_checks)),
    Method("take-up", "Take-up, and how sure a share is", (intervals.wilson,)),
    Method("drawn", "How members are drawn for checks", (draw, draw.draw)),
    Method("groups", "How many are drawn from each group", (allocation, allocation.StratumSize.variance)),
    Method(
        "all-members",
        "From the members that were checked to all members",
        (estimation, estimation.estimate_share, intervals.logit_interval),
    ),
    Method("assured", "How far a member is assured", (levels,)),
    Method("agreement", "How well two readers agree", (agreement, agreement.agreement, agreement.Agreement)),
    Method("case", "The case for mandatory footing", (case, strength)),
    Method(
        "withheld",
        "What is withheld",
        (
            suppression,
            suppression.hide,
            suppression.hide_overlapping,
            suppression.is_dominated,
            suppression.hide_months,
        ),
    ),
)
