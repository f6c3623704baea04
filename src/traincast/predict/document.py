"""The predict document of one case out of columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from traincast.answers import MachineAnswer, Memory, Part, PredictAnswer, Scenario, SizedPart
from traincast.cost import memory
from traincast.estimate import Estimate
from traincast.findings import Finding, finding
from traincast.machine import Machine
from traincast.predict import plan, room
from traincast.predict.assumed import Completed
from traincast.predict.columns import Columns
from traincast.predict.notes import notes
from traincast.workload import Workload

SOURCES = (
    "peak, bandwidth, memory: {device}",
    "matrix rate: measured products of the device or its family (catalog/measured_gemm.csv)",
    "software: {rows} measured runs, fitted {date} (calibrate/fitted.toml); accuracy in docs/accuracy.md",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """Columns as lists of Python numbers, read many times."""

    figures: dict[str, list[Any]]
    parts: dict[str, list[float]]
    """seconds of a step by part"""
    memory: dict[str, list[float]]
    """bytes of one device by part"""
    doubts: dict[str, list[float]]
    """share of the squared half-width by answer not given"""


def listed(found: Columns) -> Listed:
    """All figures that a document needs."""
    r = found.room
    per = np.maximum(r.per_sequence, 1.0)
    largest = np.floor((found.capacity / memory.MARGIN - r.fixed) / per)
    numbers = {
        "step": np.maximum(np.exp(found.mu), found.floor), "sigma": found.sigma,
        "half": found.half_width, "floor": found.floor,
        "hard": found.hard_floor, "parameters": found.parameters, "flops": found.flops_per_token,
        "tokens": found.tokens_per_step, "peak": found.c.rate, "bandwidth": found.c.bandwidth, "devices": found.c.P,
        "need": r.need, "need_sigma": r.sigma, "capacity": found.capacity,
        "overflow": room.overflow_probability(r, found.capacity), "largest": np.nan_to_num(largest, nan=-1.0),
        "sequences": found.c.b * found.c.m * found.c.dp, "recomputed": r.recomputed,
    }  # fmt: skip
    return Listed(
        figures={
            **{name: column.tolist() for name, column in numbers.items()},
            "verdict": room.verdict(r, found.capacity),
        },
        parts={name: column.tolist() for name, column in found.parts.items()},
        memory={name: column.tolist() for name, column in r.parts.items()},
        doubts={name: column.tolist() for name, column in found.doubts.items()},
    )


def known(value: float) -> float | None:
    """`value` in its unit; None for what is not a number."""
    return value if math.isfinite(value) else None


def between(value: float, half: float, level: float, unit: str) -> Estimate:
    """`value` x/÷ exp(half)."""
    factor = math.exp(min(half, 50.0))
    return Estimate(value=value, low=value / factor, high=value * factor, level=level, unit=unit)


def document(
    i: int, listed_: Listed, completed: Completed, told: Workload, machine: Machine, *, level: float,
    steps: int | None, findings: Sequence[Finding] = (), sources: list[str],
) -> PredictAnswer:  # fmt: skip
    """The answer for case `i`; `told` is the workload before anything was filled in."""
    f = {name: column[i] for name, column in listed_.figures.items()}
    w = completed.workload
    runs = f["verdict"] != "no" and math.isfinite(f["step"])
    half = f["half"]
    step = None
    if runs:
        value, factor = f["step"], math.exp(min(half, 50.0))
        low = max(value / factor, min(f["hard"], value))
        step = Estimate(value=value, low=low, high=value * factor, level=level)
    tokens = f["tokens"]
    rate = step.inverse(tokens, unit="tokens/s") if step else None
    mfu = rate.scaled(f["flops"] / (f["peak"] * f["devices"]), "fraction") if rate and known(f["peak"]) else None
    planned = steps or told.steps
    total_parts = plan.total_parts(w, planned, f["step"], f["parameters"]) if runs and planned else []
    total = plan.total(total_parts, half, level) if total_parts else None
    return PredictAnswer(
        workload=told,
        machine=machine_answer(machine, f),
        parameters=round(f["parameters"]),
        flops_per_token=f["flops"],
        tokens_per_step=round(tokens),
        samples_per_step=round(f["sequences"]),
        step_time=step,
        tokens_per_second=rate,
        samples_per_second=step.inverse(f["sequences"], unit="samples/s") if step else None,
        mfu=mfu,
        floor_seconds=known(f["floor"]),
        parts=[Part(name=name, seconds=column[i]) for name, column in listed_.parts.items() if column[i] > 0]
        if runs
        else [],
        memory=memory_answer(i, f, listed_, level),
        first_iteration=plan.first_iteration(w, f["step"], half, level) if runs else None,
        total=total,
        total_parts=total_parts,
        scenarios=scenarios(step, total) if step else [],
        steps=planned,
        findings=[*findings, *notes(i, f, listed_.doubts, completed, told, machine), *granted(f)],
        sources=sources,
    )


def granted(f: dict[str, Any]) -> list[Finding]:
    """What the memory rests on and nobody told."""
    return [finding("recompute-assumed")] if f["recomputed"] else []


def machine_answer(machine: Machine, f: dict[str, Any]) -> MachineAnswer:
    """The machine as understood."""
    device = machine.accelerator
    return MachineAnswer(
        device=device.name, title=device.title, n_devices=int(f["devices"]), peak_flops=known(f["peak"]),
        memory_bandwidth=device.memory_bandwidth, memory_bytes=device.memory_bytes,
    )  # fmt: skip


def memory_answer(i: int, f: dict[str, Any], listed_: Listed, level: float) -> Memory:
    """What one device must hold."""
    half = f["need_sigma"] * plan.gaussian_half_width(level)
    capacity = known(f["capacity"])
    return Memory(
        peak_bytes=between(f["need"], half, level, "bytes"),
        capacity_bytes=capacity,
        fits=None if capacity is None else f["verdict"] != "no" and f["overflow"] < 0.5,
        verdict=f["verdict"],
        out_of_memory_probability=None if capacity is None else f["overflow"],
        largest_micro_batch=None if f["largest"] < 0 else int(min(f["largest"], 1e9)),
        parts=[SizedPart(name=name, bytes=column[i]) for name, column in listed_.memory.items()],
    )


def scenarios(step: Estimate, total: Estimate | None) -> list[Scenario]:
    """The ends of the interval, and the middle."""
    ends = (("fast", "low"), ("expected", "value"), ("slow", "high"))
    return [
        Scenario(
            name=name, step_time=getattr(step, end) or step.value, total_seconds=getattr(total, end) if total else None
        )
        for name, end in ends
    ]


def sources(machine: Machine, rows: int, date: str) -> list[str]:
    """Where the constants come from."""
    return [line.format(device=machine.accelerator.source.text, rows=rows, date=date) for line in SOURCES]
