"""Products of networks that are no plain stack of layers alike, on the card of round figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_step import BANDWIDTH, FRACTION, HEAD, RATE, TOKENS, WORKLOAD, B, D, H, L, P, T, V, card, case, linear

from traincast.cost import step
from traincast.cost.cases import cases
from traincast.cost.flops import exact_flops_per_token
from traincast.workload import Workload

SQUEEZED = {"kv_rank": 32, "rope_dim": 8, "value_dim": 24, "head_dim": 16}
"""latent attention: 4 heads of 16 + 8, values of 24"""
ENCODERS, TARGET = 1, 32


def workload(**told: Any) -> Workload:
    """The usual workload with changes."""
    return Workload(**{name: getattr(WORKLOAD, name) for name in WORKLOAD.__struct_fields__} | told)


def body(**told: Any) -> float:
    """Seconds of the layers' products."""
    return float(step.matmuls(case(**told), P)[0][0])


FEED = linear(TOKENS, 4 * D, D) + linear(TOKENS, D, 4 * D)


@pytest.mark.parametrize(
    ("q_rank", "queries"),
    [
        (None, linear(TOKENS, H * 24, D)),
        (48, linear(TOKENS, 48, D) + linear(TOKENS, H * 24, 48)),
    ],
)
def test_latent_attention_squeezes_queries_and_keys(q_rank: int | None, queries: float) -> None:
    """Down to 32 + 8, up to four keys of 16 and values of 24, and back from them."""
    keys = linear(TOKENS, 32 + 8, D) + linear(TOKENS, H * (16 + 24), 32)
    expected = L * (queries + keys + linear(TOKENS, D, H * 24) + FEED)

    assert body(**SQUEEZED, q_rank=q_rank) == pytest.approx(expected)


def test_latent_scores_are_wider_than_values() -> None:
    """Scores over 16 + 8, mixing over 24: as many as heads of 24 have."""
    latent = step.attention(case(**SQUEEZED), P)
    plain = step.attention(case(head_dim=24), P)
    narrow = (16 / 24) ** P["flash_head"]  # kernels go by the part without positions

    assert float(latent[0] * narrow) == pytest.approx(float(plain[0]))


def test_shared_experts_and_dense_layers_are_no_mixture() -> None:
    """One layer of two is dense; of three experts a token visits, one is the same for all."""
    told = {"num_experts": 4, "experts_per_token": 3, "d_ff": 64, "mlp": "swiglu"}
    attention = linear(TOKENS, 3 * D, D) + linear(TOKENS, D, D)

    def feed(m: float, width: float) -> float:
        return linear(m, 2 * width, D) + linear(m, D, width)

    grouped = 1.2 * feed(TOKENS * 2 + 64 * 4, 64)
    expected = L * attention + grouped + feed(TOKENS, 64) + feed(TOKENS, 96)

    assert body(**told, shared_experts=1, dense_layers=1, dense_d_ff=96) == pytest.approx(expected)


def test_shared_experts_are_not_sent_for() -> None:
    """Of 12 passes over three experts' tokens in two layers, two experts' in one remain."""
    told: dict[str, Any] = {"num_experts": 4, "experts_per_token": 3, "d_ff": 64}
    weights = 3 * 4 * 2 * 2 * D * 64 / (0.9 * BANDWIDTH)
    sent = 12.0 * TOKENS * D * 2 / (0.9 * BANDWIDTH)

    all_routed = step.routing(case(**told), P)
    some = step.routing(case(**told, shared_experts=1, dense_layers=1, dense_d_ff=96), P)
    assert float(all_routed[0]) == pytest.approx(L * (3 * sent + weights + 100e-6))
    assert float(some[0]) == pytest.approx(2 * sent + weights + 100e-6)


def test_a_decoder_looks_at_its_encoder() -> None:
    """One layer over 128 tokens; one over 32 with projections of its own and of cross-attention; the head over 32."""
    told = {"arch": "t5", "encoder_layers": ENCODERS, "target_len": TARGET, "tied": True}
    few = B * TARGET

    def layer(m: float) -> float:
        return linear(m, 3 * D, D) + linear(m, D, D) + linear(m, 4 * D, D) + linear(m, D, 4 * D)

    across = linear(few, D, D) + linear(TOKENS, 2 * D, D) + linear(few, D, D)
    layers, head = step.matmuls(case(**told), P)
    assert float(layers[0]) == pytest.approx(layer(TOKENS) + layer(few) + across)
    assert float(head[0]) == pytest.approx(linear(few, V, D))
    assert float(step.matmuls(case(), P)[1][0]) == pytest.approx(HEAD)


@pytest.mark.parametrize(("attention", "own"), [("flash", TARGET**2 / 2), ("naive", TARGET**2)])
def test_a_decoder_has_scores_of_its_own_and_of_the_encoder(attention: Any, own: float) -> None:
    """Encoder T^2, decoder half of its square by flash kernels, and T for each of its tokens."""
    told: dict[str, Any] = {"attention": attention, "encoder_layers": ENCODERS, "target_len": TARGET}
    usual = L * (T * T / 2 if attention == "flash" else T * T)

    ratio = step.attention(case(**told), P)[0] / step.attention(case(attention=attention), P)[0]
    assert float(ratio) == pytest.approx((T * T + own + TARGET * T) / usual)


def test_cross_attention_adds_half_a_layer_of_small_work() -> None:
    """Gaps of one layer and one and a half; element-wise work over 128 and 1.5 x 32 tokens; logits over 32."""
    told = {"encoder_layers": ENCODERS, "target_len": TARGET}
    shared = {
        name: float(part(case(**told), P)[0] / part(case(), P)[0])
        for name, part in (("gaps", step.gaps), ("element", step.elementwise), ("logits", step.logits))
    }

    assert shared["gaps"] == pytest.approx(2.5 / 2)
    assert shared["element"] == pytest.approx((T + 1.5 * TARGET) / (2 * T))
    assert shared["logits"] == pytest.approx(TARGET / T)


def test_a_plain_network_beside_uncommon_ones_is_timed_as_alone() -> None:
    """One batch of a plain network, latent attention, a mixture with dense layers and an encoder-decoder."""
    mixture = {"num_experts": 4, "experts_per_token": 3, "shared_experts": 1, "dense_layers": 1, "dense_d_ff": 96}
    kinds: list[dict[str, Any]] = [{}, SQUEEZED, mixture, {"encoder_layers": 1, "target_len": 32}]
    together = step.seconds(cases([workload(**told) for told in kinds], [card()] * len(kinds)), P)

    assert together == pytest.approx([float(step.seconds(case(**told), P)[0]) for told in kinds])


@pytest.mark.parametrize(
    "told",
    [
        SQUEEZED,
        {"encoder_layers": 1, "target_len": 64},
        {"num_experts": 4, "experts_per_token": 3, "shared_experts": 1, "dense_layers": 1, "dense_d_ff": 96},
    ],
)
def test_products_and_scores_take_no_less_than_their_arithmetic(told: dict[str, Any]) -> None:
    """All FLOP of a micro-step at half a TFLOP/s."""
    c = case(**told, attention="naive")
    flop = exact_flops_per_token(c.shape) * TOKENS
    slowest = flop / (FRACTION * RATE)

    total = sum(np.asarray(part) for part in step.matmuls(c, P)) + step.attention(c, P)
    assert float(total[0]) > float(slowest[0])
