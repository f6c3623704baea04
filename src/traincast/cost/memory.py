"""Bytes one device must hold: weights, gradients, optimizer, activations, logits, context."""

from __future__ import annotations

import numpy as np

from traincast.cost.shape import Array, Number, Shape

CONTEXT = 0.5e9
"""bytes of a CUDA context and library workspaces; 0.3 to 0.6e9 seen"""
FRAGMENTATION = 1.08
"""allocated over needed; 1.02 to 1.10 seen"""
LOGIT_BYTES_FUSED = 8.4
"""bytes a logit of a compiled cross-entropy: fp32 loss on bf16 logits; read off 28 nvidia-smi figures"""
LOGIT_BYTES_EAGER = 12.0
"""bytes a logit: bf16 logits, fp32 copy, log-softmax, gradient; 10 to 14 seen"""


def state_bytes(parameters: Number, *, per_parameter: Number = 16.0) -> Array:
    """Weights, gradients and optimizer: 16 bytes a parameter with mixed-precision Adam (Rajbhandari et al. 2020)."""
    return np.asarray(parameters, dtype=float) * per_parameter


def sharded_state_bytes(
    parameters: Number, *, zero: Number, dp: Number, optimizer: Number = 12.0, gradient: Number = 2.0
) -> tuple[Array, Array, Array]:
    """Bytes of (weights, gradients, optimizer) on one rank under ZeRO stage `zero` (Rajbhandari et al. 2020).

    Mixed precision: 2-byte weights; the fp32 master copy counts with the optimizer.
    """
    n, stage, ranks = (np.asarray(x, dtype=float) for x in (parameters, zero, dp))
    weights = 2.0 * n / np.where(stage >= 3, ranks, 1)
    gradients = gradient * n / np.where(stage >= 2, ranks, 1)
    return weights, gradients, optimizer * n / np.where(stage >= 1, ranks, 1)


def layer_activation_bytes(
    s: Shape, b: Number, *, tp: Number = 1.0, sequence_parallel: bool = False, scores: Number = 1.0
) -> Array:
    """Bytes one layer keeps for the backward pass over `b` sequences, 16-bit (Korthikanti et al. 2022).

    `scores` is 1 where the score matrix is kept, 0 with flash attention or selective recompute. GELU, F = 4d.
    """
    row = s.T * np.asarray(b, dtype=float) * s.d
    kept = 5 * s.H * s.T / s.d * scores / tp
    if sequence_parallel:
        return np.asarray(row * (34 / np.asarray(tp) + kept))
    return np.asarray(row * (10 + 24 / np.asarray(tp) + kept))


def activation_bytes(
    s: Shape, b: Number, *, recompute: Number = 0.0, scores: Number = 0.0, tp: Number = 1.0, wide: Number = 1.0
) -> Array:
    """Bytes of the activations of all layers; `recompute` is the share of layers that keep their input alone.

    The feed-forward part (19 of 34 bytes at F = 4d) grows with the width and the gate; `wide` is 2 for fp32.
    """
    row = s.T * np.asarray(b, dtype=float) * s.d
    feed = 19 / 4 * s.k * s.F / s.d * (1 + 0.5 * (s.g - 1))
    attention = 15.0 - 8.0 * (1 - s.kv / np.maximum(s.q, 1)) * 0.5
    full = row * (attention + feed + 5 * s.H * s.T / s.d * scores) / np.asarray(tp)
    kept = 2 * row
    live = full * (np.asarray(recompute) > 0)  # the layer that is being recomputed
    return np.asarray(wide * (s.L * ((1 - recompute) * full + recompute * kept) + live))


def logit_bytes(s: Shape, b: Number, *, per_logit: Number = LOGIT_BYTES_FUSED, tp: Number = 1.0) -> Array:
    """Bytes of logits and loss over `b` sequences."""
    return np.asarray(np.asarray(per_logit) * np.asarray(b, dtype=float) * s.T * s.V / tp)


def ladder_bytes(s: Shape, parameters: Number, b: Number) -> Array:
    """16N + b (34 T d L + 8.4 T V): one rank, compiled, flash, GELU; median 0.7 % off 28 nvidia-smi figures."""
    activations = s.L * layer_activation_bytes(s, b, scores=0.0)
    return np.asarray(state_bytes(parameters) + activations + logit_bytes(s, b))


def spare_verdict(need: Number, capacity: Number) -> Array:
    """2 fits, 1 tight, 0 does not: `need` with fragmentation and context against `capacity` (bytes)."""
    need = np.asarray(need, dtype=float)
    return np.where(need * FRAGMENTATION + CONTEXT < capacity, 2, np.where(need < capacity, 1, 0))


def overflow_probability(need: Number, capacity: Number, *, sigma: Number = 0.12) -> Array:
    """Chance that `need` bytes (log-normal, `sigma`) and the context exceed `capacity`; logistic form."""
    z = np.log(np.maximum((np.asarray(need, dtype=float) + CONTEXT) / capacity, 1e-12)) / sigma
    return np.asarray(1 / (1 + np.exp(-np.clip(1.702 * z, -50, 50))))
