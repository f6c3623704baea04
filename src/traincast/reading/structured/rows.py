"""Rows of JSON lines and of tables, one after another, in bounded memory; torn ones are counted and passed over."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, document

WIDEST = 64 << 20
"""characters of one cell: RLlib writes its whole configuration into one"""


class Torn:
    """How many rows could not be read."""

    def __init__(self) -> None:
        self.lines = 0
        self.rows = 0
        self.torn = 0


def json_rows(source: Source, torn: Torn, *, before: str = "{") -> Iterator[tuple[str, Row]]:
    """Each line's text before its JSON object, and the object; `before` must occur for a line to be looked at."""
    lead = before.removesuffix("{")
    for line in source.lines():
        torn.lines += 1
        at = line.find(before)
        if at < 0:
            continue
        try:
            row = document(line[at + len(lead) :].strip())
        except ValueError:
            row = first_object(line[at + len(lead) :])
        if isinstance(row, dict):
            torn.rows += 1
            yield line[:at], row
        else:
            torn.torn += 1


def first_object(text: str) -> object:
    """The JSON object at the start of `text`, whatever is glued to it; `None` where it is torn."""
    import json

    try:
        return json.JSONDecoder().raw_decode(text.strip())[0]
    except (ValueError, RecursionError):
        return None


def table_rows(source: Source, torn: Torn, *, comment: str = "#") -> Iterator[Row]:
    """Rows of a table whose first line names the columns; blank-padded names and cells are stripped.

    A header in the middle (a file that was appended to) begins a new table.
    """
    lines = counted(source.lines(), torn, comment)
    first = next(lines, None)
    if first is None:
        return
    separator = delimiter(first)
    before = csv.field_size_limit(WIDEST)
    try:
        names = [name.strip() for name in next(csv.reader([first], delimiter=separator))]
        reader = csv.reader(lines, delimiter=separator)
        padded, width = " " in first, len(names)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                torn.torn += 1
                continue
            row = [cell.strip() for cell in cells] if padded else cells
            if not 2 <= len(row) <= width + 1 and width > 1:
                torn.torn += 1
            elif row[:1] == names[:1] and row == names:
                continue
            else:
                torn.rows += 1
                yield dict(zip(names, row, strict=False))
    finally:
        csv.field_size_limit(before)


def counted(lines: Iterable[str], torn: Torn, comment: str) -> Iterator[str]:
    """`lines` that hold something and are no comment."""
    for line in lines:
        torn.lines += 1
        if line.strip() and not (comment and line.startswith(comment)):
            yield line


def delimiter(header: str) -> str:
    """The delimiter that cuts `header` into most names."""
    return max((",", "\t", ";", "|"), key=header.count)
