"""FLOP by convention, worked for the seed: 12 layers of width 384, 1024 tokens, vocabulary 50304."""

from __future__ import annotations

import pytest
from shapes_of import seed

from traincast.cost import flops
from traincast.cost.shape import shape

TOKENS = 16 * 32 * 1024


def test_palm_counts_the_seed() -> None:
    """6N + 12 L d T = 299,983,104 FLOP a token, 157.278 TFLOP a step."""
    per_token = float(flops.palm_flops_per_token(seed()))

    assert per_token == 299_983_104
    assert per_token * TOKENS / 1e12 == pytest.approx(157.278, abs=0.0005)


def test_matrix_products_count_the_seed() -> None:
    """Full attention 299,925,504; the causal half 271,613,952 with c = 1/2, 142.404 TFLOP a step."""
    assert float(flops.exact_flops_per_token(seed())) == 299_925_504
    assert float(flops.exact_causal_flops_per_token(seed())) == 271_613_952
    assert float(flops.exact_causal_flops_per_token(seed())) * TOKENS / 1e12 == pytest.approx(142.404, abs=0.0005)


def test_megatron_counts_the_seed() -> None:
    """157.247 TFLOP an iteration, 189.408 with full recompute."""
    assert float(flops.megatron_flops(seed(), 512)) / 1e12 == pytest.approx(157.247, abs=0.0005)
    assert float(flops.megatron_flops(seed(), 512, recompute=True)) / 1e12 == pytest.approx(189.408, abs=0.0005)


@pytest.mark.parametrize(
    ("seconds", "of_312", "of_card", "causal"), [(3.84, 13.13, 70.3, 63.6), (3.90, 12.93, 69.2, 62.6)]
)
def test_mfu_of_the_seed_depends_on_peak_and_convention(
    seconds: float, of_312: float, of_card: float, causal: float
) -> None:
    """136,533 tokens/s at 3.84 s; 13.13 % of 312 TFLOPS are 70.3 % of 58.3 and 63.6 % in causal FLOP."""
    rate = TOKENS / seconds
    palm = float(flops.palm_flops_per_token(seed())) * rate

    assert 100 * palm / 312e12 == pytest.approx(of_312, abs=0.005)
    assert 100 * palm / 58.3e12 == pytest.approx(of_card, abs=0.06)
    assert 100 * float(flops.exact_causal_flops_per_token(seed())) * rate / 58.3e12 == pytest.approx(causal, abs=0.06)
    assert 100 * float(flops.rebased_mfu(palm / 312e12, flops_ratio=1, peak_ratio=312 / 58.3)) == pytest.approx(
        of_card, abs=0.06
    )


def test_a_window_bounds_the_scores() -> None:
    """A window w attends to w (1 - w / 2T) tokens on average."""
    s = shape(L=1, d=64, H=1, V=0, T=1000, window=100)

    assert float(s.attended) == pytest.approx(95.0)
    everything = shape(L=1, d=64, H=1, V=0, T=1000, window=1000)
    assert float(flops.exact_causal_flops_per_token(s)) < float(flops.exact_causal_flops_per_token(everything))


def test_frozen_weights_need_no_weight_gradient() -> None:
    """LoRA: 4N + 6 N_adapter."""
    assert float(flops.lora_flops_per_token(1000, 10)) == 4060
    assert float(flops.kaplan_flops_per_token(1000)) == 6000


def test_forward_of_a_mixture_by_hand() -> None:
    """Width 8, one key head of two: projections 2 x 8 x 16 + 2 x 64; scores 4 x 10 x 8; router 2 x 8 x 4; experts."""
    s = shape(L=3, d=8, H=2, kv_heads=1, V=100, T=10, F=16, g=2, E=4, k=2)
    layer = 2 * 8 * (8 + 2 * 4) + 2 * 8 * 8 + 4 * 10 * 8 + 2 * (2 * 3 * 8 * 16) + 2 * 8 * 4

    assert float(flops.forward_flops_per_token(s)) == 3 * layer + 2 * 8 * 100
    assert float(flops.forward_flops_per_token(s, score=0.5)) == 3 * (layer - 2 * 10 * 8) + 2 * 8 * 100
    dense = shape(L=3, d=8, H=2, kv_heads=1, V=100, T=10, F=16, g=2)
    assert float(flops.forward_flops_per_token(dense)) == 3 * (layer - 2 * 3 * 8 * 16 - 64) + 2 * 8 * 100


def test_networks_that_see_both_ways_keep_all_scores() -> None:
    """Not causal: the exact count and the least one agree."""
    s = shape(L=2, d=64, H=2, V=10, T=32, causal=0.0)

    assert float(flops.exact_causal_flops_per_token(s)) == float(flops.exact_flops_per_token(s))


def test_palm_takes_given_parameters_and_the_window() -> None:
    """6 x 1000 + 12 x 2 x 64 x 16."""
    s = shape(L=2, d=64, H=2, V=10, T=32, window=16)

    assert float(flops.palm_flops_per_token(s, 1000.0)) == 6000 + 12 * 2 * 64 * 16


def test_rebasing_multiplies_both_ratios() -> None:
    """.4 x 1.1 x .5."""
    assert float(flops.rebased_mfu(0.4, flops_ratio=1.1, peak_ratio=0.5)) == pytest.approx(0.22)


def test_an_encoder_decoder_counts_both_sequences_and_what_joins_them() -> None:
    """d = q = 4, F 8, one layer each, 3 tokens in and 2 out, V 5: projections 2*4*16, feed-forward 2*2*4*8.

    Encoder 3 (128 + 128 + 4*3*4), decoder 2 (128 + 128 + 4*2*4), cross 2 (2*2*16 + 4*3*4) + 3*2*2*16, head 2*2*4*5.
    """
    s = shape(L=2, encoders=1, d=4, H=1, F=8, V=5, T=3, target=2)

    expected = 3 * (256 + 48) + 2 * (256 + 32) + 2 * (64 + 48) + 3 * 64 + 80
    assert float(flops.forward_flops_per_token(s)) * 3 == pytest.approx(expected)
