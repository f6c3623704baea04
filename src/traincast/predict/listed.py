"""Columns of predictions as rows of Python numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from traincast.cost import memory
from traincast.cost.shape import Array
from traincast.predict import room
from traincast.predict.columns import Columns


class Row(NamedTuple):
    """Figures of one case; not a number is unknown."""

    step: float
    """seconds of a step"""
    half: float
    """half-width of the log of a step's seconds, at the level asked for"""
    floor: float
    """least seconds at the listed peak and bandwidth"""
    hard: float
    """least seconds at 1.25 times the peak and 1.05 times the bandwidth"""
    parameters: float
    """number of weights"""
    flops: float
    """FLOP a token"""
    tokens: float
    """tokens a step"""
    sequences: float
    """sequences a step"""
    peak: float
    """listed dense FLOP/s of one device"""
    devices: float
    """number of devices"""
    need: float
    """bytes of one device"""
    need_sigma: float
    """standard deviation of the log of `need`"""
    capacity: float
    """bytes of one device"""
    overflow: float
    """probability that `need` is above `capacity`"""
    largest: float
    """sequences of the largest micro-batch that fits; below 0 is unknown"""
    recomputed: bool
    """whether recomputation was assumed, because nothing else fits"""
    verdict: Literal["fits", "tight", "no", "unknown"]
    """whether it fits"""


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows of n cases, read one by one."""

    rows: list[Row]
    parts: list[dict[str, float]]
    """seconds of a step by part"""
    memory: list[dict[str, float]]
    """bytes of one device by part"""
    doubts: list[dict[str, float]]
    """share of the squared half-width by answer not given"""


def listed(found: Columns) -> Listed:
    """All figures that documents need."""
    r, c = found.room, found.c
    largest = np.floor((found.capacity / memory.MARGIN - r.fixed) / np.maximum(r.per_sequence, 1.0))
    numbers = {
        "step": np.maximum(np.exp(found.mu), found.floor), "half": found.half_width, "floor": found.floor,
        "hard": found.hard_floor, "parameters": found.parameters, "flops": found.flops_per_token,
        "tokens": found.tokens_per_step, "sequences": c.b * c.m * c.dp, "peak": c.rate, "devices": c.P,
        "need": r.need, "need_sigma": r.sigma, "capacity": found.capacity,
        "overflow": room.overflow_probability(r, found.capacity), "largest": np.nan_to_num(largest, nan=-1.0),
        "recomputed": r.recomputed,
    }  # fmt: skip
    lists = {name: column.tolist() for name, column in numbers.items()} | {"verdict": room.verdict(r, found.capacity)}
    return Listed(
        rows=[Row(*one) for one in zip(*(lists[name] for name in Row._fields), strict=True)],
        parts=by_case(found.parts),
        memory=by_case(r.parts),
        doubts=by_case(found.doubts),
    )


def by_case(columns: dict[str, Array]) -> list[dict[str, float]]:
    """Named columns (seconds, bytes or shares) as one mapping a case."""
    lists = (column.tolist() for column in columns.values())
    return [dict(zip(columns, one, strict=True)) for one in zip(*lists, strict=True)]
