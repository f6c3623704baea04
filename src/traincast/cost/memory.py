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
SLACK = 0.02
"""what torch's caching allocator reserves above what is allocated; 0.2 to 6 % in logs that print both"""
LOGIT_SLACK = 1.0
"""bytes a logit reserved and not used: 0 to 2 in nvidia-smi figures of one script (micro-batches 8 to 128)"""
PACKED = 1.03
"""over the bits of packed weights: 0.127 bits a value for scales (Dettmers et al. 2023, arXiv:2305.14314)"""
COMMUNICATOR = 0.6e9
"""bytes of NCCL's buffers where several devices take part; 0.2 to 1e9 seen"""
MARGIN = 1.05
"""a run fits where it needs so much less than the device has: blocks that are free but too small"""


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
