"""FLOP of training, by convention. One multiply-add is two FLOP."""

from __future__ import annotations

import numpy as np

from traincast.cost.parameters import attention_weights, matmul_parameters
from traincast.cost.shape import Array, Number, Shape


def forward_flops_per_token(s: Shape, *, score: Number = 1.0) -> Array:
    """Exact matmul FLOP of one token's forward pass; of an encoder-decoder, for each token of the encoder.

    `score` is the share of the score matrix that is computed: 1 all, 1/2 the causal half.
    """
    projections = 2 * attention_weights(s)
    scores = 4 * np.minimum(s.window, s.T) * s.scored * score
    router = 2 * s.d * s.E * (s.E > 1)
    feed = s.k * 2 * (s.g + 1) * s.d * s.F + router
    narrow = 2 * (s.g + 1) * s.d * s.Fd
    layers = s.L * (projections + scores) + (s.L - s.dense) * feed + s.dense * narrow
    return np.where(s.encoders > 0, encoder_decoder_flops(s, score) / s.T, layers + 2 * s.d * s.V)


def encoder_decoder_flops(s: Shape, score: Number = 1.0) -> Array:
    """Matmul FLOP of the forward pass of one sequence; the encoder sees both ways, `score` is of the decoder's own."""
    linear, feed = 2 * attention_weights(s), 2 * (s.g + 1) * s.d * s.F
    encoder = s.encoders * s.T * (linear + feed + 4 * s.T * s.q)
    own = s.target * (linear + feed + 4 * s.target * s.q * np.asarray(score))
    cross = s.target * (4 * s.d * s.q + 4 * s.T * s.q) + s.T * 4 * s.d * s.kv
    return np.asarray(encoder + (s.L - s.encoders) * (own + cross) + s.target * 2 * s.d * s.V)


def exact_flops_per_token(s: Shape) -> Array:
    """Forward and backward matmul FLOP with the full score matrix."""
    return 3 * forward_flops_per_token(s)


def exact_causal_flops_per_token(s: Shape) -> Array:
    """Forward and backward matmul FLOP that cannot be avoided: the causal half of the scores, the window alone.

    The unit of traincast's bounds. Networks that see both ways keep all scores.
    """
    share = np.where(s.causal > 0, s.attended / np.minimum(s.window, s.T), 1.0)
    return 3 * forward_flops_per_token(s, score=share)


def kaplan_flops_per_token(parameters: Number) -> Array:
    """6N (Kaplan et al. 2020, arXiv:2001.08361); attention is left out."""
    return 6 * np.asarray(parameters, dtype=float)


def palm_flops_per_token(s: Shape, parameters: Number | None = None) -> Array:
    """6N + 12 L q T with full attention (Chowdhery et al. 2022, arXiv:2204.02311, appendix B; nanoGPT)."""
    n = matmul_parameters(s) if parameters is None else np.asarray(parameters, dtype=float)
    return np.asarray(6 * n + 12 * s.L * s.scored * np.minimum(s.window, s.T))


def megatron_flops(s: Shape, sequences: Number, *, recompute: bool = False) -> Array:
    """FLOP of one iteration over `sequences` (Narayanan et al. 2021, arXiv:2104.04473): F = 4d, full attention."""
    if recompute:
        return np.asarray(96 * sequences * s.T * s.L * s.d**2 * (1 + s.T / (6 * s.d) + s.V / (16 * s.L * s.d)))
    return np.asarray(72 * sequences * s.T * s.L * s.d**2 * (1 + s.T / (6 * s.d) + s.V / (12 * s.L * s.d)))


def lora_flops_per_token(parameters: Number, adapter_parameters: Number) -> Array:
    """4N + 6 N_adapter: frozen weights need no weight gradient (Hu et al. 2021, arXiv:2106.09685)."""
    return np.asarray(4 * np.asarray(parameters, dtype=float) + 6 * np.asarray(adapter_parameters, dtype=float))


def rebased_mfu(mfu: Number, *, flops_ratio: Number, peak_ratio: Number) -> Array:
    """MFU on another convention and peak: `flops_ratio` is new over old FLOP, `peak_ratio` old over new peak."""
    return np.asarray(mfu, dtype=float) * flops_ratio * peak_ratio
