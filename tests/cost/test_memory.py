"""Memory of layers and runs."""

from __future__ import annotations

import pytest
from shapes_of import gpt3_layer, seed

from traincast.cost import memory
from traincast.cost.shape import shape


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (2.869e9, {}),
        (0.579e9, {"tp": 8}),
        (0.359e9, {"tp": 8, "sequence_parallel": True}),
        (0.107e9, {"tp": 8, "sequence_parallel": True, "scores": 0}),
    ],
    ids=["none", "tensor", "sequence", "selective"],
)
def test_a_layer_of_gpt3_keeps_what_korthikanti_counts(expected: float, told: dict[str, float]) -> None:
    """s 2048, b 1, d 12288, a 96: 2.869, .579, .359 and .107 GB."""
    assert float(memory.layer_activation_bytes(gpt3_layer(), 1, **told)) == pytest.approx(expected, abs=0.5e6)  # type: ignore[arg-type]


def test_full_recompute_keeps_the_input_of_a_layer() -> None:
    """2 s b d = .050 GB."""
    s = gpt3_layer()

    assert float(2 * s.T * s.d) == pytest.approx(0.050e9, abs=0.5e6)


@pytest.mark.parametrize(("b", "mebibytes"), [(8, 7649), (64, 47893)])
def test_gpt2_fills_what_nvidia_smi_shows(b: int, mebibytes: float) -> None:
    """16N + b (34 T d L + 8.4 T V), N 124,475,904."""
    s = shape(L=12, d=768, H=12, V=50304, T=1024)

    assert float(memory.ladder_bytes(s, 124_475_904, b)) / 2**20 == pytest.approx(mebibytes, abs=1)


def test_the_seed_fits_twelve_gigabytes_with_flash_attention_alone() -> None:
    """9,675 MiB of 12,282; the score matrix would add 12.08 GB."""
    need = float(memory.ladder_bytes(seed(), 40_953_216, 16))
    scores = 12 * (
        memory.layer_activation_bytes(seed(), 16, scores=1) - memory.layer_activation_bytes(seed(), 16, scores=0)
    )

    assert need / 2**20 == pytest.approx(9675, abs=1)
    assert float(scores) == pytest.approx(12.08e9, abs=5e6)
    assert int(memory.spare_verdict(need, 12282 * 2**20)) == 2
    assert int(memory.spare_verdict(need + float(scores), 12282 * 2**20)) == 0


def test_sharding_divides_one_state_after_the_other() -> None:
    """ZeRO 1 divides the optimizer, 2 also gradients, 3 all, by the ranks."""
    whole = [float(x) for x in memory.sharded_state_bytes(1e9, zero=0, dp=8)]
    for stage, divided in ((1, (1, 1, 8)), (2, (1, 8, 8)), (3, (8, 8, 8))):
        parts = [float(x) for x in memory.sharded_state_bytes(1e9, zero=stage, dp=8)]
        assert parts == [size / by for size, by in zip(whole, divided, strict=True)]


def test_states_of_adam() -> None:
    """16 bytes a parameter, or what is told."""
    assert float(memory.state_bytes(1e9)) == 16e9
    assert float(memory.state_bytes(1e9, per_parameter=18.0)) == 18e9
    assert [float(x) for x in memory.sharded_state_bytes(1e9, zero=0, dp=1)] == [2e9, 2e9, 12e9]
    assert [float(x) for x in memory.sharded_state_bytes(1e9, zero=0, dp=1, optimizer=6.0, gradient=4.0)] == [
        2e9,
        4e9,
        6e9,
    ]


def test_logits_by_hand() -> None:
    """8.4 bytes each, or what is told, split over tp."""
    s = shape(L=1, d=64, H=1, V=1000, T=10)

    assert float(memory.logit_bytes(s, 3)) == pytest.approx(8.4 * 30_000)
    assert float(memory.logit_bytes(s, 3, per_logit=12.0, tp=4.0)) == pytest.approx(12 * 30_000 / 4)


def test_verdicts_at_their_edges() -> None:
    """1.08 times the need and half a gigabyte must fit to be sure; what fits bare is tight."""
    assert [int(memory.spare_verdict(1e9, size)) for size in (1.59e9, 1.57e9, 1.001e9, 1e9)] == [2, 1, 1, 0]
