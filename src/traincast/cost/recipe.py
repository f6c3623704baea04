"""What a training software keeps in memory: bytes that follow from its code, by the text of its name."""

from __future__ import annotations

import math
import sys
from functools import cache
from importlib.resources import files

import msgspec

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """One row of memory.toml, which says what each figure is; the defaults are torch under autocast."""

    name: str
    match: tuple[str, ...]
    source: str
    """where the figures were read, or that they are assumed"""
    weights: float = 4.0
    gradients: float = 4.0
    master: float = 0.0
    moments: float = 8.0
    zero: float = 0.0
    blocks: bool = False
    buckets: float = 0.0
    persistent: bool = False
    stream: float = 4.0
    norm: float = 0.0
    gated: float = 4.0
    plain: float = 2.0
    qkv: float = 1.0
    scores: float = 6.0
    casts: float = 0.0
    expanded: bool = False
    logit: float = 12.0
    split: float = math.inf
    gathered: bool = False


@cache
def recipes() -> tuple[Recipe, ...]:
    """All recipes, the most specific first; the last matches anything."""
    text = files("traincast.cost").joinpath("memory.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert({"name": name, **row}, Recipe) for name, row in tomllib.loads(text).items())


@cache
def recipe(framework: str | None) -> Recipe:
    """The recipe of `framework`."""
    text = (framework or "").lower()
    return next(one for one in recipes() if any(part in text for part in one.match))
