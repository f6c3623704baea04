"""Numbers of parameters, exact from shapes."""

from __future__ import annotations

import numpy as np

from traincast.cost.shape import Array, Shape


def attention_parameters(s: Shape) -> Array:
    """Parameters of the four projections of one layer."""
    return np.asarray(s.d * (s.q + 2 * s.kv) + s.q * s.d + s.biases * (s.q + 2 * s.kv + s.d))


def expert_parameters(s: Shape) -> Array:
    """Parameters of one feed-forward block (one expert)."""
    return np.asarray((s.g + 1) * s.d * s.F + s.biases * (s.g * s.F + s.d))


def layer_parameters(s: Shape, *, active: bool = False) -> Array:
    """Parameters of one layer, two norms included; `active` counts the experts at work alone."""
    experts = s.k if active else s.E
    router = s.d * s.E * (s.E > 1)
    return np.asarray(attention_parameters(s) + experts * expert_parameters(s) + router + (2 + 2 * s.biases) * s.d)


def parameters(s: Shape, *, active: bool = False, with_positions: bool = False) -> Array:
    """All parameters: layers, final norm, token table, the head where it is not tied.

    The learned position table is left out unless asked for, as nanoGPT counts.
    """
    tables = s.V * s.d * (2 - s.tied)
    positions = s.positions * s.T * s.d if with_positions else 0.0
    return np.asarray(s.L * layer_parameters(s, active=active) + (1 + s.biases) * s.d + tables + positions)


def matmul_parameters(s: Shape) -> Array:
    """Parameters that a token is multiplied with: active layers and the head, without an own input table."""
    return np.asarray(parameters(s, active=True) - s.V * s.d * (1 - s.tied))
