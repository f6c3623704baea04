"""Seconds of a training step on a machine that was probed: its pieces at their measured paces, added up.

Nothing here knows a peak or an efficiency; a pace is seconds per call, per FLOP, per element. It holds for one device
(or the threads of one CPU) where pieces run one after another, and leaves out communication between devices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from traincast.machine import Paces
from traincast.workload import Workload

GATED = ("swiglu", "geglu")
NAIVE_SCORES = 2.5
"""cost of a written-out score over that of one in a fused kernel (assumed)"""
TOGETHER = 1.08
"""a step over the sum of its pieces timed alone: each piece finds its input gone from the cache and hands a gradient on
(mean of 24 small GPTs on one CPU, AMD Zen 5, torch 2.13; 1.02 to 1.15)"""
SPREAD = 0.04
"""standard deviation of log(true / predicted) that stays when all pieces are known (those 24)"""


def layer_features(
    tokens: float, length: float, width: float, heads: float, feed: float, gates: float = 1
) -> tuple[float, ...]:
    """(calls, FLOP, activations, queries, scores x width, weights) of one layer, forward and backward.

    `tokens` in sequences of `length`. FLOP of forward, input and weight gradient: 6 per token and weight. Activations:
    40 d + 6 g F a token, as traffic counts them. A query is a token of a head; causal ones see half of the scores.
    """
    weights = 4 * width * width + (gates + 1) * width * feed
    activations = tokens * (40 * width + 6 * gates * feed)
    return (1.0, 6 * tokens * weights, activations, *attention_features(tokens, length, width, heads), weights)


def attention_features(tokens: float, length: float, width: float, heads: float) -> tuple[float, float]:
    """(queries, scores x width) of causal attention."""
    return (tokens * heads, tokens * length * width / 2)


def head_features(tokens: float, width: float, vocab: float) -> tuple[float, ...]:
    """(calls, FLOP, activations, logits, weights) of the last norm, the head and the loss."""
    return (1.0, 6 * tokens * width * vocab, tokens * width, tokens * vocab, width * vocab)


def dot(paces: Sequence[float], features: Sequence[float]) -> float:
    """Seconds: each feature at its pace."""
    return math.fsum(pace * feature for pace, feature in zip(paces, features, strict=True))


def can_pace(w: Workload, paces: Paces) -> bool:
    """Whether the pieces of `w` are among those that were measured: a dense decoder in a precision of the probe."""
    shape = (w.n_layer, w.d_model, w.seq_len, w.micro_batch)
    precision = w.precision or "fp32"
    dense = not w.num_experts and not w.lora_rank and w.arch in (None, "gpt", "llama")
    return all(shape) and dense and (w.n_devices or 1) == 1 and precision in paces.layer and precision in paces.head


def paced_parts(w: Workload, paces: Paces, parameters: float) -> dict[str, float]:
    """Seconds of one optimizer step of `w` by part; `parameters` as the optimizer counts them. See `can_pace`."""
    layers, d, length, batch = (float(x or 0) for x in (w.n_layer, w.d_model, w.seq_len, w.micro_batch))
    precision, micro_steps = w.precision or "fp32", w.grad_accum or 1
    tokens = batch * length
    gates = 2 if w.mlp in GATED else 1
    heads, feed = w.n_head or max(1.0, d / 64), w.d_ff or (8 / 3 if gates > 1 else 4) * d
    features = layer_features(tokens, min(w.window or length, length), d, heads, feed, gates)
    calls, products, activations, queries, scores, weights = (
        micro_steps * layers * TOGETHER * pace * feature
        for pace, feature in zip(paces.layer[precision], features, strict=True)
    )
    head = micro_steps * TOGETHER * dot(paces.head[precision], head_features(tokens, d, w.vocab or 256))
    if w.compile:
        calls, activations = calls * paces.compiled[0], activations * paces.compiled[1]
    if w.attention == "naive":
        scores *= NAIVE_SCORES
    return {
        "matmul": products,
        "attention": queries + scores,
        "elementwise": activations,
        "gradient": weights,
        "launch": calls,
        "logits": head,
        "optimizer": paces.optimizer[0] + paces.optimizer[1] * parameters,
    }


def paced_spread(w: Workload, paces: Paces) -> float:
    """Standard deviation of log(true / predicted) of `paced_parts`."""
    return math.hypot(paces.spread, paces.compiled_spread if w.compile else SPREAD)
