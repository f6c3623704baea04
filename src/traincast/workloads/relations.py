"""What the keys of a workload say about each other: what cannot be, and what follows."""

from __future__ import annotations

import math
from copy import copy
from typing import Any

import msgspec

from traincast.errors import WorkloadError
from traincast.workload import Workload
from traincast.workloads.ranges import check_ranges
from traincast.workloads.validate import (
    check_adapters,
    check_batch,
    check_depth,
    check_devices,
    check_experts,
    check_heads,
    check_plan,
    check_shares,
    check_words,
)


def checked(workload: Workload, *, on_devices: int | None = None) -> Workload:
    """`workload` with what follows from it filled in; `on_devices` is how many the machine has.

    Raises WorkloadError where it cannot be, contradicts itself, or the two counts of devices differ.
    """
    check_ranges(msgspec.structs.asdict(workload))
    return completed(workload, on_devices)


def completed(workload: Workload, on_devices: int | None = None) -> Workload:
    """As `checked`, of a workload whose values are known to be in their ranges."""
    w = copy(workload)
    _fill(w, placed(w, on_devices))
    check_words(w)
    check_heads(w)
    check_adapters(w)
    check_experts(w)
    check_depth(w)
    check_shares(w)
    check_devices(w)
    check_batch(w)
    _fill(w, _ranks(w))
    check_batch(w)
    _fill(w, _sequences(w))
    check_plan(w)
    _fill(w, _steps(w))
    return w


def _fill(w: Workload, found: dict[str, Any]) -> None:
    """Set what was found; `w` is a copy of our own."""
    if found:
        check_ranges(found)
        for key, value in found.items():
            msgspec.structs.force_setattr(w, key, value)


def placed(w: Workload, n_devices: int | None) -> dict[str, Any]:
    """How many devices: the machine's count where it names several, else the workload's own."""
    told = w.n_devices
    if n_devices is None or told == n_devices or (n_devices == 1 and told is not None):
        return {}
    if told is not None:
        raise WorkloadError(
            "n_devices = {told}, but the machine has {n_devices}",
            hint="tell the count once: --on DEVICExN",
            told=told,
            n_devices=n_devices,
        )
    return {"n_devices": n_devices} if n_devices > 1 or _least_devices(w) == 1 else {}


def _least_devices(w: Workload) -> int:
    """Devices that the told ranks need at least."""
    return (w.dp or 1) * (w.tp or 1) * (w.pp or 1) * (w.cp or 1)


def _ranks(w: Workload) -> dict[str, Any]:
    """dp or n_devices, where the other is told; nothing where the batch does not spread over all devices."""
    model = (w.tp or 1) * (w.pp or 1) * (w.cp or 1)
    if w.n_devices and not w.dp:
        dp = w.n_devices // model
        split = w.n_devices > 1 and None in (w.tp, w.pp, w.cp)  # it may be, and is not told
        part = (w.micro_batch or 1) * (w.grad_accum or 1) * dp
        return {} if split and w.global_batch and w.global_batch % part else {"dp": dp}
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
