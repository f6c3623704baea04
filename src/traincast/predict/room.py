"""Memory of cases: what one device must hold, part by part, and whether it fits.

Three moments are compared: the start of the backward pass, when everything kept and the logits are there; the same
on the first stage of a pipeline, which holds more micro-batches and no logits; and the update, when gradients and
what the optimizer writes beside its state are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from traincast.cost import kept, memory
from traincast.cost.cases import Cases
from traincast.cost.kept import Keeping
from traincast.cost.parameters import layer_parameters
from traincast.cost.recipe import recipe
from traincast.cost.shape import Array, Number
from traincast.machine import Machine
from traincast.workload import Workload

ADAPTIVE_HEAD = 0.2
"""share of an adaptive softmax over a word vocabulary that is computed (Transformer-XL)"""
OPTIMIZER_BYTES = (
    ("paged", 0.0),
    ("8bit", 2.0),
    ("adafactor", 0.5),
    ("muon", 5.0),
    ("sgd", 4.0),
    ("lion", 4.0),
    ("lars", 4.0),
)
"""state bytes a parameter, beside the weights; paged states lie in host memory; Adam 8"""
LEAST_BYTES = (("paged", 2.0), ("bwd", 4.0), ("8bit", 6.0), ("adafactor", 4.0), ("sgd", 4.0), ("lion", 6.0))
"""least bytes a parameter of weights, gradients and state with everything in 16 bits; Adam 8"""
LEAST_ACTIVATIONS = 0.5
"""least over usual kept bytes: no dropout masks, no copies, losses in chunks"""
UNFUSED_UPDATE = 4.0
"""bytes a parameter that an update by multi-tensor operators writes: square roots of the second moments"""
FINE_STAGES = 4.0
"""bytes a parameter of a unit of sharded data parallelism that is gathered: two of 16 bits"""
NEARLY_FULL = 0.95
"""share of a device above which a run whose recomputation is not told is taken to recompute"""
SIGMA = 0.1
"""sd of log bytes where all is told (docs/accuracy-memory.md)"""
UNTOLD = {"recompute": 0.25, "attention": 0.15, "zero": 0.3, "compile": 0.12, "optimizer": 0.08, "framework": 0.05}
"""further sd of log bytes, by answer not given"""


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes on one device."""

    parts: dict[str, Array]
    """bytes by part"""
    need: Array
    """bytes, sum of the parts"""
    sigma: Array
    """of the log of the bytes"""
    per_sequence: Array
    """bytes that grow with the micro-batch, of one sequence"""
    fixed: Array
    """bytes that do not"""
    least: Array
    """bytes below which no known recipe goes"""
    recomputed: Array
    """whether layers are taken to be recomputed, which is not told"""


def named_bytes(name: str | None, table: tuple[tuple[str, float], ...], usual: float) -> float:
    """The figure of an optimizer in `table`."""
    plain = (name or "").replace("-", "").lower()
    return next((size for part, size in table if part in plain), usual)


def rank_parameters(c: Cases) -> Array:
    """Parameters on the largest rank: its layers, and of a pipeline's ends the token table or the head."""
    s = c.shape
    tables = s.V * s.d * (2 - s.tied)
    experts = s.L * s.E * (s.g + 1) * s.d * s.F * (s.E > 1)
    layers = np.maximum(c.params - experts - tables, 0.1 * c.params) + experts / c.ep
    return np.asarray((layers / c.pp + np.where(c.pp > 1, s.V * s.d, tables)) / c.tp)


def stages(c: Cases, f: Figures, workloads: Sequence[Workload], capacity: Array) -> Array:
    """ZeRO stage of each case; where it is not told the software's usual one, or 3 where states would not fit."""
    untold = np.array([w.zero is None for w in workloads]) & (c.dp * c.cp > 1)
    stage = np.where(untold, f["zero"], c.zero)
    ranks = np.where(stage >= 1, c.dp * c.cp, 1.0)
    states = (4.0 + 12.0 / ranks) * rank_parameters(c)
    return np.where(untold & (states > 0.7 * np.nan_to_num(capacity, nan=np.inf)), 3.0, stage)


def recomputed(c: Cases, f: Figures, workloads: Sequence[Workload]) -> Array:
    """Share of layers that keep their input alone."""
    selective = np.array([w.recompute == "selective" for w in workloads])
    return np.where(selective & (f["blocks"] > 0), 0.5, c.recompute)


class Figures:
    """Figures of the recipes of n cases as columns: `figures["logit"]`."""

    def __init__(self, frameworks: Sequence[str]) -> None:
        place = {name: i for i, name in enumerate(dict.fromkeys(frameworks))}
        self.rows = [recipe(name) for name in place]
        self.code = np.array([place[name] for name in frameworks], dtype=np.intp)
        self.instead: dict[str, Array] = {}

    def __getitem__(self, name: str) -> Array:
        if name in self.instead:
            return self.instead[name]
        return np.array([getattr(row, name) for row in self.rows], dtype=float)[self.code]


def states(c: Cases, f: Figures, workloads: Sequence[Workload], stage: Array) -> dict[str, Array]:
    """Bytes of weights, gradients, optimizer and buffers.

    fp32 under autocast; 16 bits with an fp32 copy where the software keeps them so, or once everything is sharded.
    """
    n, ranks = rank_parameters(c), c.dp * c.cp
    frozen, wide = c.lora > 0, c.element >= 4
    mixed = (f["weights"] < 4) & ~wide
    bits = np.array([w.base_bits or 16 for w in workloads], dtype=float)
    tables = c.shape.V * c.shape.d * (2 - c.shape.tied) / c.tp  # tables and norms stay in 16 bits
    packed = (bits / 8 * memory.PACKED * np.maximum(n - tables, 0.0) + 2.0 * tables) / np.maximum(n, 1.0)
    frozen_each = np.where(bits < 16, packed, 2.0)
    each = np.where(frozen, frozen_each, np.where(wide, 4.0, f["weights"]))
    told = np.array([named_bytes(w.optimizer, OPTIMIZER_BYTES, np.nan) for w in workloads])
    state = np.where(np.isnan(told), np.where(wide, 8.0, f["moments"]), told)
    at_once = np.array(["backward" in (w.optimizer or "").lower() for w in workloads])  # updated while they are made
    gradient = np.where(at_once, 0.0, np.where(wide, 4.0, f["gradients"]))
    master = np.where(wide | frozen, 0.0, f["master"])
    weights = each * n / np.where(stage >= 3, ranks, 1)
    unit = np.maximum(layer_parameters(c.shape) / c.tp / c.ep, c.shape.V * c.shape.d / c.tp)
    gathered = np.where((stage >= 3) & (ranks > 1), (FINE_STAGES + 4.0) * unit, 0.0)
    cast = np.where(mixed | wide | frozen, 0.0, 2.0) * n  # autocast's copies of the weights
    buckets = np.where((stage < 1) & (ranks > 1), f["buckets"], 0.0) * n
    return {
        "weights": weights + 16.0 * c.adapter / (c.tp * c.pp) + np.where(stage >= 3, 0.0, cast),
        "gradients": np.where(frozen, 0.0, gradient) * n / np.where(stage >= 2, ranks, 1),
        "optimizer": np.where(frozen, 0.0, state + master) * n / np.where(stage >= 1, ranks, 1),
        "buffers": np.where(frozen, 0.0, gathered + buckets),
    }


def keeping(c: Cases, f: Figures, workloads: Sequence[Workload], scores: Array, host: Array) -> Keeping:
    """How the tensors of each case are kept; `scores` is the share of score matrices that are."""
    split = f["split"] <= c.year
    relu = np.array([w.mlp == "relu" for w in workloads])  # its output alone is kept
    return Keeping(
        e=c.element, w=np.where((c.element >= 4), 4.0, np.where(c.lora > 0, 2.0, f["stream"])),
        compiled=np.where(c.handmade, 0.0, c.compiled), naive=scores, dropout=c.dropout, norm=f["norm"],
        gated=f["gated"], plain=np.where(relu, 1.0, f["plain"]), qkv=f["qkv"],
        scores=np.where(host, kept.HOST_SCORES, f["scores"]), casts=f["casts"],
        expanded=f["expanded"], tp=c.tp,
        norms_over=np.where(split, c.tp, 1.0), inputs_over=np.where(split & (f["gathered"] < 1), c.tp, 1.0),
    )  # fmt: skip


def micro_batch_bytes(
    c: Cases, f: Figures, workloads: Sequence[Workload], recompute: Array, host: Array
) -> tuple[Array, Array, Array]:
    """Bytes of one sequence on the stage of a pipeline that holds most: (activations, logits, at work beside them)."""
    s = c.shape
    k = keeping(c, f, workloads, (1 - c.flash) * (1 - c.score_recompute), host)
    again = keeping(c, f, workloads, 1 - c.flash, host)
    tokens = s.T / c.cp
    layer, input_ = kept.layer_bytes(s, k), k.w * s.d / k.norms_over
    layers = (1 - recompute) * layer + recompute * input_
    ends = s.d * (2 * k.w + k.e) / k.norms_over
    whole = tokens * (s.L / c.pp * layers + ends)
    # a layer that is being run again keeps all of its tensors for a moment
    work = tokens * (kept.working_bytes(s, again) + np.where(recompute > 0, kept.layer_bytes(s, again), 0.0))
    headed = c.headed * np.where(c.recurrent > 0, ADAPTIVE_HEAD, 1.0)
    loss = tokens * headed * s.V / c.tp * logit_bytes(c, f, host)
    last, first = whole + np.maximum(loss, work), whole * np.minimum(c.pp, c.m) + work
    flows = (c.pp > 1) & (first > last)
    activations = np.where(flows, whole * np.minimum(c.pp, c.m), whole)
    logits = np.where(flows, 0.0, loss)
    return activations, logits, np.maximum(work - logits, 0.0)


def logit_bytes(c: Cases, f: Figures, host: Array) -> Array:
    """Bytes of a logit at the peak."""
    compiled = np.where(c.handmade, 0.0, c.compiled)
    wide = compiled * kept.COMPILED_WIDE_LOGIT + (1 - compiled) * kept.WIDE_LOGIT
    eager = np.where(host, kept.HOST_LOGIT, f["logit"])
    return np.where(c.element >= 4, wide, compiled * kept.COMPILED_LOGIT + (1 - compiled) * eager)


def room(c: Cases, workloads: Sequence[Workload], capacity: Array, machines: Sequence[Machine] = ()) -> Room:
    """What each case must hold.

    Where recomputation is not told and a run on several devices would not fit, its layers are taken to be recomputed:
    such runs are set up with care, while on one device the software's defaults are what is run.
    """
    host = np.array([machine.accelerator.family == "cpu" for machine in machines] or [False] * len(c))
    f = Figures(c.framework)
    stage, share = stages(c, f, workloads, capacity), recomputed(c, f, workloads)
    # fully sharded weights are gathered in 16 bits, whatever they are kept in
    f.instead["stream"] = np.where((stage >= 3) & (c.dp * c.cp > 1), np.minimum(f["stream"], 2.0), f["stream"])
    found = filled(c, f, workloads, stage, share, host)
    free = np.array([w.recompute is None for w in workloads]) & (c.P > 1)
    free |= np.array([w.recompute == "selective" for w in workloads]) & (f["blocks"] > 0)
    short = free & (found.need > NEARLY_FULL * np.nan_to_num(capacity, nan=np.inf))
    if not short.any():
        return found
    return replace(filled(c, f, workloads, stage, np.where(short, 1.0, share), host), recomputed=short)


def filled(c: Cases, f: Figures, workloads: Sequence[Workload], stage: Array, share: Array, host: Array) -> Room:
    """What each case must hold with ZeRO `stage` and a `share` of layers recomputed."""
    parts = states(c, f, workloads, stage)
    activations, logits, work = micro_batch_bytes(c, f, workloads, share, host)
    stays = np.where((f["persistent"] > 0) | (c.m > 1), 1.0, 0.0)
    during = (activations + logits + work) * c.b + stays * parts["gradients"]
    written = rank_parameters(c) / np.where(stage >= 1, c.dp * c.cp, 1.0) * (parts["gradients"] > 0)
    plain = (1 - c.fused) * (f["persistent"] < 1) * ~host  # flat buffers are updated by fused kernels
    update = parts["gradients"] + UNFUSED_UPDATE * written * plain
    parts |= {
        "gradients": stays * parts["gradients"],
        "activations": activations * c.b,
        "logits": logits * c.b,
        "work": work * c.b,
        "update": np.maximum(update - during, 0.0),
    }
    held = sum(parts.values(), np.zeros(len(c)))
    # free blocks are reused where they fit; those of the size of the logits often find no other use
    block = np.where(host | (logits <= 0), 0.0, memory.LOGIT_SLACK * c.headed * c.shape.T / c.cp * c.shape.V / c.tp)
    parts |= {
        "allocator": np.where(host, 0.0, memory.SLACK * held + block * c.b),
        "context": np.where(host, 0.0, memory.CONTEXT + memory.COMMUNICATOR * (c.P > 1)),
    }
    need = sum(parts.values(), np.zeros(len(c)))
    per = (activations + logits + work) * np.where(host, 1.0, 1 + memory.SLACK) + block
    return Room(parts, need, spread(c, workloads), per, need - per * c.b, least(c, f, workloads, host), c.P < 0)


def spread(c: Cases, workloads: Sequence[Workload]) -> Array:
    """Sd of log bytes."""
    many = (c.P > 1).tolist()
    variance = [
        SIGMA**2 + sum(sd**2 for key, sd in UNTOLD.items() if getattr(w, key) is None and (key != "zero" or several))
        for w, several in zip(workloads, many, strict=True)
    ]
    return np.asarray(np.sqrt(variance))


def least(c: Cases, f: Figures, workloads: Sequence[Workload], host: Array) -> Array:
    """Bytes that the leanest recipe still needs: 16-bit states, sharded where that is not ruled out.

    Recompute that is told to be off is believed; selective recompute may be of any part.
    """
    free = np.array([w.recompute in (None, "selective") for w in workloads])
    ruled = np.array([w.zero in (0, 1, 2) for w in workloads])
    each = np.array([named_bytes(w.optimizer, LEAST_BYTES, 8.0) for w in workloads])
    each = np.where(c.lora > 0, 0.5, each)
    n = rank_parameters(c)
    shared = np.where(ruled, 1.0, c.dp * c.cp)
    states = n * np.where(ruled & (c.zero > 0), np.minimum(each, 4.0), each) / shared
    lean, _, _ = micro_batch_bytes(c, f, workloads, np.where(free, 1.0, c.recompute), host)
    return np.asarray(states + LEAST_ACTIVATIONS * lean * c.b)


def overflow_probability(r: Room, capacity: Array) -> Array:
    """Chance that a case does not fit; NaN where the capacity is unknown."""
    z = np.log(r.need / capacity) / r.sigma
    return np.asarray(1 / (1 + np.exp(-np.clip(1.702 * z, -50, 50))))


def verdict(r: Room, capacity: Array, *, margin: Number = memory.MARGIN) -> list[str]:
    """fits, tight, no or unknown: below the capacity with a margin; in reach of a lean recipe; of none."""
    fits = r.need * margin < capacity
    reach = np.where(r.least > capacity, "no", "tight")
    return list(np.where(np.isnan(capacity), "unknown", np.where(fits, "fits", reach)).tolist())
