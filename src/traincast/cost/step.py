"""Seconds of one optimizer step from physics: parts, before what software adds.

Parameters `p` are medians of `calibrate/parameters.toml`, read there with units, priors and sources.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from traincast.cost.cases import Cases
from traincast.cost.products import matmuls, streaming
from traincast.cost.shape import Array
from traincast.cost.stack import KERNELS, MODES

P = Mapping[str, float]
CROSSED = 1.5
"""work of a layer with cross-attention over that of a plain one: three blocks with norm and residual instead of two"""
LATEST_YEAR = 2026.0
"""of software that any measured run used"""
BOOST = 1.25
"""over the listed peak: no board is known to run faster (1.21 measured on an RTX 5090)"""
COPY_STRETCH = 1.05
"""over the listed bandwidth"""
PURE_STATE, NARROW_STATE = 0.5, 0.4
"""of an update's 28 bytes a parameter: weights, gradient and moments of 16 bits 14, of 16 bits with 8-bit moments 10"""


def by_mode(c: Cases, p: P, stem: str) -> Array:
    """Geometric mean of `stem_<mode>` weighed by the probability of the mode.

    A stack with hand-made kernels keeps its own mode; the others are compiled with probability `c.compiled`.
    """
    logs = np.log([p[f"{stem}_{mode}"] for mode in MODES])
    eager, compiled = logs[MODES.index("eager")], logs[MODES.index("compiled")]
    mixed = c.compiled * compiled + (1 - c.compiled) * eager
    return np.asarray(np.exp(np.where(c.handmade, logs[c.mode_code], mixed)))


def flash_efficiency(c: Cases, p: P) -> Array:
    """Share of the matrix rate that flash attention reaches: own kernels by stack, slower on fast devices.

    The softmax between its two products does not grow with the matrix rate; hence the power of the rate of a
    multiprocessor over that of an RTX 4090. Transformer Engine's kernels hide more of it (Shah et al. 2024,
    arXiv:2407.08608).
    """
    usual = np.array([p[f"flash_{kernels}"] for kernels in KERNELS])[c.kernel_code]
    per_unit = c.rate16 / c.units / 1.3e12
    narrow = np.minimum(c.shape.head, 128) / 128
    power = np.where(c.kernel_code == KERNELS.index("core"), p["flash_rate_core"], p["flash_rate"])
    efficient = (c.old_chip > 0) & (c.kernel_code == KERNELS.index("torch"))
    return usual * np.where(efficient, p["efficient"], 1.0) * per_unit**-power * narrow ** p["flash_head"]


def resident(size: Array, cache: Array, p: P) -> Array:
    """What is left of traffic when a tensor of `size` bytes may still be in a cache of `cache` bytes."""
    share = 1 / (1 + (size / np.maximum(cache, 1.0)) ** 2)
    return 1 - p["resident"] * share


def attention(c: Cases, p: P) -> Array:
    """Seconds of the score part of all layers in one micro-step."""
    s = c.shape
    M = c.b * s.T / c.cp
    rate = c.fraction * c.rate16
    share = s.attended / np.minimum(s.window, s.T)
    flop = 4 * M * np.minimum(s.window, s.T) * s.scored / c.tp
    unmasked = flop * share * (3.5 + c.score_recompute) / (rate * flash_efficiency(c, p))
    everything = 4 * M * s.T * s.scored / c.tp * (3.5 + c.score_recompute) / (rate * flash_efficiency(c, p) * p["mask"])
    flash = np.where(c.masked > 0, everything, unmasked)
    # Transformer-XL looks at a memory as long as the sequence, and multiplies relative positions too
    flop = flop * np.where(c.recurrent > 0, 2 * 1.5, 1.0)
    passes = by_mode(c, p, "score") * np.where(c.recurrent > 0, 2 * p["relative"], 1.0)
    scores = c.b * s.H / c.tp * s.T * s.T / c.cp
    naive = flop * (3 + c.score_recompute) / (0.7 * rate * p["gemm"]) + passes * (1 + p["dropout"] * c.dropout) * (
        c.element * scores * (1 + 0.3 * c.score_recompute) / streaming(c, p)
    )
    seen, written = scores_seen(c)
    return np.asarray(s.L / c.pp * (c.flash * flash * seen + (1 - c.flash) * naive * written))


def scores_seen(c: Cases) -> tuple[Array, Array]:
    """Share of b H T^2 scores a layer that (flash, naive) attention computes, over that of a plain network.

    An encoder sees all of them, a decoder those of its own half and all of the encoder's.
    """
    s = c.shape
    if not (s.encoders > 0).any():
        return np.ones(len(c)), np.ones(len(c))
    own, first = s.target / s.T, s.encoders / s.L
    flash = first + (1 - first) * (own**2 / 2 + own)
    flash = flash / (s.attended / np.minimum(s.window, s.T))
    return np.where(s.encoders > 0, flash, 1.0), np.where(s.encoders > 0, first + (1 - first) * (own**2 + own), 1.0)


def depth(c: Cases) -> Array:
    """Layers of a stage of the pipeline, one with cross-attention as `CROSSED`."""
    s = c.shape
    return np.asarray((s.L + (CROSSED - 1) * np.where(s.encoders > 0, s.L - s.encoders, 0.0)) / c.pp)


def read_tokens(c: Cases) -> Array:
    """Tokens of a micro-step that pass through a layer on average, those with cross-attention as `CROSSED`."""
    s = c.shape
    first = s.encoders / s.L
    share = np.where(s.encoders > 0, first + CROSSED * (1 - first) * s.target / s.T, 1.0)
    return np.asarray(c.b * s.T / c.cp * share)


def elementwise(c: Cases, p: P) -> Array:
    """Seconds of norms, residuals, activations and casts of all layers in one micro-step."""
    s = c.shape
    size = c.element * read_tokens(c) * (40 * s.d + 6 * s.g * s.F * s.k / c.tp)
    near = resident(c.element * c.b * s.T / c.cp * s.d, c.cache, p)
    return s.L / c.pp * by_mode(c, p, "element") * size * near * (1 + 0.4 * c.recompute) / streaming(c, p)


def logits(c: Cases, p: P) -> Array:
    """Seconds of logits and loss in one micro-step."""
    s = c.shape
    each = by_mode(c, p, "logit")
    length = np.where(s.encoders > 0, s.target, s.T)
    return each * c.headed * c.b * length / c.cp * s.V / c.tp / streaming(c, p) / c.pp


def local_parameters(c: Cases) -> Array:
    """Parameters that one rank multiplies with, experts split over ep."""
    s = c.shape
    experts = (s.L - s.dense) * s.E * (s.g + 1) * s.d * s.F * (s.E > 1)
    return np.asarray((np.maximum(c.params - experts, 0.1 * c.params) + experts / c.ep) / (c.tp * c.pp))


def gradients(c: Cases, p: P) -> Array:
    """Seconds of gradient accumulation, weight casts and unpacking in one micro-step."""
    share = np.where(c.zero >= 3, 1 / np.minimum(c.dp * c.cp, 8) + 0.3, 1.0) * np.where(c.lora > 0, 0.2, 1.0)
    # 16-bit weights need no cast, and a single micro-step nothing added up
    share = share * np.where(c.pure > 0, np.where(c.m > 1, 0.5, 0.1), 1.0)
    # a packed weight is read and written in 16 bits for the forward pass, its repetition and the input's gradient
    unpacked = np.where(c.packed > 0, p["unpack"] * (c.packed + 2) * (2 + c.recompute), 0.0)
    return np.asarray((p["accumulate"] * share + unpacked) * local_parameters(c) / streaming(c, p))


def optimizer(c: Cases, p: P) -> Array:
    """Seconds of the optimizer's update."""
    n = local_parameters(c)
    shards = np.where(c.zero >= 1, c.dp * c.cp, 1.0)
    share = np.where(c.lora > 0, 0.02, 1.0) / shards
    each = p["update"] * np.exp((1 - c.fused) * np.log(p["unfused"]))
    each = each * np.where(c.narrow_state > 0, NARROW_STATE, np.where(c.pure > 0, PURE_STATE, 1.0))
    newton = c.muon * p["muon"] * 400 * n / shards / (c.fraction * c.rate16)
    issued = c.loops * c.shape.L / c.pp / shards * p["muon_host"] * 1e-6
    return np.asarray(each * share * n / streaming(c, p) + newton + issued + c.paged * n / shards / c.host)


def link_bandwidth(c: Cases, p: P, group: Array) -> Array:
    """Bytes/s that a collective over `group` neighbouring ranks reaches."""
    across = c.node * np.minimum(c.per_node, group)
    return p["link"] * np.where(group > c.per_node, np.minimum(c.link, across), c.link)


def frozen_bytes(c: Cases) -> Array:
    """Bytes of sharded frozen weights that a step gathers: for both passes of each micro-step, as packed as kept."""
    each = np.where(c.packed > 0, c.packed, 2.0)
    return np.asarray(np.where((c.zero >= 3) & (c.lora > 0), 2 * c.m * each * local_parameters(c), 0.0))


def communication(c: Cases, p: P, micro: Array) -> tuple[Array, Array]:
    """Exposed seconds of (one micro-step's, one step's) communication; `micro` is the time it may hide behind."""
    s = c.shape
    M = c.b * s.T / c.cp
    layers = s.L / c.pp
    tensor = layers * (8 * M * s.d * (c.tp - 1) / c.tp / link_bandwidth(c, p, c.tp) + 8 * p["latency"] * (c.tp > 1))
    context = layers * (4 * M * 2 * s.kv * 2 * (c.cp - 1) / link_bandwidth(c, p, c.tp * c.cp))
    expert = (
        (s.L - s.dense)
        / c.pp
        * (
            4 * M * (s.k - s.shared) * s.d * 2 * (c.ep - 1) / c.ep / link_bandwidth(c, p, c.tp * c.ep)
            + 4 * p["latency"] * (c.ep > 1)
        )
    )
    again = 1 + 0.5 * c.recompute  # the forward pass, which is half of it, exchanges once more
    each = again * (p["expose_tp"] * tensor + 0.3 * context + p["expose_ep"] * expert * (s.E > 1))
    n = c.dp * c.cp
    transfers = np.where(c.zero >= 3, 3.0, 2.0) * np.where(c.lora > 0, 0.1, 1.0)
    group = np.minimum(n * c.tp, c.P)
    moved = 2 * local_parameters(c) * transfers * (n - 1) / n / link_bandwidth(c, p, group)
    moved = moved + p["latency"] * layers * np.log2(1 + n) / 2 * (n > 1)
    hide = micro * np.where(c.zero >= 3, c.m, 1.0)
    # what is frozen waits for no gradient and can be gathered ahead: what sticks out is what the link is too slow for
    ahead = frozen_bytes(c) * (n - 1) / n / link_bandwidth(c, p, group)
    data = p["expose_dp"] * moved + np.maximum((1 - p["expose_dp"]) * moved + ahead - 0.6 * hide, 0.0)
    return each, data


def launches(c: Cases, p: P) -> Array:
    """Host seconds of one micro-step: operators are issued one after another."""
    each = np.where(c.python, p["host_python"], by_mode(c, p, "host"))
    return depth(c) * each * 1e-6 * (1 + 0.33 * c.recompute)


def gaps(c: Cases, p: P) -> Array:
    """Device seconds between kernels of one micro-step: each drains before the next fills the device."""
    return depth(c) * by_mode(c, p, "gap") * 1e-6 * (1 + 0.33 * c.recompute)


def routing(c: Cases, p: P) -> Array:
    """Seconds of a mixture's permutations and expert weights in one micro-step."""
    s = c.shape
    M = c.b * s.T / c.cp
    block = 2 * (s.g + 1) * s.d * s.F
    traffic = p["permute"] * M * (s.k - s.shared) * s.d * 2 + 3 * s.E / c.ep * block
    return np.asarray((s.E > 1) * (s.L - s.dense) / c.pp * (traffic / streaming(c, p) + p["route"] * 1e-6))


def pipeline_rounds(c: Cases, p: P) -> Array:
    """Micro-steps of a step and those that its pipeline waits.

    No schedule helps fewer micro-steps than stages: each passes all of them, in no longer than as many as stages would.
    """
    usual = p["bubble"] * (c.pp - 1)
    few = np.minimum(c.m + np.maximum(p["bubble"], 1.0) * (c.pp - 1), c.pp + usual)
    return np.asarray(np.where(c.m < c.pp, few, c.m + usual))


def parts(c: Cases, p: P) -> dict[str, Array]:
    """Seconds of one optimizer step by part; they add up to the step."""
    layers, head = matmuls(c, p)
    pieces = {
        "matmul": layers + head,
        "attention": attention(c, p),
        "elementwise": elementwise(c, p),
        "logits": logits(c, p),
        "gradient": gradients(c, p),
        "routing": routing(c, p),
        "launch": gaps(c, p),
    }
    aged = np.exp(p["year"] * np.maximum(LATEST_YEAR - c.year, 0.0))
    factor = np.where(c.recurrent > 0, p["recurrent"], 1.0) * aged
    device = sum(pieces.values(), np.zeros(len(c))) * factor
    host = launches(c, p) * factor
    greater = np.maximum(device, host)
    micro = greater * (1 + (np.minimum(device, host) / greater) ** 4) ** 0.25
    each, data = communication(c, p, micro)
    rounds = pipeline_rounds(c, p)
    scale = 1 + p["scale"] * np.log2(np.maximum(c.P / 8, 1))
    out = {name: seconds * factor * c.m for name, seconds in pieces.items()}
    out["launch"] = out["launch"] + (micro - device) * c.m
    out["optimizer"] = optimizer(c, p)
    out["communication"] = each * c.m + data + (scale - 1) * (micro + each) * rounds
    out["bubble"] = (rounds - c.m) * (micro + each)
    out["fixed"] = p["fixed"] + c.m * p["feed"]
    return out


def seconds(c: Cases, p: P) -> Array:
    """Seconds of one optimizer step before what software adds."""
    return sum(parts(c, p).values(), np.zeros(len(c)))


def floor_seconds(c: Cases, *, boost: float = 1.0, stretch: float = 1.0) -> Array:
    """Least seconds of a step: its FLOP at `boost` times the listed peak, or bytes at `stretch` times the bandwidth.

    With 1.25 and 1.05 no measured run is known to be faster; frozen weights need no weight gradient.
    """
    from traincast.cost.flops import exact_causal_flops_per_token

    s = c.shape
    rate = np.maximum(c.rate, c.rate16)
    share = np.where(c.lora > 0, 2 / 3, 1.0)
    unseen = 3 * 2 * s.d * s.V * (1 - c.headed)
    flop = (exact_causal_flops_per_token(s) - unseen) * s.T * c.b * c.m * share / (c.tp * c.pp * c.cp)
    read = np.where(c.low > 0, 1.0, c.element)
    moved = c.m * 2 * read * local_parameters(c) + np.where(c.lora > 0, 0.0, 20.0) * local_parameters(c) / np.where(
        c.zero >= 1, c.dp * c.cp, 1.0
    )
    return np.asarray(np.maximum(flop / (boost * rate), moved / (stretch * c.bandwidth)))
