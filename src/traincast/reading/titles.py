"""Lines that say which epoch begins, above lines that count its batches: `Epoch 3/10`."""

from __future__ import annotations

import re
from collections.abc import Sequence

LABEL = "title epoch"
"""label of the figure that a line gets from the title above it"""
TITLE = re.compile(
    r"^(?P<before>[^\n]{0,120}?)(?P<word>\bepoch|\bEpoch|\bEPOCH)(?: ?(?:#|[Nn]o\.?|:|=|\[))? ?(?P<epoch>\d{1,7})"
    r"(?:\s{0,2}(?:/|of)\s{0,2}(?P<epochs>\d{1,7}))?[^\w\n]{0,40}$"
)
FIGURE = re.compile(r"\d")
STAMPED = 100
"""characters in front of a title: a time stamp, a logger"""


def titled(lines: Sequence[str]) -> tuple[list[str], str]:
    """The lines below titles with their epoch as one more figure, and the word of the titles; the lines as they are and
    no word where there are none."""
    found: list[str] = []
    above, word = "", ""
    for line in lines:
        match = TITLE.match(line) if "poch" in line or "POCH" in line else None
        if match is not None and len(match["before"]) <= STAMPED:
            word = word or match["word"]
            total = f"/{match['epochs']}" if match["epochs"] else ""
            above = f" ~ {LABEL} {match['epoch']}{total}"
            found.append(line)
        else:
            found.append(line + above if FIGURE.search(line) else line)
    return (found, word) if word else (list(lines), "")


def plain(line: str) -> str:
    """A line without the figure of its title."""
    return line.partition(f" ~ {LABEL} ")[0]


def is_last_index(first: int, total: int) -> bool:
    """Whether epochs that are numbered from 0 tell the last number and not how many there are: 24 of 25, 139 of 140."""
    return first == 0 and roundness(total + 1) > roundness(total)


def roundness(number: int) -> int:
    """How round a number is: its factors 2 and 5 taken together, and those of 5 alone."""
    digits = str(number)
    return 2 * (len(digits) - len(digits.rstrip("0"))) + (number % 5 == 0)


def context(word: str, first: int, total: int | None) -> str:
    """The titles as part of a dialect file."""
    last = ", last_index = true" if total is not None and is_last_index(first, total) else ""
    epochs = f', epochs = {{ is = "epochs"{last} }}' if total is not None else ""
    behind = r"(?:\s{0,2}(?:/|of)\s{0,2}(?P<epochs>\d{1,7}))?" if total is not None else ""
    pattern = rf"^[^\n]{{0,120}}?\b{word}(?: ?(?:#|[Nn]o\.?|:|=|\[))? ?(?P<epoch>\d{{1,7}}){behind}[^\w\n]{{0,40}}$"
    return "\n".join(
        [
            "[[context]]",
            f'marker = "{word}"',
            f"pattern = '{pattern}'",
            f'meaning = {{ epoch = {{ is = "epoch", origin = {min(first, 1)} }}{epochs} }}',
        ]
    )
