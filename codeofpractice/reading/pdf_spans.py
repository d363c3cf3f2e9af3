"""Follows a PDF page's drawing operators and says which text stands where, and where lines are ruled.

pypdf parses the file and decodes its fonts; we keep the positions, because columns, tables, paragraphs and
running heads can only be told from them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pypdf import PageObject
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, StreamObject
from pypdf.generic._font import Font

MAX_OPERATIONS = 100_000
MAX_STREAM_BYTES = 8 * 1024 * 1024
MAX_FORM_DEPTH = 6

Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Span:
    """Text drawn in one go, in points from the top left corner of the page; `y` is the base line."""

    x0: float
    x1: float
    y: float
    size: float
    bold: bool
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin ruled line, or one edge of a box."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass
class PageContent:
    width: float
    height: float
    spans: list[Span] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    images: int = 0


@dataclass
class _State:
    ctm: Matrix = _IDENTITY
    font: Any = None
    bold: bool = False
    size: float = 1.0
    char_space: float = 0.0
    word_space: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0

    def copy(self) -> "_State":
        return _State(**vars(self))


def _multiply(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _numbers(operands: Any, count: int) -> list[float] | None:
    try:
        values = [float(value) for value in list(operands)[:count]]
    except (TypeError, ValueError):
        return None
    return values if len(values) == count and all(map(math.isfinite, values)) else None


def read_page(page: PageObject) -> PageContent:
    box = page.cropbox
    turn = page.rotation % 360
    width, height = float(box.width), float(box.height)
    left, bottom = float(box.left), float(box.bottom)
    base: dict[int, Matrix] = {
        0: (1, 0, 0, -1, -left, height + bottom),
        90: (0, 1, 1, 0, -bottom, -left),
        180: (-1, 0, 0, 1, width + left, -bottom),
        270: (0, -1, -1, 0, height + bottom, width + left),
    }
    content = PageContent(*((height, width) if turn in (90, 270) else (width, height)))
    walker = _Walker(content, page)
    contents = page.get("/Contents")
    resources = page.get("/Resources")
    if contents is not None and _size(contents.get_object()) <= MAX_STREAM_BYTES:
        stream = ContentStream(contents.get_object(), page.pdf, "bytes")
        walker.run(stream, _as_dictionary(resources), base.get(turn, base[0]), 0)
    return content


def _size(contents: Any) -> int:
    """Bytes of drawing operators; a page of text needs some thousands."""
    if isinstance(contents, ArrayObject):
        return sum(_size(part.get_object()) for part in contents)
    return len(contents.get_data()) if isinstance(contents, StreamObject) else 0


def _as_dictionary(value: Any) -> DictionaryObject:
    value = value.get_object() if value is not None else None
    return value if isinstance(value, DictionaryObject) else DictionaryObject()


class _Walker:
    def __init__(self, content: PageContent, page: PageObject) -> None:
        self.content = content
        self.page = page
        self.fonts: dict[int, tuple[Any, bool]] = {}
        self.operations = 0
        self.state = _State()
        self.stack: list[_State] = []
        self.tm = self.line = _IDENTITY
        self.path: list[tuple[float, float]] = []
        self.resources = DictionaryObject()

    def run(self, stream: ContentStream, resources: DictionaryObject, base: Matrix, depth: int) -> None:
        outer = self.state, self.stack, self.resources
        self.state, self.stack, self.resources = self.state.copy(), [], resources
        self.state.ctm = base
        for operands, operator in stream.operations:
            self.operations += 1
            if self.operations > MAX_OPERATIONS:
                break
            name = operator.decode("latin-1") if isinstance(operator, bytes) else str(operator)
            if name == "Do":
                self.do(operands, depth)
            elif name == "INLINE IMAGE":
                self.content.images += 1
            elif not (self.graphics(name, operands) or self.text_state(name, operands)):
                self.text(name, operands)
        self.state, self.stack, self.resources = outer

    def do(self, operands: Any, depth: int) -> None:
        form = _as_dictionary(self.resources.get("/XObject")).get(operands[0] if operands else "")
        form = None if form is None else form.get_object()
        if not isinstance(form, StreamObject):
            return
        if form.get("/Subtype") == "/Image":
            self.content.images += 1
        elif form.get("/Subtype") == "/Form" and depth < MAX_FORM_DEPTH and _size(form) <= MAX_STREAM_BYTES:
            matrix = _numbers(form.get("/Matrix", []), 6)
            ctm = _multiply(tuple(matrix), self.state.ctm) if matrix else self.state.ctm  # type: ignore[arg-type]
            own = form.get("/Resources")
            saved = self.tm, self.line
            resources = self.resources if own is None else _as_dictionary(own)
            self.run(ContentStream(form, self.page.pdf, "bytes"), resources, ctm, depth + 1)
            self.tm, self.line = saved

    def graphics(self, name: str, operands: Any) -> bool:
        if name == "q":
            self.stack.append(self.state.copy())
        elif name == "Q":
            if self.stack:
                self.state = self.stack.pop()
        elif name == "cm":
            if matrix := _numbers(operands, 6):
                self.state.ctm = _multiply(tuple(matrix), self.state.ctm)  # type: ignore[arg-type]
        elif name in {"m", "l"}:
            if point := _numbers(operands, 2):
                self.path.append(self.at(*point))
        elif name == "re":
            if box := _numbers(operands, 4):
                x, y, w, h = box
                self.path += [self.at(x, y), self.at(x + w, y), self.at(x + w, y + h), self.at(x, y + h)]
                self.ruled()
        elif name in {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*"}:
            self.ruled()
        elif name in {"n", "c", "v", "y"}:
            self.path = []
        else:
            return False
        return True

    def at(self, x: float, y: float) -> tuple[float, float]:
        m = self.state.ctm
        return x * m[0] + y * m[2] + m[4], x * m[1] + y * m[3] + m[5]

    def ruled(self) -> None:
        """Keep what the path draws as rules: a thin path is one rule, a box its four edges."""
        path, self.path = self.path, []
        if len(path) < 2 or len(self.content.rules) > 20_000:
            return
        xs, ys = [p[0] for p in path], [p[1] for p in path]
        x0, x1, y0, y1 = min(xs), max(xs), min(ys), max(ys)
        if x1 - x0 > 0.98 * self.content.width and y1 - y0 > 0.5 * self.content.height:
            return
        if y1 - y0 < 3 or x1 - x0 < 3:
            self.content.rules.append(Rule(x0, y0, x1, y1))
        elif len(path) in (4, 5):
            self.content.rules += [
                Rule(x0, y0, x1, y0),
                Rule(x0, y1, x1, y1),
                Rule(x0, y0, x0, y1),
                Rule(x1, y0, x1, y1),
            ]

    def text_state(self, name: str, operands: Any) -> bool:
        fields = {"Tc": "char_space", "Tw": "word_space", "TL": "leading", "Ts": "rise"}
        if name in fields:
            if value := _numbers(operands, 1):
                setattr(self.state, fields[name], value[0])
        elif name == "Tz":
            if value := _numbers(operands, 1):
                self.state.scale = value[0] / 100
        elif name == "Tf":
            self.set_font(operands)
        elif name == "BT":
            self.tm = self.line = _IDENTITY
        elif name in {"Td", "TD"}:
            if move := _numbers(operands, 2):
                if name == "TD":
                    self.state.leading = -move[1]
                self.next_line(*move)
        elif name == "T*":
            self.next_line(0, -self.state.leading)
        elif name == "Tm":
            if matrix := _numbers(operands, 6):
                self.tm = self.line = tuple(matrix)  # type: ignore[assignment]
        else:
            return False
        return True

    def next_line(self, x: float, y: float) -> None:
        self.tm = self.line = _multiply((1, 0, 0, 1, x, y), self.line)

    def set_font(self, operands: Any) -> None:
        if len(operands) < 2:
            return
        size = _numbers(operands[1:], 1)
        self.state.size = size[0] if size else self.state.size
        found = _as_dictionary(self.resources.get("/Font")).get(operands[0])
        found = None if found is None else found.get_object()
        if not isinstance(found, DictionaryObject):
            self.state.font = None
            return
        if id(found) not in self.fonts:
            font = Font.from_font_resource(found)
            weight = f"{found.get('/BaseFont', '')} {font.font_descriptor.weight}".lower()
            self.fonts[id(found)] = (
                font,
                any(word in weight for word in ("bold", "black", "heavy", "demi", "700")),
            )
        self.state.font, self.state.bold = self.fonts[id(found)]

    def text(self, name: str, operands: Any) -> None:
        if name == "Tj" and operands:
            self.show([operands[0]])
        elif name == "TJ" and operands and isinstance(operands[0], ArrayObject):
            self.show(operands[0])
        elif name == "'" and operands:
            self.next_line(0, -self.state.leading)
            self.show([operands[0]])
        elif name == '"' and len(operands) >= 3:
            self.next_line(0, -self.state.leading)
            self.show([operands[2]])

    def show(self, items: Any) -> None:
        state = self.state
        if state.font is None:
            return
        start = _multiply((state.scale, 0, 0, 1, 0, state.rise), _multiply(self.tm, state.ctm))
        pieces: list[str] = []
        for text, gap in self.pieces(items):
            if text is None:
                if gap > 0.18 * state.size and pieces and not pieces[-1].endswith(" "):
                    pieces.append(" ")
                advance = gap
            else:
                pieces.append(text)
                advance = gap
            self.tm = _multiply((1, 0, 0, 1, advance * state.scale, 0), self.tm)
        end = _multiply(self.tm, state.ctm)
        size = abs(state.size) * math.hypot(start[2], start[3])
        level = abs(start[1]) <= 0.05 * abs(start[0]) and start[0] > 0
        joined = "".join(pieces)
        if joined.strip() and level and size > 0.5:
            self.content.spans.append(
                Span(start[4], max(end[4], start[4]), start[5], size, state.bold, joined)
            )
        elif level and pieces and self.content.spans:
            self.space_after(start, end)

    def space_after(self, start: Matrix, end: Matrix) -> None:
        """A span that is only a space still parts the words on either side of it."""
        last = self.content.spans[-1]
        if abs(last.y - start[5]) < 1 and abs(last.x1 - start[4]) < last.size:
            self.content.spans[-1] = Span(last.x0, end[4], last.y, last.size, last.bold, last.text + " ")

    def pieces(self, items: Any) -> Iterator[tuple[str | None, float]]:
        """Each string with its width, and each kern as (None, width), in unscaled text space."""
        state = self.state
        for item in items:
            if isinstance(item, bytes):
                raw, text = _decode(state.font, item)
                width = sum(
                    state.font.space_width
                    if char == state.font.space_char
                    else state.font.get_text_width(char)
                    for char in raw
                )
                spaces = raw.count(state.font.space_char)
                yield (
                    text,
                    width / 1000 * state.size + len(raw) * state.char_space + spaces * state.word_space,
                )
            elif isinstance(item, (int, float)):
                yield None, -float(item) / 1000 * state.size


def _decode(font: Any, raw: bytes) -> tuple[str, str]:
    """The font's own characters (for widths) and what they mean."""
    if isinstance(font.encoding, str):
        characters = raw.decode(font.encoding, "surrogatepass" if len(raw) % 2 == 0 else "replace")
        decoded = characters
    else:
        characters = "".join(map(chr, raw))
        decoded = "".join(font.encoding.get(byte, chr(byte)) for byte in raw)
    return characters, "".join(font.character_map.get(char, char) for char in decoded)
