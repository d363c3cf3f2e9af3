"""The text of tables of a tagged PDF, cell by cell, by its structure tree alone."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import pikepdf

Marked = dict[tuple[Any, int], str]


def _characters(font: Any) -> dict[int, str]:
    """From the codes of a font to text, by its ToUnicode map."""
    found: dict[int, str] = {}
    cmap = font.ToUnicode.read_bytes().decode("latin-1")
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.S):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.S):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = chr(int(text, 16) + step)
    return found


def marked_text(document: pikepdf.Pdf) -> Marked:
    found: Marked = defaultdict(str)
    for page in document.pages:
        fonts = {name: _characters(font) for name, font in page.Resources.get("/Font", {}).items()}
        stack: list[int | None] = []
        characters: dict[int, str] = {}
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in {"BDC", "BMC"}:
                properties = operands[1] if name == "BDC" else None
                is_marked = isinstance(properties, pikepdf.Dictionary) and "/MCID" in properties
                stack.append(int(properties.MCID) if is_marked else None)
            elif name == "EMC":
                stack.pop()
            elif name == "Tf":
                characters = fonts[str(operands[0])]
            elif name in {"Tj", "TJ"}:
                strings = operands[0] if name == "TJ" else operands
                mark = next((mark for mark in reversed(stack) if mark is not None), None)
                if mark is not None:
                    for string in strings:
                        if isinstance(string, pikepdf.String):
                            raw = bytes(string)
                            codes = [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]
                            found[page.obj.objgen, mark] += "".join(characters.get(c, "?") for c in codes)
    return found


def _text(node: Any, page: Any, marked: Marked) -> str:
    if isinstance(node, pikepdf.Array):
        return "".join(_text(child, page, marked) for child in node)
    if isinstance(node, pikepdf.Dictionary):
        page = node.get("/Pg", page)
        if "/MCID" in node:
            return marked.get((page.objgen, int(node.MCID)), "")
        return _text(node.get("/K"), page, marked) if "/K" in node else ""
    return marked.get((page.objgen, int(node)), "") if node is not None else ""


def _children(node: Any, kind: str) -> list[Any]:
    found = []
    kids = node.get("/K", [])
    for child in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            if str(child.S) == kind:
                found.append(child)
            else:
                found += _children(child, kind)
    return found


def squeeze(text: str) -> str:
    """Lines are broken anywhere, so blanks do not count."""
    return re.sub(r"\s+", "", text)


def pdf_tables(document: pikepdf.Pdf) -> list[list[list[str]]]:
    """Every table, its rows, their cells; the first row is that of the headings."""
    marked = marked_text(document)
    made = []
    root = pikepdf.Dictionary(K=document.Root.StructTreeRoot.K)
    for table in _children(root, "/Table"):
        rows = []
        for row in _children(table, "/TR"):
            kids = [child for child in row.K if str(child.get("/S")) in {"/TH", "/TD"}]
            rows.append([squeeze(_text(cell, cell.get("/Pg"), marked)) for cell in kids])
        made.append(rows)
    return made
