"""Findings of a prediction: what was assumed, what an answer would be worth, what does not fit."""

from __future__ import annotations

import math
from functools import lru_cache

from traincast import units
from traincast.answers import Memory
from traincast.catalog.capability import precision_findings
from traincast.findings import Finding, finding
from traincast.machine import Machine
from traincast.phrases import phrase
from traincast.predict.assumed import Completed
from traincast.predict.listed import Row
from traincast.workload import Workload

WORTH_ASKING = 0.03
"""share of the interval's half-width below which an answer is not asked for"""


def notes(
    row: Row, memory: Memory, doubts: dict[str, float], completed: Completed, told: Workload, machine: Machine
) -> list[Finding]:
    """Findings of one case."""
    found = list(precision_findings(machine.accelerator, told.precision)) if told.precision else []
    if completed.filled:
        w = completed.workload
        values = ", ".join(f"{name} {getattr(w, name)}" for name in completed.filled)
        found.append(finding("assumed", values=values))
    found += room_findings(memory)
    found += question(row.half, doubts)
    if row.devices > 4096:
        found.append(finding("beyond-measured", devices=f"{row.devices:,.0f}"))
    if row.recomputed:
        found.append(finding("recompute-assumed"))
    return found


def room_findings(memory: Memory) -> list[Finding]:
    """Whether the run does not fit, or barely."""
    if memory.peak_bytes is None or memory.capacity_bytes is None or memory.verdict not in ("no", "tight"):
        return []
    need, capacity = units.memory(memory.peak_bytes.value), units.memory(memory.capacity_bytes)
    if memory.verdict == "tight":
        chance = units.percent(memory.out_of_memory_probability or 0.0)
        return [finding("tight-memory", need=need, capacity=capacity, chance=chance)]
    largest = max(memory.largest_micro_batch or 0, 0)
    smaller = phrase("take a micro-batch that fits, or shard the states")
    remedy = smaller if largest else phrase("shard the states, or take a device with more memory")
    return [finding("does-not-fit", need=need, capacity=capacity, remedy=remedy, largest=str(largest))]


def question(half: float, doubts: dict[str, float]) -> list[Finding]:
    """Which missing answer would narrow an interval of x/÷ exp(`half`) most, and by how much."""
    key = max(doubts, key=doubts.__getitem__)
    left = math.sqrt(max(1 - doubts[key], 1e-6))
    if not 1 - left >= WORTH_ASKING:
        return []
    missing = tuple(name for name, share in doubts.items() if share > 0)
    return [narrows(missing, key, f"{math.exp(half):.2f}", f"{math.exp(half * left):.2f}")]


@lru_cache(maxsize=4096)
def narrows(missing: tuple[str, ...], key: str, now: str, then: str) -> Finding:
    """What the answer to `key` would do to the interval; a batch says few of these many times."""
    option = "--" + key.replace("_", "-")
    return finding("answer-narrows", missing=", ".join(missing), key=key, now=now, then=then, option=option)
