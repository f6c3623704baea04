"""Findings of a prediction: what was assumed, what an answer would be worth, what does not fit."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

from traincast import units
from traincast.catalog.capability import precision_findings
from traincast.findings import Finding, finding, phrase
from traincast.machine import Machine
from traincast.predict.assumed import Completed
from traincast.workload import Workload

WORTH_ASKING = 0.03
"""share of the interval's half-width below which an answer is not asked for"""


def notes(
    i: int, f: dict[str, Any], doubts: dict[str, list[float]], completed: Completed, told: Workload, machine: Machine,
) -> list[Finding]:  # fmt: skip
    """Findings of case `i`."""
    found = list(precision_findings(machine.accelerator, told.precision)) if told.precision else []
    if completed.filled:
        w = completed.workload
        values = ", ".join(f"{name} {getattr(w, name)}" for name in completed.filled)
        found.append(finding("assumed", values=values))
    found += room_findings(f)
    found += question(i, f, doubts)
    if f["devices"] > 4096:
        found.append(finding("beyond-measured", devices=f"{f['devices']:,.0f}"))
    return found


def room_findings(f: dict[str, Any]) -> list[Finding]:
    """Whether the run does not fit, or barely."""
    if f["verdict"] not in ("no", "tight"):
        return []
    need, capacity = units.memory(f["need"]), units.memory(f["capacity"])
    if f["verdict"] == "tight":
        return [finding("tight-memory", need=need, capacity=capacity, chance=units.percent(f["overflow"]))]
    largest = max(int(f["largest"]), 0)
    smaller = phrase("take a micro-batch that fits, or shard the states")
    remedy = smaller if largest else phrase("shard the states, or take a device with more memory")
    return [finding("does-not-fit", need=need, capacity=capacity, remedy=remedy, largest=str(largest))]


def question(i: int, f: dict[str, Any], doubts: dict[str, list[float]]) -> list[Finding]:
    """Which missing answer would narrow the interval most, and by how much."""
    shares = [column[i] for column in doubts.values()]
    share = max(shares)
    left = math.sqrt(max(1 - share, 1e-6))
    if not 1 - left >= WORTH_ASKING:
        return []
    missing = tuple(name for name, one in zip(doubts, shares, strict=True) if one > 0)
    now, then = math.exp(f["half"]), math.exp(f["half"] * left)
    return [narrows(missing, list(doubts)[shares.index(share)], f"{now:.2f}", f"{then:.2f}")]


@lru_cache(maxsize=4096)
def narrows(missing: tuple[str, ...], key: str, now: str, then: str) -> Finding:
    """What the answer to `key` would do to the interval; a batch says few of these many times."""
    option = "--" + key.replace("_", "-")
    return finding("answer-narrows", missing=", ".join(missing), key=key, now=now, then=then, option=option)
