"""The question that traincast exists for: a 40M-parameter GPT on one RTX 4070."""

from __future__ import annotations

import pytest

from traincast import api
from traincast.answers import PredictAnswer

MISSION = {
    "n_layer": 12, "n_head": 12, "d_model": 384, "seq_len": 1024, "vocab": 50304, "mlp": "gelu", "tied": True,
    "micro_batch": 16, "grad_accum": 32, "precision": "fp16", "compile": True, "attention": "flash",
    "optimizer": "adamw-fused", "eval_interval": 500, "eval_batches": 200, "eval_splits": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def mission() -> PredictAnswer:
    """The answer."""
    return api.predict(MISSION, on="RTX 4070", steps=6000)


def test_counts_are_exact(mission: PredictAnswer) -> None:
    """40,560,000 parameters, 299,983,104 FLOP a token, 16 x 32 x 1024 tokens a step."""
    assert mission.parameters == 40_560_000
    assert mission.flops_per_token == 299_983_104
    assert mission.tokens_per_step == 524_288


def test_the_interval_holds_what_was_measured(mission: PredictAnswer) -> None:
    """3.84 to 3.9 s; no run of this card is in the fit."""
    assert mission.step_time is not None
    assert mission.step_time.contains(3.85)


def test_it_fits_and_takes_hours(mission: PredictAnswer) -> None:
    """12 GB suffice; 5 to 10 hours in all; the first iteration, parts added, 20 to 45 s."""
    assert mission.memory.fits is True
    assert mission.total is not None
    assert 5 * 3600 < mission.total.value < 10 * 3600
    assert mission.first_iteration is not None
    parts = sum(part.seconds for part in mission.first_iteration.parts)
    assert 20 < parts < 45
    assert mission.first_iteration.seconds.value == pytest.approx(parts)


def test_parts_add_up(mission: PredictAnswer) -> None:
    """Parts of the step to the step, parts of the run to the run."""
    assert mission.step_time is not None
    assert mission.total is not None
    assert sum(part.seconds for part in mission.parts) == pytest.approx(mission.step_time.value)
    assert sum(part.seconds for part in mission.total_parts) == pytest.approx(mission.total.value)


def test_the_floor_is_below_the_prediction(mission: PredictAnswer) -> None:
    """142.404 TFLOP at 58.3 TFLOPS: 2.443 s."""
    assert mission.floor_seconds == pytest.approx(142.404 / 58.3, rel=1e-3)
    assert mission.step_time is not None
    assert mission.step_time.value > mission.floor_seconds


def test_evaluations_are_counted_from_the_first_step_on(mission: PredictAnswer) -> None:
    """13 evaluations (steps 0, 500, ... 6000) of 400 forward batches at .31 of a micro-step."""
    assert mission.step_time is not None
    evaluation = next(part.seconds for part in mission.total_parts if part.name == "evaluation")

    assert evaluation == pytest.approx(13 * 400 * 0.31 * mission.step_time.value / 32)


def test_without_a_device_sizes_are_told_and_no_time() -> None:
    """Parameters and FLOP, a finding, no step time."""
    answer = api.predict(MISSION)

    assert answer.parameters == 40_560_000
    assert answer.step_time is None
    assert "no-device" in {found.code for found in answer.findings}
