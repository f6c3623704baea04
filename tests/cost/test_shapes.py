"""Shapes of workloads as columns."""

from __future__ import annotations

from traincast.cost.shapes import shapes
from traincast.workload import Workload


def test_shapes_where_little_is_told() -> None:
    """Heads of 64, vocabulary 32000, 1024 tokens; a gated network has 8/3 d and no tied head, a plain one 4 d."""
    plain = shapes([Workload(n_layer=2, d_model=256)])
    gated = shapes([Workload(n_layer=2, d_model=96, mlp="swiglu")])
    slim = shapes([Workload(n_layer=2, d_model=32)])

    assert [float(x[0]) for x in (plain.L, plain.d, plain.V, plain.T, plain.H)] == [2, 256, 32000, 1024, 4]
    assert [float(x[0]) for x in (plain.F, plain.g, plain.tied, plain.window, plain.causal)] == [1024, 1, 1, 1024, 1]
    assert [float(x[0]) for x in (plain.q, plain.kv, plain.E, plain.k, plain.biases)] == [256, 256, 1, 1, 0]
    assert [float(x[0]) for x in (gated.F, gated.g, gated.tied, gated.H)] == [256, 2, 0, 1]
    assert float(slim.H[0]) == 1


def test_shapes_as_told() -> None:
    """Every key that has one is the column."""
    s = shapes([
        Workload(n_layer=3, d_model=128, n_head=8, n_kv_head=2, head_dim=32, d_ff=300, vocab=500, seq_len=64, window=16,
                 tied=False, positions="learned", num_experts=4, experts_per_token=2, mlp="geglu"),
        Workload(n_layer=3, d_model=128, n_head=8, arch="bert", tied=True, positions="rotary"),
    ])  # fmt: skip

    assert [float(x[0]) for x in (s.H, s.q, s.kv, s.F, s.V, s.T, s.window)] == [8, 256, 64, 300, 500, 64, 16]
    assert [float(x[0]) for x in (s.tied, s.positions, s.E, s.k, s.g, s.causal, s.biases)] == [0, 1, 4, 2, 2, 1, 0]
    assert [float(x[1]) for x in (s.tied, s.positions, s.causal, s.biases, s.kv)] == [1, 0, 0, 1, 128]
