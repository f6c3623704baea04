"""The vocabulary of claims, compiled: what units and quantities are called in English and French."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Pattern = re.Pattern[str]


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a figure of `dimension` is when one of `words` stands near it."""

    dimension: str
    quantity: str
    words: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    """words that decide only where no other word does"""
    default: bool = False
    default_from: float | None = None
    """without any word, figures (SI units) from here on are taken as this quantity"""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """Names that stand before a bare figure: `block_size = 1024`."""

    quantity: str
    words: tuple[str, ...]


@cache
def vocabulary() -> dict[str, Any]:
    """The table as written."""
    text = files("traincast.audit").joinpath("vocabulary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def any_of(words: Iterable[str]) -> str:
    """One group that matches any of `words`, longer spellings first."""
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


@cache
def compiled(pattern: str) -> Pattern:
    """`pattern`, case ignored."""
    return re.compile(pattern, re.IGNORECASE)


@cache
def whole_words(*path: str) -> Pattern:
    """Any word of the list at `path` of the vocabulary, not inside another word."""
    node: Any = vocabulary()
    for key in path:
        node = node[key]
    return compiled(r"(?<![\w])" + any_of(node) + r"(?![\w])")


@cache
def meanings() -> tuple[Meaning, ...]:
    """Rows of `[[meaning]]`."""
    return tuple(msgspec.convert(vocabulary()["meaning"], list[Meaning]))


@cache
def labels() -> tuple[tuple[str, Pattern], ...]:
    """(quantity, pattern that matches a label at the end of the text before a figure)."""
    rows = msgspec.convert(vocabulary()["label"], list[Label])
    return tuple((row.quantity, compiled(r"(?<![\w])" + any_of(row.words) + joint())) for row in rows)


@cache
def any_label() -> Pattern:
    """Any label at the end of a text: one cheap test before each is tried."""
    rows = msgspec.convert(vocabulary()["label"], list[Label])
    return compiled(r"(?<![\w])" + any_of(word for row in rows for word in row.words) + joint())


def joint() -> str:
    """What stands between a label and its figure."""
    words = ("of", "de", "is", "are", "was", "were", "est", "serait", "était", "at", "à", "to")
    linking = r"[:=]|->|=>|\||\(|" + "|".join(rf"\b{word}\b" for word in words)
    return rf"""["']?\s*(?:{linking})?\s*["']?(?:~|≈|environ |about )?\s*$"""


def language(text: str) -> str:
    """`fr` or `en`, by the commonest words."""
    tokens = compiled(r"[^\W\d_]+").findall(text[:20_000].lower())
    counts = {lang: sum(token in set(words) for token in tokens) for lang, words in vocabulary()["language"].items()}
    return "fr" if counts["fr"] > counts["en"] else "en"
