"""Charts of the suppressed tables, as SVG. The same table gives the same bytes.

Colours are the categorical palette of the Government Analysis Function, in its order. What is withheld is
drawn as a gap with its symbol: a chart tells no more than the table beside it.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from lxml import etree
from matplotlib.figure import Figure

from reviews.statistics import UNAVAILABLE, WITHHELD, Cell, Table

BLUE, TURQUOISE, MAROON, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
INK, GRID = "#0b0c0c", "#b1b4b6"
WIDTH = 5.2  # inches; the page scales the picture, and on a telephone its words must still be read
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "rvss",
    "font.family": "Arial, Liberation Sans, sans-serif",
    "font.size": 12,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRID,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.axisbelow": True,
    "text.parse_math": False,
}
matplotlib.rcParams.update(STYLE)  # nothing else here draws


@dataclass(frozen=True)
class Chart:
    """`summary` is the text alternative: what the chart shows and where its numbers stand."""

    name: str
    title: str
    table: Table
    summary: str
    draw: Callable[[Table], bytes]

    def svg(self) -> bytes:
        return self.draw(self.table)


def charts_of(tables: Sequence[Table]) -> list[Chart]:
    """The charts that these tables give; none for a table with nothing to draw."""
    made = []
    for table in tables:
        for name, title, draw, columns in _recipes(table):
            cells = [cell for column in columns for cell in table.column(column)]
            if any(cell.value for cell in cells):
                made.append(Chart(name, title, table, _summary(title, table, columns), draw))
    return made


Recipe = tuple[str, str, Callable[[Table], bytes], tuple[str, ...]]


def _recipes(table: Table) -> list[Recipe]:
    if table.name == "months":
        return [
            ("members", "Members at the end of each month", draw_members, ("members",)),
            ("applications", "Applications received by month", draw_applications, ("applications",)),
        ]
    if table.name in {"region", "fleet-band", "rental-model"}:
        if any(column.name == "take_up" for column in table.columns):
            title = f"Take-up {table.title[0].lower()}{table.title[1:]}"
            return [(table.name, title, draw_take_up, ("take_up",))]
        return [(table.name, f"Members {table.title[0].lower()}{table.title[1:]}", draw_groups, ("members",))]
    if table.name == "trade-body":
        return [(table.name, "Members by trade body", draw_groups, ("members",))]
    if table.name.startswith("points-"):
        return [
            (table.name, "Members checked that met each point", draw_points, ("met", "partly", "not_met"))
        ]
    return []


def _summary(title: str, table: Table, columns: tuple[str, ...]) -> str:
    """What a person would say of the chart: its largest and smallest, and how much is withheld."""
    labels = table.column(table.columns[0].name)
    cells = table.column(columns[0])
    known = [
        (cell.value, label.text)
        for cell, label in zip(cells, labels, strict=True)
        if isinstance(cell.value, int | float) and label.text != "All companies"
    ]
    said = f"{title}."
    if known:
        most, least = max(known), min(known)
        said += f" Highest: {most[1]}, {most[0]:,}. Lowest: {least[1]}, {least[0]:,}."
    withheld = sum(cell.text == WITHHELD for column in columns for cell in table.column(column))
    if withheld:
        said += f" {withheld} of the figures {'is' if withheld == 1 else 'are'} withheld."
    return f"{said} The table “{table.title}” has every figure."


def _number(cell: Cell) -> float:
    return float(cell.value) if isinstance(cell.value, int | float) else float("nan")


def _figure(height: float, *, labels: Sequence[str] = (), top: float = 0.15) -> tuple[Figure, Any]:
    """Axes with room for the labels at the left. Margins are reckoned: matplotlib's own way of finding
    them draws everything twice."""
    longest = max((len(line) for label in labels for line in label.split("\n")), default=0)
    left, right, bottom = (0.25 + 0.1 * longest if longest else 0.75), 0.15, 0.65
    figure = Figure(figsize=(WIDTH, height))
    width = (WIDTH - left - right) / WIDTH
    return figure, figure.add_axes((left / WIDTH, bottom / height, width, 1 - (bottom + top) / height))


def _drawing(draw: Callable[[Table], Figure]) -> Callable[[Table], bytes]:
    """Without pyplot and its global state: workers draw side by side."""

    def drawn(table: Table) -> bytes:
        buffer = io.BytesIO()
        draw(table).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return _without_inline_styles(buffer.getvalue())

    return drawn


def _without_inline_styles(svg: bytes) -> bytes:
    """Style attributes as presentation attributes, so that a strict content policy lets them be."""
    root = etree.fromstring(svg, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    for element in root.iter(etree.Element):
        if etree.QName(element).localname == "style":
            element.text = ""
        for part in str(element.attrib.pop("style", "")).split(";"):
            name, colon, value = part.partition(":")
            if colon:
                element.set(name.strip(), value.strip())
    root.set("stroke-linejoin", "round")
    return bytes(etree.tostring(root))


@_drawing
def draw_members(table: Table) -> Figure:
    figure, axes = _figure(3.6)
    values = [_number(cell) for cell in table.column("members")]
    shown = [(position, value) for position, value in enumerate(values) if value == value]
    axes.plot(
        [x for x, y in shown], [y for x, y in shown], color=BLUE, linewidth=2.5, marker="o", markersize=4
    )
    _months_below(axes, table)
    axes.set_ylabel("Members")
    axes.set_ylim(bottom=0)
    return figure


@_drawing
def draw_applications(table: Table) -> Figure:
    figure, axes = _figure(3.6)
    cells = table.column("applications")
    axes.bar(range(len(cells)), [_number(cell) for cell in cells], color=BLUE)
    if len(cells) <= 36:
        for position, cell in enumerate(cells):
            if cell.value is None:
                axes.annotate(WITHHELD, (position, 0), ha="center", va="bottom", fontsize=9)
    _months_below(axes, table)
    axes.set_ylabel("Applications")
    axes.set_ylim(bottom=0)
    return figure


def _months_below(axes: Any, table: Table) -> None:
    labels = [cell.text.split(" (")[0] for cell in table.column("month")]
    step = max(1, -(-len(labels) // 8))
    short = [f"{label.split()[0][:3]}\n{label.split()[1]}" for label in labels]
    axes.set_xticks(range(0, len(labels), step), short[::step])
    axes.set_xlim(-0.7, len(labels) - 0.3)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.yaxis.get_major_locator().set_params(integer=True)


def _bars(table: Table, column: str, label: str) -> tuple[Figure, Any, list[Cell]]:
    names = [cell.text for cell in table.column(table.columns[0].name)]
    kept = [position for position, text in enumerate(names) if text != "All companies"]
    cells = [table.column(column)[position] for position in kept]
    labels = [_wrap(names[position]) for position in kept]
    figure, axes = _figure(0.8 + (0.5 if len(kept) <= 8 else 0.4) * len(kept), labels=labels)
    lengths = [0.0 if cell.value is None else _number(cell) for cell in cells]
    axes.barh(range(len(kept)), lengths, color=BLUE, height=0.65)
    axes.set_yticks(range(len(kept)), labels)
    axes.set_ylim(len(kept) - 0.4, -0.6)
    axes.set_xlabel(label)
    axes.set_xlim(0, max(lengths) * 1.15 or 1)
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    for position, cell in enumerate(cells):
        at = 0.0 if cell.value is None else _number(cell)
        axes.annotate(
            cell.text, (at, position), xytext=(4, 0), textcoords="offset points", va="center", fontsize=11
        )
    return figure, axes, cells


def _wrap(label: str) -> str:
    return textwrap.fill(label, 20)


@_drawing
def draw_groups(table: Table) -> Figure:
    figure, axes, _ = _bars(table, "members", "Members")
    axes.xaxis.get_major_locator().set_params(integer=True)
    return figure


@_drawing
def draw_take_up(table: Table) -> Figure:
    """A dot with its interval; a bar would hide the lower half of it."""
    figure, axes, cells = _bars(table, "take_up", "Take-up (%), with its 95% interval")
    for drawn in (*axes.patches, *axes.texts):
        drawn.set_visible(drawn in axes.texts and drawn.get_text() in {WITHHELD, UNAVAILABLE})
    ends = [_number(high) for high in table.column("high") if high.value is not None]
    axes.set_xlim(0, max([axes.get_xlim()[1], *(1.05 * end for end in ends)]))
    rows = zip(cells, table.column("low"), table.column("high"), strict=False)
    for position, (cell, low, high) in enumerate(rows):
        if cell.value is None:
            continue
        spread = None
        if low.value is not None and high.value is not None:
            spread = [[_number(cell) - _number(low)], [_number(high) - _number(cell)]]
        axes.errorbar(
            _number(cell), position, xerr=spread, fmt="o", color=BLUE, markersize=7, capsize=4, linewidth=2
        )
    return figure


@_drawing
def draw_points(table: Table) -> Figure:
    labels = [_wrap(cell.text) for cell in table.column("point")]
    figure, axes = _figure(1.2 + 0.55 * len(labels), labels=labels, top=0.5)
    series = (("met", "Met", BLUE), ("partly", "Partly met", TURQUOISE), ("not_met", "Not met", MAROON))
    for position in range(len(table.rows)):
        cells = [(table.column(name)[position], colour) for name, _, colour in series]
        start = 0.0
        for cell, colour in cells:
            value = _number(cell) if cell.value is not None else 0.0
            axes.barh(position, value, left=start, color=colour, height=0.65, edgecolor="white")
            start += value
        if any(cell.value is None for cell, _ in cells):
            axes.annotate(WITHHELD, (start, position), xytext=(4, 0), textcoords="offset points", va="center")
    for _, label, colour in series:
        axes.barh(0, 0, color=colour, label=label)
    axes.set_yticks(range(len(table.rows)), labels)
    axes.set_ylim(len(table.rows) - 0.4, -0.6)
    axes.set_xlabel("Members checked")
    axes.set_xlim(left=0)
    axes.grid(axis="x", color=GRID, linewidth=0.7)
    axes.xaxis.get_major_locator().set_params(integer=True)
    figure.legend(loc="upper left", ncols=3, frameon=False)
    return figure
