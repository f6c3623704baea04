"""What parameters tell of a shape."""

from __future__ import annotations

import pytest

from traincast.cost.inferred import experts, head_width
from traincast.workload import Workload

QWEN3 = Workload(
    n_layer=28, d_model=1024, n_head=16, n_kv_head=8, d_ff=3072, mlp="swiglu", vocab=151936, seq_len=1024,
    params_total=596_049_920,
)  # fmt: skip
GPT2 = Workload(
    n_layer=12, d_model=768, n_head=12, d_ff=3072, mlp="gelu", vocab=50257, seq_len=1024, params_total=124_439_808
)


def test_a_told_width_is_taken() -> None:
    """Whatever the parameters say."""
    assert head_width(Workload(n_layer=2, d_model=64, n_head=4, head_dim=32, params_total=1e9), 4) == 32


def test_heads_wider_than_the_model_follow_from_the_parameters() -> None:
    """Qwen3 0.6B: 16 heads of 128 in a width of 1024 (its config.json), which 596 million parameters imply."""
    assert head_width(QWEN3, 16) == 128


def test_a_position_table_is_no_reason_for_other_heads() -> None:
    """GPT-2 counts 1024 x 768 positions; a head stays 768 / 12."""
    assert head_width(GPT2, 12) == 64


def test_parameters_that_nothing_explains_leave_the_usual_width() -> None:
    """Far more parameters than any width of a head gives."""
    assert head_width(Workload(**{**_dict(GPT2), "params_total": 600e6}), 12) == 64


def test_experts_follow_from_total_and_active_parameters() -> None:
    """Qwen3 235B A22B: 94 layers, experts of 3 x 4096 x 1536; 120 of the 128 are idle (its config.json: 8 at work).

    213.1e9 idle parameters over 94 x 18.87e6 are 120.1 experts.
    """
    w = Workload(
        n_layer=94, d_model=4096, n_head=64, n_kv_head=4, head_dim=128, d_ff=1536, mlp="swiglu", vocab=151936,
        params_total=235_093_634_560, params_active=22e9,
    )  # fmt: skip
    there, at_work = experts(w)
    assert there - at_work == pytest.approx(120.1, abs=0.1)
    assert at_work == pytest.approx(8, abs=0.3)


def test_told_experts_are_taken_and_dense_networks_have_one() -> None:
    """Parameters are asked where experts are not told alone."""
    assert experts(Workload(num_experts=8, experts_per_token=2)) == (8.0, 2.0)
    assert experts(GPT2) == (1.0, 1.0)


def _dict(w: Workload) -> dict[str, object]:
    """The keys that are told."""
    return {name: value for name in w.__struct_fields__ if (value := getattr(w, name)) is not None}
