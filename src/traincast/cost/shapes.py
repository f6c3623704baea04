"""Shapes of workloads as columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from traincast.cost.inferred import GATED, experts, head_width
from traincast.cost.shape import Array, Shape, shape
from traincast.workload import Workload

SEES_BOTH_WAYS = ("bert", "vit", "dit", "encoder")
UNCOMMON = {
    "shared": "shared_experts", "dense": "dense_layers", "Fd": "dense_d_ff", "q_rank": "q_rank",
    "kv_rank": "kv_rank", "rope": "rope_dim", "value": "value_dim", "encoders": "encoder_layers",
    "target": "target_len",
}  # fmt: skip
"""letter -> key that few workloads have"""


def shapes(workloads: Sequence[Workload]) -> Shape:
    """Shapes of `workloads`, which all have n_layer, d_model and seq_len."""

    def column(name: str, default: float) -> Array:
        return np.array([default if (x := getattr(w, name)) is None else x for w in workloads], dtype=float)

    width, heads = column("d_model", 1), np.array([w.n_head or max(1, (w.d_model or 64) // 64) for w in workloads])
    gates = np.array([2.0 if w.mlp in GATED else 1.0 for w in workloads])
    pair = np.array([experts(w) for w in workloads]).reshape(-1, 2)
    both_ways = [w.arch in SEES_BOTH_WAYS for w in workloads]
    return shape(
        L=column("n_layer", 1),
        d=width,
        V=column("vocab", 32000),
        T=column("seq_len", 1024),
        H=heads,
        kv_heads=np.array([w.n_kv_head or h for w, h in zip(workloads, heads, strict=True)]),
        head=np.array([head_width(w, h) for w, h in zip(workloads, heads, strict=True)]),
        F=np.array([w.d_ff or (8 / 3 if g > 1 else 4) * d for w, d, g in zip(workloads, width, gates, strict=True)]),
        g=gates,
        window=np.array([w.window or w.seq_len or 1024 for w in workloads]),
        causal=np.array([0.0 if both else 1.0 for both in both_ways]),
        tied=np.array([(w.mlp not in GATED) if w.tied is None else w.tied for w in workloads], dtype=float),
        E=pair[:, 0],
        k=pair[:, 1],
        biases=np.array([float(both) for both in both_ways]),
        positions=np.array([w.positions == "learned" for w in workloads], dtype=float),
        **uncommon(workloads),
    )


def uncommon(workloads: Sequence[Workload]) -> dict[str, Any]:
    """Columns of the keys that few workloads have; where one lacks a key, what the other keys imply."""
    found: dict[str, Any] = {}
    for letter, key in UNCOMMON.items():
        told = [getattr(w, key) for w in workloads]
        if any(told):
            usual = {"value_dim": "head_dim", "target_len": "seq_len"}.get(key)
            found[letter] = np.array(
                [x or (usual and getattr(w, usual)) or 0 for x, w in zip(told, workloads, strict=True)], dtype=float
            )
    return found
