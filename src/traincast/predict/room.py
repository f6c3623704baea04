"""Memory of cases: what one device must hold, part by part, and whether it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traincast.cost import memory
from traincast.cost.cases import Cases
from traincast.cost.shape import Array
from traincast.cost.stack import MODES
from traincast.cost.step import local_parameters
from traincast.workload import Workload

ACTIVATIONS = {"eager": 0.9, "compiled": 1.0, "fused": 0.9, "core": 0.9}
"""kept bytes over those of Korthikanti et al. 2022, who count dropout masks; 874 measured runs fitted their device"""
LOGIT_BYTES = {"eager": 8.0, "compiled": memory.LOGIT_BYTES_FUSED, "fused": 4.0, "core": 6.0}
"""bytes a logit; hand-made losses work in place"""
ADAPTIVE_HEAD = 0.2
"""share of an adaptive softmax over a word vocabulary that is computed (Transformer-XL)"""
OPTIMIZER_BYTES = (("8bit", 2.0), ("adafactor", 0.5), ("muon", 5.0), ("sgd", 4.0), ("lion", 4.0), ("lars", 4.0))
"""state bytes a parameter, beside the 4 of the weights; Adam 8"""
LEAST_BYTES = (("paged", 2.0), ("bwd", 4.0), ("8bit", 6.0), ("adafactor", 4.0), ("sgd", 4.0), ("lion", 6.0))
"""least bytes a parameter of weights, gradients and state with everything in 16 bits; Adam 8"""
LEAST_ACTIVATIONS = 0.6
"""least over usual kept bytes: no dropout masks, no copies, losses in chunks"""
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
    least: Array
    """bytes below which no known recipe goes"""


def named_bytes(name: str | None, table: tuple[tuple[str, float], ...], usual: float) -> float:
    """The figure of an optimizer in `table`."""
    plain = (name or "").replace("-", "").lower()
    return next((size for part, size in table if part in plain), usual)


def by_mode(c: Cases, table: dict[str, float]) -> Array:
    """The figure of each case's mode; stacks that may compile or not lie between both."""
    figures = np.array([table[mode] for mode in MODES])
    mixed = table["eager"] + (table["compiled"] - table["eager"]) * c.compiled
    return np.where(c.handmade, figures[c.mode_code], mixed)


def stages(c: Cases, workloads: Sequence[Workload], capacity: Array) -> Array:
    """ZeRO stage (0 to 3) of each case; where it is not told and whole states would not fit, everything is sharded."""
    large = 16.0 * local_parameters(c) > 0.7 * np.nan_to_num(capacity, nan=np.inf)
    untold = np.array([w.zero is None for w in workloads]) & (c.dp * c.cp > 1)
    return np.where(untold & large, 3.0, c.zero)


def states(c: Cases, workloads: Sequence[Workload], stage: Array) -> dict[str, Array]:
    """Bytes of weights, gradients and optimizer: fp32 under autocast, 16 bits with an fp32 copy once it is sharded."""
    n, ranks = local_parameters(c), c.dp * c.cp
    frozen, mixed = c.lora > 0, stage >= 1
    state = np.array([named_bytes(w.optimizer, OPTIMIZER_BYTES, 8.0) for w in workloads])
    weights = np.where(frozen | mixed, 2.0, 4.0) * n / np.where(stage >= 3, ranks, 1)
    gradients = np.where(frozen, 0.0, np.where(mixed, 2.0, 4.0)) * n / np.where(stage >= 2, ranks, 1)
    optimizer = np.where(frozen, 0.0, state + np.where(mixed, 4.0, 0.0)) * n / np.where(stage >= 1, ranks, 1)
    return {
        "weights": weights + 16.0 * c.adapter / (c.tp * c.pp),
        "gradients": gradients,
        "optimizer": optimizer,
    }


def kept(c: Cases, recompute: Array) -> Array:
    """Bytes of activations for one sequence on the first stage of the pipeline, which holds most."""
    scores = (1 - c.flash) * (1 - c.score_recompute)
    ones = np.ones(len(c))
    whole = memory.activation_bytes(c.shape, ones, recompute=recompute, scores=scores, tp=c.tp, wide=c.element / 2)
    return by_mode(c, ACTIVATIONS) * whole / c.cp * np.minimum(c.pp, c.m) / c.pp


def room(c: Cases, workloads: Sequence[Workload], capacity: Array) -> Room:
    """What each case must hold."""
    stage = stages(c, workloads, capacity)
    parts = states(c, workloads, stage)
    each = kept(c, c.recompute)
    headed = c.headed * np.where(c.recurrent > 0, ADAPTIVE_HEAD, 1.0) * (c.pp == 1)
    logits = memory.logit_bytes(c.shape, headed, per_logit=by_mode(c, LOGIT_BYTES), tp=c.tp) / c.cp
    parts |= {"activations": each * c.b, "logits": logits * c.b, "context": np.full(len(c), memory.CONTEXT)}
    need = sum(parts.values(), np.zeros(len(c)))
    per = each + logits
    return Room(parts, need, spread(c, workloads), per, need - per * c.b, least(c, workloads))


def spread(c: Cases, workloads: Sequence[Workload]) -> Array:
    """Sd of log bytes."""
    many = (c.P > 1).tolist()
    variance = [
        SIGMA**2 + sum(sd**2 for key, sd in UNTOLD.items() if getattr(w, key) is None and (key != "zero" or several))
        for w, several in zip(workloads, many, strict=True)
    ]
    return np.asarray(np.sqrt(variance))


def least(c: Cases, workloads: Sequence[Workload]) -> Array:
    """Bytes that the leanest recipe still needs: 16-bit states, sharded where that is not ruled out.

    Recompute that is told to be off is believed; selective recompute may be of any part.
    """
    free = np.array([w.recompute in (None, "selective") for w in workloads])
    ruled = np.array([w.zero in (0, 1, 2) for w in workloads])
    each = np.array([named_bytes(w.optimizer, LEAST_BYTES, 8.0) for w in workloads])
    each = np.where(c.lora > 0, 0.5, each)
    n = local_parameters(c)
    shared = np.where(ruled, 1.0, c.dp * c.cp)
    states = n * np.where(ruled & (c.zero > 0), np.minimum(each, 4.0), each) / shared
    activations = LEAST_ACTIVATIONS * kept(c, np.where(free, 1.0, c.recompute)) * c.b
    return np.asarray(states + activations)


def overflow_probability(r: Room, capacity: Array) -> Array:
    """Chance that a case does not fit; NaN where the capacity is unknown."""
    z = np.log(r.need * memory.FRAGMENTATION**0.5 / capacity) / r.sigma
    return np.asarray(1 / (1 + np.exp(-np.clip(1.702 * z, -50, 50))))


def verdict(r: Room, capacity: Array) -> list[str]:
    """fits, tight, no or unknown: below the capacity with fragmentation; in reach of a lean recipe; of none."""
    fits = r.need * memory.FRAGMENTATION < capacity
    reach = np.where(r.least > capacity, "no", "tight")
    return list(np.where(np.isnan(capacity), "unknown", np.where(fits, "fits", reach)).tolist())
