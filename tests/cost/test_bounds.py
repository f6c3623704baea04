"""The floor of a step."""

from __future__ import annotations

import pytest

from traincast.catalog.lookup import machine
from traincast.cost.bounds import step_time_floor
from traincast.workload import Workload

SEED = Workload(
    n_layer=12, d_model=384, n_head=12, vocab=50304, seq_len=1024, micro_batch=16, grad_accum=32, precision="fp16",
    mlp="gelu", tied=True,
)  # fmt: skip


def test_the_seed_cannot_take_less_than_two_seconds() -> None:
    """142.404 TFLOP at 1.25 x 58.3 TFLOPS: 1.954 s; at the listed peak 2.443 s."""
    card = machine("RTX 4070")

    assert step_time_floor(SEED, card) == pytest.approx(1.954, abs=0.002)
    assert step_time_floor(SEED, card, boost=1.0, stretch=1.0) == pytest.approx(2.443, abs=0.002)


def test_many_devices_share_the_work() -> None:
    """Twice the micro-batches on twice the devices take the same time."""
    one, two = machine("H100 SXM"), machine("H100 SXMx2")

    assert step_time_floor(SEED, one) == pytest.approx(step_time_floor(SEED, two))


def test_boost_and_stretch_each_divide_their_roof() -> None:
    """Arithmetic binds the seed: twice the boost halves it; one token with a large table is bound by traffic."""
    card = machine("RTX 4070")
    tiny = Workload(n_layer=1, d_model=64, n_head=1, vocab=500_000, seq_len=1, micro_batch=1, precision="bf16")

    assert step_time_floor(SEED, card, boost=2.0) == pytest.approx(step_time_floor(SEED, card, boost=1.0) / 2)
    assert step_time_floor(tiny, card, stretch=2.0) == pytest.approx(step_time_floor(tiny, card, stretch=1.0) / 2)
