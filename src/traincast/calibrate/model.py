"""The fitted model as one readable data file, and what it says of cases."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np

from traincast.calibrate.levels import BY_MODE, LEVELS, distinct, levels_of
from traincast.cost import step
from traincast.cost.cases import Cases
from traincast.cost.shape import Array

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TOLD = 0.95
"""probability of being compiled from which it counts as told"""


class Prior(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a physical constant before any run is looked at."""

    median: float
    """in `unit`"""
    sd: float
    """of the natural log"""
    meaning: str
    unit: str = ""
    source: str = ""


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """Physical constants, offsets of the logarithm of seconds, and spreads."""

    date: str
    rows: int
    """measured runs it was fitted on"""
    parameters: dict[str, float]
    tau: dict[str, float]
    """sd of the offsets of a level, log seconds"""
    noise: dict[str, float]
    """sd that no level explains: single, compiled, multi, moe"""
    stretch: dict[str, float]
    """half-width of the 90 % interval over sigma, from runs that were left out"""
    offsets: dict[str, dict[str, tuple[float, float]]]
    """level -> name -> (offset of log seconds, share of the level's variance that remains)"""
    scores: dict[str, dict[str, float]] = {}
    """what left-out runs said: group -> figure"""


@cache
def priors() -> dict[str, Prior]:
    """The physical constants by name."""
    text = files("traincast.calibrate").joinpath("priors.toml").read_text(encoding="utf-8")
    return {name: msgspec.convert(row, Prior) for name, row in tomllib.loads(text).items()}


@cache
def model() -> Model:
    """The model that ships."""
    text = files("traincast.calibrate").joinpath("fitted.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Model)


def group(c: Cases) -> list[str]:
    """single, multi or moe: regimes with their own stretch."""
    return list(np.where(c.shape.E > 1, "moe", np.where(c.P > 1, "multi", "single")).tolist())


def noise_group(c: Cases) -> list[str]:
    """The group, but compiled where a decoder on one device is told to be: few of its rows are of untidy scripts."""
    tidy = (c.compiled > TOLD) & np.array([one == "decoder" for one in c.kind], dtype=np.bool_)
    return ["compiled" if name == "single" and is_tidy else name for name, is_tidy in zip(group(c), tidy, strict=True)]


def offset(c: Cases, fitted: Model) -> tuple[Array, Array]:
    """(what software and device add to the log of seconds, variance); a level that is not known adds its variance.

    Where it is not told whether work is compiled, the variance is that of the answer that is known less.
    """
    total, variance = levelled(c, fitted)
    variance = variance + strange(c, fitted)
    if not c.mode_told.all():
        for answer in (0.0, 1.0):
            other = levelled(replace(c, compiled=np.full(len(c), answer)), fitted)[1]
            variance = np.where(c.mode_told, variance, np.maximum(variance, other + strange(c, fitted)))
    return total, variance


def strange(c: Cases, fitted: Model) -> Array:
    """Variance of log seconds of cases whose framework is not told: how it runs element-wise work is open too."""
    spread = sum(fitted.tau.get(level, 0.0) ** 2 for level in BY_MODE)
    return np.where([not name for name in c.framework], spread, 0.0)


def levelled(c: Cases, fitted: Model) -> tuple[Array, Array]:
    """(offset, variance) of log seconds of cases by the groups they are in."""
    combinations, which = distinct(c)
    named, n = levels_of(combinations), len(combinations)
    total, variance = np.zeros(n), np.zeros(n)
    for level in LEVELS:
        known, tau2 = fitted.offsets.get(level, {}), fitted.tau.get(level, 0.0) ** 2
        if level not in named or not known:
            variance += tau2
            continue
        pairs = np.array([known.get(name, (0.0, 1.0)) for name in named[level]]).reshape(-1, 2)
        total += pairs[:, 0]
        variance += tau2 * pairs[:, 1]
    return total[which], variance[which]


def log_seconds(c: Cases, fitted: Model, *, physics: Array | None = None) -> tuple[Array, Array]:
    """(mean, sigma) of the log of a step's seconds, never below the floor; `physics` are seconds where known."""
    physics = np.log(step.seconds(c, fitted.parameters) if physics is None else physics)
    added, variance = offset(c, fitted)
    noise = np.array([fitted.noise[name] for name in noise_group(c)])
    floor = np.log(step.floor_seconds(c, boost=step.BOOST, stretch=step.COPY_STRETCH))
    return np.maximum(physics + added, floor), np.sqrt(variance + noise**2)
