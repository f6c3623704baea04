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
    """bytes a parameter"""
    gradients: float = 4.0
    """bytes a parameter"""
    master: float = 0.0
    """bytes a parameter of a copy in fp32"""
    moments: float = 8.0
    """bytes a parameter of Adam's two moments"""
    zero: float = 0.0
    """usual stage of sharding"""
    blocks: bool = False
    buckets: float = 0.0
    """bytes a parameter that data parallelism without sharding adds"""
    persistent: bool = False
    stream: float = 4.0
    """bytes of an element of the residual stream"""
    norm: float = 0.0
    """further bytes an element that a norm keeps"""
    gated: float = 4.0
    """feed-forward widths kept where gated"""
    plain: float = 2.0
    """feed-forward widths kept where not"""
    qkv: float = 1.0
    """how many copies of queries, keys and values"""
    scores: float = 6.0
    """bytes of a kept probability"""
    casts: float = 0.0
    """how many further 16-bit copies of a norm's output"""
    expanded: bool = False
    logit: float = 12.0
    """bytes of a logit at the peak"""
    split: float = math.inf
    """year from which norms and residuals are split over the sequence too"""
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
