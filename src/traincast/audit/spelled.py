"""What stands behind a number: units of claims, out of the vocabulary.

A unit knows its dimension (time, token rate, percent, ...) and its factor to SI.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache
from itertools import product

import msgspec

from traincast.audit.words import any_of, vocabulary


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a number."""

    dimension: str
    factor: float = 1.0
    """of a printed number, to the SI unit"""
    per: str = ""
    """`step`, `micro-step`, `device`, `epoch`, or nothing"""
    end: int = 0


class Spelled(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `[[unit]]`: what figures of `dimension` are followed by."""

    dimension: str
    forms: tuple[str, ...]
    """patterns with places for words and prefixes"""
    factor: float = 1.0
    """of the figure, to the SI unit"""
    per: str = ""
    prefix: str = ""
    """table of `[prefix]` that the place {prefix} runs over"""


@cache
def unit_table() -> tuple[tuple[str, float, str, re.Pattern[str]], ...]:
    """(dimension, factor, per, pattern) in the order they are tried."""
    table = vocabulary()
    rows = msgspec.convert(table["unit"], list[Spelled])
    rows += [Spelled(dimension=name, forms=(f"{{{name}}}",)) for name in table["counted"]]
    words = unit_words()
    return tuple(
        (row.dimension, factor, row.per, re.compile(rf"[-\s]?(?:{pattern})(?![\w/])", re.IGNORECASE))
        for row in rows
        for form in row.forms
        for pattern, factor in spellings(form, row, words)
    )


def unit_words() -> dict[str, str]:
    """What each place of a form that does not run over a table stands for."""
    table = vocabulary()
    joint = rf"(?:\s?/\s?|\s{any_of(table['per']['words'])}\s|\s[ld]'|-per-)"
    named = {**table["counted"], "second": table["per"]["second"], "currency": table["currency"]["words"]}
    each = {f"each_{name}": f"(?:{joint}{any_of(words)})" for name, words in table["per"].items() if name != "words"}
    return {name: any_of(words) for name, words in named.items()} | each | {"per": joint}


def spellings(form: str, row: Spelled, words: dict[str, str]) -> Iterator[tuple[str, float]]:
    """(pattern, factor to SI) of a form, one for each entry of the tables that its places run over."""
    table = vocabulary()
    runs = {
        "prefix": list(table["prefix"][row.prefix].items()) if row.prefix else [],
        "span": [(any_of(entry["words"]), entry["seconds"]) for entry in table["time"]],
        "each_time": [(words[f"each_{name}"], 1 / seconds) for name, seconds in table["duration"].items()],
    }
    used = [name for name in runs if f"{{{name}}}" in form]
    for entries in product(*(runs[name] for name in used)):
        places = dict(zip(used, (text for text, _ in entries), strict=True))
        yield form.format_map(words | places), row.factor * math.prod(factor for _, factor in entries)


@cache
def first_letters() -> frozenset[str]:
    """Characters a unit can begin with: a cheap test before the table is tried."""
    return frozenset("abcdefghijklmnopqrstuvwxyzéèàâçîôµ%€$£-(")


def unit_at(text: str, at: int) -> Unit | None:
    """The unit that starts at `at` of `text` (a space or hyphen may come first), the longest that fits."""
    tail = text[at : at + 2].strip().lower()
    if not tail or tail[0] not in first_letters():
        return None
    best: Unit | None = None
    for dimension, factor, per, pattern in unit_table():
        found = pattern.match(text, at)
        if found and (best is None or found.end() > best.end) and text[found.end() : found.end() + 1] != "=":
            best = Unit(dimension=dimension, factor=factor, per=per, end=found.end())
    return best
