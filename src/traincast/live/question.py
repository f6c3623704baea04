"""What is asked of a live run: all that the user said about it, understood once."""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache

import msgspec

from traincast.errors import TraincastError
from traincast.forecast.deadline import parse_deadline
from traincast.machine import Accelerator
from traincast.workload import Workload


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Options of a forecast that is made again and again."""

    steps: int | None = None
    workload: Workload | None = None
    prior: tuple[float, float] | None = None
    """mean and sigma of log seconds per step, as predicted"""
    device: Accelerator | None = None
    n_devices: int | None = None
    level: float = 0.9
    dialect: str | None = None
    deadline: float | None = None
    """Unix seconds"""
    schedule: str | None = None
    """how the work of a step changes: `0:1,1000:2`"""


def question(
    *,
    steps: int | None = None,
    on: str | None = None,
    workload: Workload | str | None = None,
    deadline: str | None = None,
    level: float = 0.9,
    dialect: str | None = None,
    schedule: str | None = None,
    now: float | None = None,
) -> Question:
    """The options of `watch` and `rehearse`, looked up; raises UnknownNameError, UsageError, WorkloadError."""
    device = n_devices = prior = None
    if isinstance(workload, str):
        from traincast.workloads.resolve import load

        workload = load(workload)
    if on is not None:
        from traincast.catalog.lookup import machine

        found = machine(on)
        device, n_devices = found.accelerator, found.n_devices
        if workload is not None:
            from traincast.predict import prior as predicted

            prior = predicted(workload, found)
    return Question(
        steps=steps, workload=workload, prior=prior, device=device, n_devices=n_devices, level=level, dialect=dialect,
        deadline=moment(deadline, now=now), schedule=schedule,
    )  # fmt: skip


@lru_cache(maxsize=64)
def device_called(name: str) -> Accelerator | None:
    """The accelerator that a log names; `None` where it is unknown or ambiguous."""
    from traincast.catalog.lookup import accelerator

    try:
        return accelerator(name)
    except TraincastError:
        return None


def moment(text: str | None, *, now: float | None = None) -> float | None:
    """Unix seconds of a time of day (local), a date or a duration from `now`; raises UsageError."""
    if text is None:
        return None
    at = datetime.fromtimestamp(time.time() if now is None else now).astimezone()
    return at.timestamp() + parse_deadline(text, at=at)
