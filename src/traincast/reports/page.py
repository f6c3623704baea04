"""A page: what is shown of an answer, before it is known whether a terminal, a file or a browser shows it."""

from __future__ import annotations

from typing import Literal

import msgspec

from traincast.findings import Finding


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list: what, how much, and a remark."""

    label: str
    value: str
    note: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True, tag="facts"):
    """A list of facts under a heading."""

    title: str = ""
    rows: tuple[Fact, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True, tag="table"):
    """Rows of equal length under column heads; `align` has one letter (l, r) a column."""

    title: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    align: str = ""


class Prose(msgspec.Struct, frozen=True, kw_only=True, tag="prose"):
    """Paragraphs under a heading."""

    title: str = ""
    paragraphs: tuple[str, ...] = ()


class Findings(msgspec.Struct, frozen=True, kw_only=True, tag="findings"):
    """Findings under a heading."""

    title: str = ""
    findings: tuple[Finding, ...] = ()


class Chart(msgspec.Struct, frozen=True, kw_only=True, tag="chart"):
    """A picture under a heading; where none can be shown, what it shows is said."""

    title: str = ""
    name: str
    """of the drawing: course, fan, parts, speed, claims"""
    alt: str
    """what the picture shows, in a sentence or two"""


Block = Facts | Table | Prose | Findings | Chart


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as blocks, in order."""

    title: str
    lead: str = ""
    """the answer in one sentence"""
    blocks: tuple[Block, ...] = ()
    lang: Literal["en", "fr"] = "en"


def is_empty(block: Block) -> bool:
    """Whether there is nothing to show under the block's title."""
    if isinstance(block, Findings):
        return not block.findings
    if isinstance(block, Chart):
        return not block.alt
    return not (block.paragraphs if isinstance(block, Prose) else block.rows)


NO_BREAK = "\u00a0\u202f"
"""spaces that French sets before its marks and inside its figures: no line may end at them"""


def printable(text: str, *, kept: str = "") -> str:
    """`text` without control and direction characters; tabs, line ends and spaces that are not `kept` become spaces."""
    return "".join(c if c.isprintable() or c in kept else " " for c in text)
