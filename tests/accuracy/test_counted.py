"""Image networks told by counts."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from accuracy.counted import Image, fit, half_widths, left_out, made, predicted, runs

from traincast.predict.counted import fitted, seconds


@pytest.fixture(scope="module")
def measured() -> list[Image]:
    """All runs that can be scored."""
    return runs()


def test_the_shipped_fit_is_that_of_the_measured_runs(measured: list[Image]) -> None:
    """Each figure within 5 %, so that a few rows more do not need a new one."""
    anew = msgspec.structs.asdict(made(fit(measured)))
    for name in ("rate", "passes", "passes_attention", "passes_tuned"):
        assert msgspec.structs.asdict(fitted())[name] == pytest.approx(anew[name], rel=0.05)


def test_sources_that_no_fit_saw_are_predicted_within_the_interval(measured: list[Image]) -> None:
    """The median within 30 %, and nine tenths inside what the shipped interval allows, give or take six points."""
    error = left_out(measured, [one.source for one in measured])
    shipped = (fitted().half_width, fitted().half_width_attention)
    vit = np.array([one.workload.arch == "vit" for one in measured])
    inside = np.abs(error) < np.where(vit, shipped[1], shipped[0])

    assert len(measured) >= 100
    assert np.median(np.abs(np.expm1(error))) < 0.30
    assert 0.84 <= inside.mean() <= 0.97
    assert shipped == pytest.approx(half_widths(measured, error), rel=0.1)


def test_a_step_is_the_sum_that_the_page_says(measured: list[Image]) -> None:
    """3 FLOP b over the rate, passes x element x values b over the bandwidth, 24 bytes a weight, no all-reduce."""
    one = next(one for one in measured if "ResNet-50 v1 (AMP" in one.model and one.machine.n_devices == 1)
    w, machine, f = one.workload, one.machine, fitted()
    parts = seconds(w, machine, f)
    values = (w.forward_flops or 0) / 215 * (w.micro_batch or 0)
    bandwidth = machine.accelerator.memory_bandwidth or math.nan

    assert parts["elementwise"] == pytest.approx(f.passes * 2 * values / bandwidth)
    assert parts["optimizer"] == pytest.approx(24 * 25_557_032 / bandwidth)
    assert parts["communication"] == 0
    assert predicted([one], fit(measured))[0] == pytest.approx(math.log(sum(parts.values())), abs=0.05)
