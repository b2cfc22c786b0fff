"""Draws the rooms of the program for the page on its architecture, from the code's own imports.

A hook of MkDocs (``mkdocs.yml``). The layers are those that import-linter holds in
``pyproject.toml``: nothing is drawn by hand, so that the picture cannot grow old.
"""

from __future__ import annotations

import tomllib
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

import grimp

ROOT = Path(__file__).parent.parent
WIDTH, ROW, BOX, GAP, CHARACTER = 1120.0, 92.0, 34.0, 14.0, 7.6  # pixels
INK, LINE, FILLS = "#1b2733", "#52606d", ("#dbe9f6", "#e7f1e4")

Box = tuple[float, float, float]
"""Left, top and width of a room's box."""


def layers(pyproject: Path = ROOT / "pyproject.toml") -> list[list[str]]:
    """The layers that import-linter holds, the highest first, each sorted."""
    settings = tomllib.loads(pyproject.read_text("utf8"))["tool"]["importlinter"]
    found = next(one for one in settings["contracts"] if one["type"] == "layers")["layers"]
    return [sorted(name.strip() for name in layer.split("|")) for layer in found]


def imports(rooms: list[str]) -> list[tuple[str, str]]:
    """Which room imports which, at run time: pairs, sorted."""
    graph = grimp.build_graph("kg", exclude_type_checking_imports=True, cache_dir=None)
    inside = {room: {room, *graph.find_descendants(room)} for room in rooms}
    owner = {module: room for room, modules in inside.items() for module in modules}
    pairs = {
        (room, owner[other])
        for room, modules in inside.items()
        for module in modules
        for other in graph.find_modules_directly_imported_by(module)
        if other in owner
    }
    return sorted((one, other) for one, other in pairs if one != other)


def picture() -> str:
    """The rooms in their layers as SVG, an arrow for each import."""
    rows = layers()
    boxes = dict(chain.from_iterable(map(_row, range(len(rows)), rows)))
    lines = [_line(boxes[one], boxes[other]) for one, other in imports(list(boxes))]
    drawn = [_box(name, boxes[name], FILLS[n % 2]) for n, row in enumerate(rows) for name in row]
    height = ROW * len(rows)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {height:g}"'
    ground = f'<rect width="{WIDTH:g}" height="{height:g}" fill="#ffffff"/>'
    title = "<title>The rooms of kg: each imports only what lies below it</title>"
    body = "\n".join([title, ground, *lines, *drawn])
    return f'{head} font-family="system-ui,sans-serif" font-size="13">\n{body}\n</svg>\n'


def _row(number: int, names: list[str]) -> list[tuple[str, Box]]:
    widths = [len(_short(name)) * CHARACTER + 20 for name in names]
    left = (WIDTH - sum(widths) - GAP * (len(names) - 1)) / 2
    placed = []
    for name, width in zip(names, widths, strict=True):
        placed.append((name, (left, number * ROW + (ROW - BOX) / 2, width)))
        left += width + GAP
    return placed


def _short(name: str) -> str:
    return name.removeprefix("kg.")


def _box(name: str, box: Box, fill: str) -> str:
    left, top, width = box
    place = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{BOX:g}" rx="6"'
    words = f'x="{left + width / 2:.1f}" y="{top + BOX / 2 + 4.5:.1f}" text-anchor="middle"'
    rect = f'<rect {place} fill="{fill}" stroke="{LINE}"/>'
    return f'{rect}<text {words} fill="{INK}">{escape(_short(name))}</text>'


def _line(one: Box, other: Box) -> str:
    """From the lower edge of one box to the upper edge of another, thin: there are many."""
    x1, y1 = one[0] + one[2] / 2, one[1] + BOX
    x2, y2 = other[0] + other[2] / 2, other[1]
    bend = (y2 - y1) / 2
    path = f"M{x1:.1f} {y1:.1f}C{x1:.1f} {y1 + bend:.1f} {x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}"
    return f'<path d="{path}" fill="none" stroke="{LINE}" stroke-opacity=".28"/>'


def on_files(files: Any, config: Any) -> Any:
    """Add the picture to the site (an event of MkDocs)."""
    from mkdocs.structure.files import File

    files.append(File.generated(config, "rooms.svg", content=picture()))
    return files
