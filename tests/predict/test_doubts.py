"""What is not known beside what was not told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import traincast
from traincast.calibrate.model import log_seconds, model
from traincast.catalog.lookup import machine
from traincast.cost import step
from traincast.cost.cases import Cases, cases
from traincast.predict import doubts
from traincast.workload import Workload

SHORT: dict[str, Any] = {
    "n_layer": 24, "d_model": 1024, "n_head": 16, "vocab": 50304, "seq_len": 1024, "micro_batch": 1, "grad_accum": 8,
    "precision": "bf16", "attention": "flash", "recompute": "no", "optimizer": "adam", "compile": False,
}  # fmt: skip
LONG = SHORT | {"d_model": 12288, "n_head": 96, "seq_len": 4096, "micro_batch": 4}


def unsure(told: dict[str, Any], framework: str) -> float:
    """Sd of the log of a step for what Python takes to issue kernels, on one H100."""
    c = cases([Workload(framework=framework, **told)], [machine("H100 SXM")])
    return float(doubts.issued(c, model(), usual=step.seconds(c, model().parameters))[0])


@pytest.mark.parametrize("framework", ["Megatron-LM", "NeMo (Megatron-Core)"])
def test_short_layers_of_hand_made_kernels_are_uncertain(framework: str) -> None:
    """A tenth of a millisecond of layer may wait for two of Python; ten milliseconds hide them."""
    assert 0.3 < unsure(SHORT, framework) < 1.5
    assert unsure(LONG, framework) < 0.01


@pytest.mark.parametrize("framework", ["llm.c CUDA", "torch", "nanoGPT (pytorch)", "MaxText (JAX)"])
def test_stacks_that_show_their_host_time_have_no_such_doubt(framework: str) -> None:
    """C issues kernels without Python; eager and compiled stacks were measured with short layers."""
    assert unsure(SHORT, framework) == 0


def test_the_doubt_widens_the_interval_alone() -> None:
    """The value stays, and the interval is wider than the fit's by what is not known."""
    answer = traincast.predict(on="H100 SXM", framework="Megatron-LM", **SHORT)
    c = cases([Workload(framework="Megatron-LM", **SHORT)], [machine("H100 SXM")])
    known = model().stretch["single"] * own_sigma(c)

    assert answer.step_time is not None
    assert answer.step_time.high is not None
    half = np.log(answer.step_time.high / answer.step_time.value)
    assert half == pytest.approx(np.hypot(known, doubts.WIDTH * unsure(SHORT, "Megatron-LM")), rel=0.02)


def own_sigma(c: Cases) -> float:
    """The fit's own sd of the log of a step."""
    return float(log_seconds(c, model())[1][0])
