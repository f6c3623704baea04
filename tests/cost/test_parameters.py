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
