"""Lines, columns and ruled tables from the text spans of a PDF page."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from codeofpractice.reading.pdf_spans import PageContent, Rule, Span

_MARKER = re.compile(
    r"^([•●▪■◦‣⁃∙·➢➤►▶❖\ue000-\uf8ff\x7fo*–—-]|\(?[a-zA-Z0-9]{1,3}[.)]|\(?[ivx]{1,4}\)"
    r"|\d{1,2}(\.\d{1,2}){0,3})$"
)


# How far from its text a bullet or number may hang, as a multiple of the type size.
_MARKER_FARTHEST = 3.6


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text on one base line within one column. `marker` is a bullet or number that stood apart."""

    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    text: str
    marker: str = ""
    page: int = 0
    note: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """Lines from top to bottom that share a measure."""

    lines: tuple[Line, ...]
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Table:
    y0: float
    y1: float
    x0: float
    x1: float
    rows: tuple[tuple[tuple[Line, ...], ...], ...]


def page_lines(content: PageContent, page: int) -> list[Line]:
    """Spans joined along the base line, and parted where a gap is wider than a space can be."""
    lines: list[Line] = []
    upright = [rule for rule in content.rules if rule.y1 - rule.y0 > 6 and rule.x1 - rule.x0 < 3]
    for row in _rows(content.spans):
        walls = [rule.x0 for rule in upright if rule.y0 - 2 < row[0].y < rule.y1 + 2]
        boxed = len(walls) > 2
        segment: list[Span] = []
        for span in row:
            walled = segment and any(segment[-1].x1 - 3 < wall < span.x0 + 2 for wall in walls)
            if segment and (walled or _is_gap(segment, span)):
                lines.append(_line(segment, page, boxed))
                segment = []
            segment.append(span)
        lines.append(_line(segment, page, boxed))
    return [line for line in lines if line.text]


_ENTRY_NUMBER = re.compile(r"^\d{1,3}$")


def join_entries(lines: list[Line]) -> list[Line]:
    """Entries of a table of contents that a wide gap parts from their page numbers, joined by leader dots.

    At least three, one below the other, with numbers that line up and never fall.
    """
    pairs = [
        (entry, number)
        for entry, number in pairwise(lines)
        if _ENTRY_NUMBER.match(number.text)
        and abs(entry.y - number.y) < 2
        and number.x0 > entry.x1
        and re.search(r"[^\W\d_]{2}", entry.text)
    ]
    joined: dict[int, Line] = {}
    for edge in {round(getattr(number, side)) for _, number in pairs for side in ("x0", "x1")}:
        group = [
            (e, n) for e, n in pairs if min(abs(n.x0 - edge), abs(n.x1 - edge)) < 2 and n.size <= 1.6 * e.size
        ]
        rising = all(int(a.text) <= int(b.text) for (_, a), (_, b) in pairwise(group))
        close = all(b.y - a.y < 3 * a.size for (a, _), (b, _) in pairwise(group))
        if len(group) >= 3 and rising and close:
            joined |= {id(e): replace(e, x1=n.x1, text=f"{e.text} .... {n.text}") for e, n in group}
            joined |= {id(n): replace(n, text="") for _, n in group}
    return [line for line in (joined.get(id(line), line) for line in lines) if line.text]


def _rows(spans: Sequence[Span]) -> list[list[Span]]:
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda s: (s.y, s.x0)):
        if not span.text.strip() and not rows:
            continue
        # A superscript or a bullet of another size stands a little off the base line.
        near = rows and abs(span.y - rows[-1][0].y) < 0.35 * min(span.size, rows[-1][0].size)
        if near:
            rows[-1].append(span)
        else:
            rows.append([span])
    return [_without_doubles(sorted(row, key=lambda s: s.x0)) for row in rows]


def _without_doubles(row: list[Span]) -> list[Span]:
    """Some programs fake bold by drawing the same text twice, a hair apart."""
    kept: list[Span] = []
    for span in row:
        if not (kept and kept[-1].text == span.text and abs(kept[-1].x0 - span.x0) < 1):
            kept.append(span)
    return kept


def _is_gap(segment: list[Span], span: Span) -> bool:
    so_far = _joined(segment).strip()
    if len(segment) == 1 and _MARKER.match(so_far):
        return span.x0 - segment[-1].x1 > _MARKER_FARTHEST * max(segment[-1].size, span.size)
    if set(so_far) <= set(". ") or set(span.text.strip()) <= set(". "):
        return False
    return span.x0 - segment[-1].x1 > 1.2 * max(segment[-1].size, span.size)


def _joined(spans: Sequence[Span]) -> str:
    text = ""
    for before, span in pairwise([None, *spans]):
        assert span is not None
        if before and span.x0 - before.x1 > 0.15 * span.size and not text.endswith(" "):
            text += " "
        text += span.text
    return " ".join(text.split())


def _line(spans: list[Span], page: int, boxed: bool) -> Line:
    marker = ""
    if not boxed and len(spans) > 1 and _MARKER.match(first := spans[0].text.strip()):
        gap = spans[1].x0 - spans[0].x1
        apart = gap > 0.3 * spans[1].size or spans[0].text.endswith(" ")
        if apart and not re.match(r"\d+(\.\d+)*$", first):
            marker, spans = first, spans[1:]
    weight = sum(len(s.text) for s in spans if s.bold)
    total = sum(len(s.text) for s in spans)
    return Line(
        spans[0].x0,
        spans[-1].x1,
        median(s.y for s in spans),
        max(s.size for s in spans),
        weight * 2 > total,
        _joined(spans),
        marker,
        page,
    )


# Columns ------------------------------------------------------------------------------------------


def columns(lines: Sequence[Line], width: float, likely: float | None = None) -> list[Column]:
    """Columns in reading order. Lines that cross the gutter part the page into bands, read one by one.

    `likely` is the gutter of the page before: a few lines at the end of an article are columns there too.
    """
    if not lines:
        return []
    gutter = find_gutter(lines, width)
    if gutter is None and likely is not None and any(abs(line.x0 - likely - 5) < 2 for line in lines):
        gutter = likely
    if gutter is None:
        ordered = sorted(lines, key=lambda line: (line.y, line.x0))
        return [Column(tuple(ordered), min(line.x0 for line in lines), max(line.x1 for line in lines))]
    end = _columns_end(lines, gutter)
    after = [line for line in lines if line.y > end]
    return _bands([line for line in lines if line.y <= end], gutter, width) + columns(after, width)


def _columns_end(lines: Sequence[Line], gutter: float) -> float:
    """Where a heading or paragraph set across follows columns: a wide gap below the end of the right one."""
    right = max((line.y for line in lines if line.x0 >= gutter), default=math.inf)
    below = sorted(line.y for line in lines)
    for upper, lower in pairwise(below):
        if upper >= right - 3 and lower - upper > 2 * lines[0].size:
            return upper
    return math.inf


def _bands(lines: Sequence[Line], gutter: float, width: float) -> list[Column]:
    result: list[Column] = []
    band: list[Line] = []
    for line in [*sorted(lines, key=lambda line: line.y), None]:
        crosses = line is None or (line.x0 < gutter - 2 and line.x1 > gutter + 2)
        if not crosses:
            assert line is not None
            band.append(line)
            continue
        for side in ([b for b in band if b.x1 <= gutter + 2], [b for b in band if b.x1 > gutter + 2]):
            result += columns(side, width) if side else []
        band = []
        if line is not None:
            result = _append_crossing(result, line)
    return result


def _append_crossing(result: list[Column], line: Line) -> list[Column]:
    last = result[-1] if result else None
    if last and last.lines[-1].y < line.y and last.right > line.x0 + 0.6 * (line.x1 - line.x0):
        together = Column((*last.lines, line), min(last.left, line.x0), max(last.right, line.x1))
        if len(last.lines) == 1 or last.right - last.left > 0.8 * (line.x1 - line.x0):
            return [*result[:-1], together]
    return [*result, Column((line,), line.x0, line.x1)]


def find_gutter(lines: Sequence[Line], width: float) -> float | None:
    """Where two columns of prose part, if they do: few lines cross it and both sides hold several."""
    if len(lines) < 8:
        return None
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    if right - left < 0.3 * width:
        return None
    best: tuple[int, float] | None = None
    for step in range(20, 81):
        x = left + (right - left) * step / 100
        crossing = sum(1 for line in lines if line.x0 < x + 4 and line.x1 > x - 4)
        before = [line for line in lines if line.x1 <= x - 4]
        after = [line for line in lines if line.x0 >= x + 4]
        starts = [line.x0 for line in after]
        aligned = sum(1 for start in starts if abs(start - min(starts, default=0)) < 16)
        prose = min(sum(len(line.text) for line in side) / max(len(side), 1) for side in (before, after))
        ok = min(len(before), len(after)) >= 4 and prose > 14 and aligned * 2 >= len(after)
        if ok and crossing * 4 <= len(lines) and (best is None or crossing < best[0]):
            best = (crossing, min(starts) - 5)
    return best[1] if best else None


# Ruled tables -------------------------------------------------------------------------------------


def ruled_tables(content: PageContent, lines: Sequence[Line]) -> list[Table]:
    """Tables drawn with both horizontal and vertical rules."""
    horizontal = [r for r in content.rules if r.x1 - r.x0 > 12 and r.y1 - r.y0 < 3]
    vertical = [r for r in content.rules if r.y1 - r.y0 > 6 and r.x1 - r.x0 < 3]
    tables = []
    for region in _regions(horizontal, vertical):
        table = _table(region, horizontal, vertical, lines)
        if table is not None:
            tables.append(table)
    return tables


def _regions(horizontal: list[Rule], vertical: list[Rule]) -> list[tuple[float, float]]:
    """Vertical extents in which rules touch without a break."""
    extents = sorted([(r.y0 - 2, r.y1 + 2) for r in horizontal + vertical])
    regions: list[list[float]] = []
    for top, bottom in extents:
        if regions and top <= regions[-1][1]:
            regions[-1][1] = max(regions[-1][1], bottom)
        else:
            regions.append([top, bottom])
    return [(top, bottom) for top, bottom in regions if bottom - top > 12]


def _clusters(values: Sequence[float], tolerance: float) -> list[float]:
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= tolerance:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def _table(
    region: tuple[float, float], horizontal: list[Rule], vertical: list[Rule], lines: Sequence[Line]
) -> Table | None:
    top, bottom = region
    across = [r for r in horizontal if top <= r.y0 <= bottom]
    down = [r for r in vertical if top <= r.y0 and r.y1 <= bottom]
    xs = _clusters([(r.x0 + r.x1) / 2 for r in down], 6)
    if len(xs) < 3:
        return None
    # A row that the page breaks may have no rule below it; the uprights still say where it ends.
    ys = _clusters([(r.y0 + r.y1) / 2 for r in across] + [y for r in down for y in (r.y0, r.y1)], 4)
    inside = [line for line in lines if top < line.y < bottom and xs[0] - 3 < line.x0 < xs[-1] + 3]
    rows = []
    for upper, lower in pairwise(ys):
        held = [line for line in inside if upper < line.y <= lower]
        cells = tuple(
            tuple(line for line in held if a - 3 <= (line.x0 + min(line.x1, line.x0 + 8)) / 2 < b - 3)
            for a, b in pairwise(xs)
        )
        if any(cells):
            rows.append(cells)
    if not rows or max(sum(1 for cell in row if cell) for row in rows) < 2:
        return None
    return Table(top, bottom, xs[0], xs[-1], tuple(rows))
