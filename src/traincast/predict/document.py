"""The predict document of one case out of columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from traincast.answers import MachineAnswer, Memory, Part, PredictAnswer, Scenario, SizedPart
from traincast.estimate import Estimate
from traincast.findings import Finding
from traincast.machine import Machine
from traincast.predict import plan
from traincast.predict.assumed import Completed
from traincast.predict.listed import Listed, Row
from traincast.predict.notes import notes
from traincast.workload import Workload

SOURCES = (
    "peak, bandwidth, memory: {device}",
    "matrix rate: measured products of the device or its family (catalog/measured_gemm.csv)",
    "software: {rows} measured runs, fitted {date} (calibrate/fitted.toml); accuracy in docs/accuracy.md",
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
    f = listed_.rows[i]
    w = completed.workload
    runs = f.verdict != "no" and math.isfinite(f.step)
    step = None
    if runs:
        value, factor = f.step, math.exp(min(f.half, 50.0))
        low = max(value / factor, min(f.hard, value))
        step = Estimate(value=value, low=low, high=value * factor, level=level)
    rate = step.inverse(f.tokens, unit="tokens/s") if step else None
    mfu = rate.scaled(f.flops / (f.peak * f.devices), "fraction") if rate and known(f.peak) else None
    planned = steps or told.steps
    total_parts = plan.total_parts(w, planned, f.step, f.parameters) if runs and planned else []
    total = plan.total(total_parts, f.half, level) if total_parts else None
    holds = memory_answer(f, listed_.memory[i], level)
    noted = notes(f, holds, listed_.doubts[i], completed, told, machine)
    return PredictAnswer(
        workload=told,
        machine=machine_answer(machine, f),
        parameters=round(f.parameters),
        flops_per_token=f.flops,
        tokens_per_step=round(f.tokens),
        samples_per_step=round(f.sequences),
        step_time=step,
        tokens_per_second=rate,
        samples_per_second=step.inverse(f.sequences, unit="samples/s") if step else None,
        mfu=mfu,
        floor_seconds=known(f.floor),
        parts=[Part(name=name, seconds=size) for name, size in listed_.parts[i].items() if size > 0] if runs else [],
        memory=holds,
        first_iteration=plan.first_iteration(w, f.step, f.half, level) if runs else None,
        total=total,
        total_parts=total_parts,
        scenarios=scenarios(step, total) if step else [],
        steps=planned,
        findings=[*findings, *noted],
        sources=sources,
    )


def machine_answer(machine: Machine, f: Row) -> MachineAnswer:
    """The machine as understood."""
    device = machine.accelerator
    return MachineAnswer(
        device=device.name, title=device.title, n_devices=int(f.devices), peak_flops=known(f.peak),
        memory_bandwidth=device.memory_bandwidth, memory_bytes=device.memory_bytes,
    )  # fmt: skip


def memory_answer(f: Row, parts: dict[str, float], level: float) -> Memory:
    """What one device must hold, `parts` in bytes."""
    half = f.need_sigma * plan.gaussian_half_width(level)
    capacity = known(f.capacity)
    return Memory(
        peak_bytes=between(f.need, half, level, "bytes"),
        capacity_bytes=capacity,
        fits=None if capacity is None else f.verdict != "no" and f.overflow < 0.5,
        verdict=f.verdict,
        out_of_memory_probability=None if capacity is None else f.overflow,
        largest_micro_batch=None if f.largest < 0 else int(min(f.largest, 1e9)),
        parts=[SizedPart(name=name, bytes=size) for name, size in parts.items()],
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
