"""Tables, JSON lines and HTML tables as lines of `name=value`, so that an unknown one is induced like any other log.

Words are kept where they are short, since they tell kinds of rows apart (`mode train`); what is long is left out.
"""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

from traincast.reading.counters import COUNTER
from traincast.reading.fields import NOISE
from traincast.reading.roles import TIME, UNIX_SECONDS

LOOKED = 200
"""lines that tell what a text is"""
SHARE = 0.5
"""share of them that must be objects, where no other line could be a step"""
SHORT = 24
"""characters of a word that is kept"""
DEEPEST = 4
CELLS = 80
"""limits of one row"""
VALUE = re.compile(
    r"[-+]?[\d.,:]+(?:[eE][-+]?\d+)?|\d+(?: ?/ ?\d+)+|[\dhmsday :,]+"
    r"|\d{4}-\d\d-\d\d[T _]\d\d[:-]\d\d[:-]\d\d[\d.,Z+:]{0,16}"
)
TITLE = re.compile(r"[A-Za-z][^\n]{0,79}$")
FIGURE = re.compile(r"(?:^|[\s=:])[-+]?\d")
"""what no title of a column holds"""
WORD = re.compile(r"[A-Za-z_][\w-]*")
ROW = 20_000
"""characters of a row of HTML"""
CELL = re.compile(r"<t([dh])[^>]{0,200}>([^<]{0,400})</t[dh]>")


def flat(blocks: Iterable[str]) -> Iterator[str]:
    """`blocks` as they are, or their rows as lines of names and values."""
    iterator = iter(blocks)
    first = next(iterator, "")
    change = reader(first)
    whole = chain([first], iterator)
    return whole if change is None else (change(block) for block in whole)


def reader(first: str) -> Callable[[str], str] | None:
    """How the rows of a text that begins with `first` become lines; `None` where it is no table."""
    head = list(islice((line for line in first.split("\n", 4 * LOOKED) if line.strip()), LOOKED))
    if not head:
        return None
    objects = sum(pair(line) is not None for line in head)
    if objects >= 2 and objects >= SHARE * len(head):
        return json_lines
    if "<td>" in first and "</tr>" in first:
        return html_rows
    mark = "\t" if head[0].count("\t") >= 2 else ","
    names = [NOISE.sub("", cell).strip().strip('"') for cell in row_of(head[0], mark)]
    plain = len(names) >= 2 and all(TITLE.match(cell) and not FIGURE.search(cell) for cell in names)
    rows = [row_of(line, mark) for line in head[1:20]]
    even = sum(len(row) == len(names) for row in rows) >= SHARE * len(rows)
    return (lambda block: table(block, names, mark)) if plain and rows and even else None


def row_of(line: str, mark: str) -> list[str]:
    """Cells of a line."""
    try:
        return next(csv.reader([line], delimiter=mark), [])
    except csv.Error:
        return line.split(mark)


def table(block: str, names: list[str], mark: str) -> str:
    """Rows of a table with a header line."""
    rows = (dict(zip(names, row_of(line, mark), strict=False)) if line else {} for line in block.split("\n"))
    return "\n".join(line_of(row) for row in rows)


def pair(line: str) -> tuple[str, dict[str, Any]] | None:
    """What stands before an object, and the object; `None` where a line ends in none."""
    at = line.find('{"')
    if at < 0 or at > 200 or not line.rstrip().endswith("}"):
        return None
    try:
        found = json.loads(line[at:])
    except (ValueError, RecursionError):
        return None
    return (line[:at], found) if isinstance(found, dict) else None


def json_lines(block: str) -> str:
    """Lines with their objects opened; others as they are."""
    lines = []
    for line in block.split("\n"):
        found = pair(line)
        lines.append(line if found is None else found[0] + line_of(dict(opened(found[1]))))
    return "\n".join(lines)


def opened(row: dict[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Names and values of an object, what is inside it after what is its own."""
    inside: list[tuple[str, Any]] = []
    for name, value in row.items():
        if isinstance(value, dict):
            inside.append((name, value))
        elif isinstance(value, list):
            if len(value) <= DEEPEST and all(isinstance(one, int) for one in value):
                yield from listed(before + name, value)
        elif isinstance(value, bool) or value is None:
            continue
        elif isinstance(value, float):
            yield before + name, f"{value:.6f}" if UNIX_SECONDS[0] < value < UNIX_SECONDS[1] else repr(value)
        else:
            yield before + name, str(value)
    for name, value in inside:
        if depth < DEEPEST:
            yield from opened(value, f"{before}{name}/" if depth else "", depth + 1)


def listed(name: str, values: list[int]) -> Iterator[tuple[str, str]]:
    """Numbers of a list: the first is the coarsest; a third is how many the second counts to."""
    if values:
        yield f"{name}_epoch", str(values[0])
    if len(values) > 1:
        yield name, f"{values[1]}/{values[2]}" if len(values) == 3 and values[2] >= values[1] else str(values[1])


def line_of(row: dict[str, str]) -> str:
    """One row: what counts or tells a time first, since a line is looked at from its start."""
    cells = [(name.strip(), value.strip()) for name, value in row.items() if name]
    short = [(name, value) for name, value in cells if value and len(value) <= 2 * SHORT]
    telling = [one for one in short if COUNTER.search(one[0].lower()) or TIME.search(one[0].lower())]
    rest = [one for one in short if one not in telling]
    words = [f"{name} {value}" for name, value in rest if len(value) <= SHORT and WORD.fullmatch(value)]
    figures = [f"{name}={value}" for name, value in [*telling, *rest] if VALUE.fullmatch(value)]
    return " ".join([*words[:2], *figures[:CELLS]])


def html_rows(block: str) -> str:
    """Rows of HTML tables, each cell with the title of its column; other lines as they are."""
    lines: list[str] = []
    names: list[str] = []
    at = 0
    while (end := block.find("</tr>", at)) >= 0:
        begin = block.rfind("<tr", at, end)
        begin = end if begin < 0 or end - begin > ROW else begin
        lines += block[at:begin].split("\n")
        at = end + len("</tr>")
        cells = [(kind, html.unescape(text).strip()) for kind, text in CELL.findall(block, begin, end)]
        if cells and all(kind == "h" for kind, _ in cells):
            names = [text for _, text in cells]
        elif cells:
            titles = names or [str(i) for i in range(len(cells))]
            lines.append(line_of(dict(zip(titles, [text for _, text in cells], strict=False))))
    return "\n".join([*lines, *block[at:].split("\n")])
