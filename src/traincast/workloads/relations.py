"""What the keys of a workload say about each other: what cannot be, and what follows."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from traincast.errors import WorkloadError
from traincast.workload import Workload
from traincast.workloads.validate import validate


def checked(workload: Workload, *, on_devices: int | None = None) -> Workload:
    """`workload` with what follows from it filled in; `on_devices` is how many the machine has.

    Raises WorkloadError where it cannot be, contradicts itself, or the two counts of devices differ.
    """
    workload = placed(workload, on_devices)
    validate(workload)
    for fill in (_ranks, _sequences, _steps):
        found = fill(workload)
        if found:
            workload = msgspec.structs.replace(workload, **found)
            validate(workload)
    return workload


def placed(workload: Workload, n_devices: int | None) -> Workload:
    """`workload` on `n_devices`: the machine's count where it names several, else the workload's own."""
    told = workload.n_devices
    if n_devices is None or told == n_devices or (n_devices == 1 and told is not None):
        return workload
    if told is not None:
        raise WorkloadError(
            f"n_devices = {told}, but the machine has {n_devices}", hint="tell the count once: --on DEVICExN"
        )
    several = n_devices > 1 or _least_devices(workload) == 1
    return msgspec.structs.replace(workload, n_devices=n_devices) if several else workload


def _least_devices(w: Workload) -> int:
    """Devices that the told ranks need at least."""
    return (w.dp or 1) * (w.tp or 1) * (w.pp or 1) * (w.cp or 1)


def _ranks(w: Workload) -> dict[str, Any]:
    """dp or n_devices, where the other is told."""
    model = (w.tp or 1) * (w.pp or 1) * (w.cp or 1)
    if w.n_devices and not w.dp:
        return {"dp": w.n_devices // model}
    if w.n_devices or not (w.dp or model > 1):
        return {}
    return {"n_devices": (w.dp or 1) * model, "dp": w.dp or 1}


def _sequences(w: Workload) -> dict[str, Any]:
    """The one of micro_batch, grad_accum and global_batch that the others and the number of replicas give."""
    if not w.dp:
        return {}
    if w.global_batch is None:
        return {"global_batch": w.micro_batch * (w.grad_accum or 1) * w.dp} if w.micro_batch else {}
    if w.micro_batch and not w.grad_accum:
        return {"grad_accum": w.global_batch // (w.micro_batch * w.dp)}
    if w.grad_accum and not w.micro_batch:
        return {"micro_batch": w.global_batch // (w.grad_accum * w.dp)}
    return {}


def _steps(w: Workload) -> dict[str, Any]:
    """Steps of the plan from tokens or epochs, where they are not told."""
    if w.steps or not w.global_batch:
        return {}
    per_step = w.global_batch * w.seq_len if w.seq_len else None
    if w.tokens and per_step:
        return {"steps": max(1, math.ceil(w.tokens / per_step))}
    if w.epochs and w.dataset_samples:
        return {"steps": max(1, math.ceil(w.epochs * w.dataset_samples / w.global_batch))}
    if w.epochs and w.dataset_tokens and per_step:
        return {"steps": max(1, math.ceil(w.epochs * w.dataset_tokens / per_step))}
    return {}
