"""Numbers of parameters, exact from shapes."""

from __future__ import annotations

import numpy as np

from traincast.cost.shape import Array, Shape

RELATIVE_BUCKETS = 32
"""distances that T5 tells apart (Raffel et al. 2020, arXiv:1910.10683)"""


def attention_weights(s: Shape) -> Array:
    """Entries of the matrices of one layer's attention: four projections, or five narrow ones where it is latent."""
    plain = s.d * (s.q + 2 * s.kv) + s.q * s.d
    whole = s.H * (s.head + s.rope)
    queries = np.where(s.q_rank > 0, s.d * s.q_rank + s.q_rank * whole, s.d * whole)
    keys = s.d * (s.kv_rank + s.rope) + s.kv_rank * s.H * (s.head + s.value)
    return np.asarray(np.where(s.kv_rank > 0, queries + keys + s.H * s.value * s.d, plain))


def attention_parameters(s: Shape) -> Array:
    """Parameters of the projections of one layer, the norms of latent ones included."""
    return np.asarray(attention_weights(s) + s.q_rank + s.kv_rank + s.biases * (s.q + 2 * s.kv + s.d))


def expert_parameters(s: Shape) -> Array:
    """Parameters of one feed-forward block (one expert)."""
    return np.asarray((s.g + 1) * s.d * s.F + s.biases * (s.g * s.F + s.d))


def layer_parameters(s: Shape, *, active: bool = False) -> Array:
    """Parameters of one layer, two norms included; `active` counts the experts at work alone."""
    experts = s.k if active else s.E + s.shared
    router = s.d * s.E * (s.E > 1)
    return np.asarray(attention_parameters(s) + experts * expert_parameters(s) + router + (2 + 2 * s.biases) * s.d)


def dense_layer_parameters(s: Shape) -> Array:
    """Parameters of one of the layers before a mixture begins."""
    return np.asarray(attention_parameters(s) + (s.g + 1) * s.d * s.Fd + 2 * s.d)


def beside_layers(s: Shape) -> Array:
    """Parameters of cross-attention and its norms, of a second last norm, of two tables of relative positions."""
    cross = (s.L - s.encoders) * (attention_parameters(s) + s.d)
    tables = 2 * RELATIVE_BUCKETS * s.H * (s.positions < 1)
    return np.where(s.encoders > 0, cross + s.d + tables, 0.0)


def parameters(s: Shape, *, active: bool = False, with_positions: bool = False) -> Array:
    """All parameters: layers, final norm, token table, the head where it is not tied.

    The learned position table is left out unless asked for, as nanoGPT counts.
    """
    layers = (s.L - s.dense) * layer_parameters(s, active=active) + s.dense * dense_layer_parameters(s)
    tables = s.V * s.d * (2 - s.tied)
    positions = s.positions * s.T * s.d if with_positions else 0.0
    return np.asarray(layers + beside_layers(s) + (1 + s.biases) * s.d + tables + positions)


def matmul_parameters(s: Shape) -> Array:
    """Parameters that a token is multiplied with: active layers and the head, without an own input table."""
    return np.asarray(parameters(s, active=True) - s.V * s.d * (1 - s.tied))
