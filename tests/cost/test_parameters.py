"""Parameters are exact."""

from __future__ import annotations

import numpy as np
import pytest
from shapes_of import seed

from traincast.cost.parameters import (
    attention_parameters,
    expert_parameters,
    layer_parameters,
    matmul_parameters,
    parameters,
)
from traincast.cost.shape import shape


def test_the_seed_has_its_40_million_parameters() -> None:
    """N = L (12 d^2 + 2 d) + d + V d; the position table adds T d."""
    assert float(parameters(seed())) == 40_560_000
    assert float(parameters(shape(L=12, d=384, H=12, V=50304, T=1024, positions=1), with_positions=True)) == 40_953_216


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (8_030_261_248, {"L": 32, "d": 4096, "H": 32, "kv_heads": 8, "F": 14336, "g": 2, "V": 128256, "tied": 0}),
        (6_738_415_616, {"L": 32, "d": 4096, "H": 32, "F": 11008, "g": 2, "V": 32000, "tied": 0}),
        (1_100_048_384, {"L": 22, "d": 2048, "H": 32, "kv_heads": 4, "F": 5632, "g": 2, "V": 32000, "tied": 0}),
    ],
    ids=["llama-3-8b", "llama-2-7b", "tinyllama"],
)
def test_llama_models_have_the_parameters_of_their_model_cards(expected: int, told: dict[str, float]) -> None:
    """8,030,261,248, 6,738,415,616 and 1,100,048,384 are printed by their checkpoints (two RMSNorm scales a layer)."""
    assert float(parameters(shape(T=2048, **told))) == pytest.approx(expected, rel=1e-4)


def test_a_mixture_counts_all_experts_and_multiplies_with_some() -> None:
    """Mixtral 8x7B: 46.7 billion in all, 12.9 billion at work."""
    mixtral = shape(L=32, d=4096, H=32, kv_heads=8, F=14336, g=2, V=32000, T=4096, tied=0, E=8, k=2)

    assert float(parameters(mixtral)) == pytest.approx(46.7e9, rel=0.001)
    assert float(parameters(mixtral, active=True)) == pytest.approx(12.9e9, rel=0.002)


def test_an_untied_input_table_is_not_multiplied_with() -> None:
    """Untied: V d more parameters, the same products."""
    tied, untied = (shape(L=2, d=64, H=2, V=1000, T=32, tied=flag) for flag in (1, 0))

    assert float(parameters(untied) - parameters(tied)) == 64_000
    assert float(matmul_parameters(untied)) == float(matmul_parameters(tied))


def test_columns_broadcast() -> None:
    """Three depths at once give what each gives alone."""
    depths = np.array([1.0, 6.0, 12.0])
    many = parameters(shape(L=depths, d=384, H=12, V=50304, T=1024))

    assert many.tolist() == [float(parameters(shape(L=n, d=384, H=12, V=50304, T=1024))) for n in depths]


def test_a_layer_with_biases_by_hand() -> None:
    """Width 8, one key head of two: 8 x 16 + 64 + biases 24; two matrices 8 x 32 + 40; two norms with biases 32."""
    s = shape(L=1, d=8, H=2, kv_heads=1, V=10, T=4, biases=1)

    assert float(attention_parameters(s)) == 8 * (8 + 8) + 8 * 8 + (8 + 8 + 8)
    assert float(expert_parameters(s)) == 2 * 8 * 32 + 32 + 8
    assert float(layer_parameters(s)) == 216 + 552 + 4 * 8
    assert float(parameters(s)) == 216 + 552 + 32 + 2 * 8 + 10 * 8


def test_a_layer_of_experts_by_hand() -> None:
    """Four experts and a router of 4 x 8; two at work."""
    s = shape(L=1, d=8, H=2, V=10, T=4, F=16, E=4, k=2)

    assert float(layer_parameters(s)) == 4 * 64 + 4 * 256 + 32 + 16
    assert float(layer_parameters(s, active=True)) == 4 * 64 + 2 * 256 + 32 + 16


def test_positions_are_counted_where_they_are_asked_for_and_learned() -> None:
    """4 x 8 more."""
    learned, rotary = (shape(L=1, d=8, H=2, V=10, T=4, positions=flag) for flag in (1, 0))

    assert float(parameters(learned, with_positions=True) - parameters(learned)) == 32
    assert float(parameters(rotary, with_positions=True) - parameters(rotary)) == 0


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (60_506_624, {"L": 12, "encoders": 6, "d": 512, "H": 8, "F": 2048}),
        (222_903_552, {"L": 24, "encoders": 12, "d": 768, "H": 12, "F": 3072}),
        (737_668_096, {"L": 48, "encoders": 24, "d": 1024, "H": 16, "F": 4096}),
    ],
    ids=["small", "base", "large"],
)
def test_t5_has_the_parameters_of_its_checkpoints(expected: int, told: dict[str, float]) -> None:
    """Cross-attention and a norm in each decoder layer, two last norms, two tables of 32 relative positions a head."""
    assert float(parameters(shape(T=512, V=32128, head=64, **told))) == expected


def test_deepseek_v3_has_its_671_billion_parameters() -> None:
    """671,026,419,200 in the checkpoint; the router's 58 x 256 biases are not in a shape. 37.6 billion are at work."""
    s = shape(
        L=61, d=7168, H=128, head=128, F=2048, g=2, V=129280, T=4096, tied=0, E=256, k=9, shared=1, dense=3,
        Fd=18432, q_rank=1536, kv_rank=512, rope=64, value=128,
    )  # fmt: skip

    assert float(parameters(s)) == 671_026_419_200 - 58 * 256
    assert float(parameters(s, active=True)) == pytest.approx(37.6e9, rel=0.002)


def test_latent_attention_is_five_narrow_matrices() -> None:
    """d 8, two heads of 3 + 1, values of 2: queries 8*5 + 5*2*4 down and up, keys 8*(4+1) + 4*2*(3+2), 2*2*8 out."""
    s = shape(L=1, d=8, H=2, V=1, T=4, head=3, q_rank=5, kv_rank=4, rope=1, value=2)

    assert float(attention_parameters(s)) == (40 + 40) + (40 + 40) + 32 + (5 + 4)
