"""Memory of cases: what one device must hold, part by part, and whether it fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traincast.cost import memory
from traincast.cost.cases import Cases
from traincast.cost.shape import Array
from traincast.cost.step import local_parameters
from traincast.workload import Workload

EAGER_ACTIVATIONS = 1.25
"""activations without compilation over those with it: temporaries are kept (assumed)"""
OPTIMIZER_BYTES = (("8bit", 2.0), ("adafactor", 0.5), ("muon", 5.0), ("sgd", 4.0), ("lion", 4.0), ("lars", 4.0))
"""state bytes a parameter, beside the 4 of the weights; Adam 8"""
SIGMA = 0.10
"""sd of log bytes where all is told; 0.7 % median on compiled nanoGPT-like rows, more elsewhere (assumed)"""
UNTOLD = {"recompute": 0.25, "attention": 0.15, "zero": 0.3, "compile": 0.05, "optimizer": 0.08}
"""further sd of log bytes, by answer not given"""


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes on one device."""

    parts: dict[str, Array]
    need: Array
    sigma: Array
    per_sequence: Array
    """bytes that grow with the micro-batch, of one sequence"""
    fixed: Array
    """bytes that do not"""


def state_bytes(optimizer: str | None) -> float:
    """Optimizer bytes a parameter."""
    name = (optimizer or "").replace("-", "").lower()
    return next((size for part, size in OPTIMIZER_BYTES if part in name), 8.0)


def room(c: Cases, workloads: list[Workload], capacity: Array) -> Room:
    """What each case must hold; where sharding is not told and whole states do not fit, they are taken as sharded."""
    s = c.shape
    n = local_parameters(c)
    frozen = c.lora > 0
    ranks = c.dp * c.cp
    each = np.array([state_bytes(w.optimizer) for w in workloads])
    whole = 16.0 * n > 0.7 * np.nan_to_num(capacity, nan=np.inf)
    untold = np.array([w.zero is None for w in workloads]) & (ranks > 1) & whole
    stage = np.where(untold, 3.0, c.zero)
    weights = np.where(frozen, 2.0, 4.0) * n / np.where(stage >= 3, ranks, 1)
    gradients = np.where(frozen, 0.0, 4.0) * n / np.where(stage >= 2, ranks, 1)
    optimizer = np.where(frozen, 0.0, each) * n / np.where(stage >= 1, ranks, 1)
    extra = 16.0 * c.adapter / (c.tp * c.pp)
    eager = 1 + (EAGER_ACTIVATIONS - 1) * (1 - c.compiled)
    one = memory.activation_bytes(
        s, np.ones(len(c)), recompute=c.recompute, scores=(1 - c.flash) * (1 - c.score_recompute), tp=c.tp,
        wide=c.element / 2,
    ) / c.cp * eager  # fmt: skip
    held = np.minimum(c.pp, c.m)  # micro-batches that the first stage of a pipeline holds
    per_logit = memory.LOGIT_BYTES_EAGER + (memory.LOGIT_BYTES_FUSED - memory.LOGIT_BYTES_EAGER) * c.compiled
    logits = memory.logit_bytes(s, c.headed, per_logit=per_logit, tp=c.tp) / c.cp * (c.pp == 1)
    per = one * held / c.pp + logits
    parts = {
        "weights": weights + extra, "gradients": gradients, "optimizer": optimizer,
        "activations": one * held / c.pp * c.b, "logits": logits * c.b, "context": np.full(len(c), memory.CONTEXT),
    }  # fmt: skip
    need = sum(parts.values(), np.zeros(len(c)))
    variance = np.array(
        [SIGMA**2 + sum(sd**2 for key, sd in UNTOLD.items() if getattr(w, key) is None and (key != "zero" or p > 1))
         for w, p in zip(workloads, c.P.tolist(), strict=True)]
    )  # fmt: skip
    return Room(parts, need, np.sqrt(variance), per, need - per * c.b)


def overflow_probability(r: Room, capacity: Array) -> Array:
    """Chance that a case does not fit; NaN where the capacity is unknown."""
    z = np.log(r.need * memory.FRAGMENTATION**0.5 / capacity) / r.sigma
    return np.asarray(1 / (1 + np.exp(-np.clip(1.702 * z, -50, 50))))


def verdict(r: Room, capacity: Array) -> list[str]:
    """fits, tight, no or unknown: with fragmentation below the capacity; below it; surely above it."""
    sure = r.need * np.exp(-2 * r.sigma) > capacity
    fits = r.need * memory.FRAGMENTATION < capacity
    words = np.where(np.isnan(capacity), "unknown", np.where(fits, "fits", np.where(sure, "no", "tight")))
    certain = (r.need > capacity * 1.05) & (r.sigma < 0.15)
    return list(np.where((words == "tight") & certain, "no", words).tolist())
