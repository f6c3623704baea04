"""What the number of parameters tells of a shape: width of a head, experts of a mixture."""

from __future__ import annotations

from traincast.workload import Workload

GATED = ("swiglu", "geglu")
HEADS = (64.0, 128.0, 256.0)
"""widths of a head that networks have where it is not d / H: Qwen3 128, Gemma 256"""
SAME = 0.015
"""of the parameters: what norms, biases and rounding leave between a count and the one told"""
USUAL = 0.03
"""of the parameters: within it, d / H is believed"""
SPARSE = 0.95
"""active over total parameters, below which a network is a mixture"""
MOST_AT_WORK = 64.0


def gates(w: Workload) -> int:
    """Matrices before the activation."""
    return 2 if w.mlp in GATED else 1


def is_sparse(w: Workload) -> bool:
    """Whether fewer parameters are active than there are."""
    return bool(w.params_total and w.params_active and w.params_active < SPARSE * w.params_total)


def head_width(w: Workload, heads: float) -> float:
    """Width of a head: as told; else that with which a dense network has the parameters told, else d / H.

    Networks of the nanochat kind (squared ReLU) hold tables beside their layers and are left alone.
    """
    if w.head_dim:
        return float(w.head_dim)
    usual = float(w.d_model or 64) / heads
    told = w.params_total and w.d_ff and w.vocab and w.n_layer and w.n_head and w.d_model
    if not told or w.kv_rank or w.mlp == "relu2" or w.arch in ("txl", "transformer-xl", "t5") or is_sparse(w):
        return usual
    if difference(w, heads, usual) < USUAL:
        return usual
    best = min(HEADS, key=lambda width: difference(w, heads, width))
    return best if difference(w, heads, best) < SAME else usual


def difference(w: Workload, heads: float, width: float) -> float:
    """Share by which parameters with heads of `width` miss those told, tied or not, with positions or without."""
    d, layers, total = float(w.d_model or 0), float(w.n_layer or 0), float(w.params_total or 1)
    tables, positions = float(w.vocab or 0) * d, float(w.seq_len or 0) * d
    attention = 2 * d * width * (heads + (w.n_kv_head or heads))
    body = layers * (attention + (gates(w) + 1) * d * float(w.d_ff or 0))
    ends = (tables, 2 * tables, tables + positions, 2 * tables + positions)
    return min(abs((body + end) / total - 1) for end in ends)


def experts(w: Workload) -> tuple[float, float]:
    """(experts, experts at work a token): as told, or a layer's mean that the parameters imply; (1, 1) if dense."""
    if w.num_experts and w.num_experts > 1:
        return float(w.num_experts), float(w.experts_per_token or 1)
    d, layers = float(w.d_model or 0), float(w.n_layer or 0)
    block = (gates(w) + 1) * d * float(w.d_ff or 0) * layers
    if not is_sparse(w) or not block:
        return 1.0, 1.0
    heads = w.n_head or max(1.0, d / 64)
    attention = 2 * layers * d * (w.head_dim or d / heads) * (heads + (w.n_kv_head or heads))
    active, total = float(w.params_active or 0), float(w.params_total or 0)
    at_work = min(max((active - 2 * (w.vocab or 0) * d - attention) / block, 1.0), MOST_AT_WORK)
    return at_work + (total - active) / block, at_work
