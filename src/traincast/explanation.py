"""The records that say why: what the first iteration went into, and why the rest is as fast as it is."""

from __future__ import annotations

from typing import Literal

import msgspec

from traincast.estimate import Estimate


class TimedShare(msgspec.Struct, kw_only=True):
    """One share of a time, with its interval and what it rests on."""

    name: str
    seconds: Estimate
    evidence: str = ""


class FirstSplit(msgspec.Struct, kw_only=True):
    """Where the first iteration went."""

    seconds: float | None
    """as the log has it"""
    parts: list[TimedShare] = []
    start_up_seconds: float | None = None
    """before the first step, where the log's clock tells"""
    cache: Literal["cold", "warm", "between", "eager", "unknown"] = "unknown"
    """which state of the compile cache the time for compilation fits"""
    ignore_steps: int | None = None
    """steps at the start that are slower than the rest"""
    stable_from: int | None = None
    """counter of the first steady step"""


class LikelyCause(msgspec.Struct, kw_only=True):
    """Why a run is slower than predicted."""

    name: str
    weight: float
    """0 to 1, relative to the other causes: how well it explains what is seen"""
    evidence: str


class Explanation(msgspec.Struct, kw_only=True):
    """Why the first iteration was slow, and why the rest is as fast as it is."""

    first: FirstSplit | None = None
    seen_step: Estimate | None = None
    expected_step: Estimate | None = None
    ratio: float | None = None
    """seen over expected step time"""
    mfu_seen: float | None = None
    """on the dense peak of the device"""
    mfu_expected: Estimate | None = None
    causes: list[LikelyCause] = []
    """most likely first; empty where seen and expected agree"""
