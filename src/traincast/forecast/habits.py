"""What a trainer does unless it is told otherwise: one data file, by the dialect of its log."""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults of a trainer, and where its evaluations stand."""

    eval_interval: int | None = None
    """steps between evaluations"""
    eval_batches: int | None = None
    """batches of an evaluation; a run that sets another number prints it"""
    eval_splits: int = 1
    """data splits that one evaluation runs over"""
    at_the_end: Literal["", "due", "always"] = ""
    """whether an evaluation comes after the last step: where it is due there, or in any case"""
    whole_steps: bool = False
    """whether a batch of an evaluation is that of a whole step, not of a micro-step"""
    timed: bool = False
    """whether the printed time of an iteration contains the evaluation before it"""
    source: str = ""


@cache
def table() -> dict[str, Habits]:
    """Habits of all trainers that have some."""
    text = files("traincast.forecast").joinpath("habits.toml").read_text(encoding="utf-8")
    return {name: msgspec.convert(row, Habits) for name, row in tomllib.loads(text).items()}


def habits(dialect: str) -> Habits:
    """Those of the trainer that writes `dialect`."""
    return table().get(dialect, Habits())
