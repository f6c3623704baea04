"""The shipped model is what the measured rows say, and no more than they may."""

from __future__ import annotations

import numpy as np
import pytest
from accuracy.calibrate import NOISE, TAU, kept, widths
from accuracy.facts import Run, evidence, rows, runs
from accuracy.folds import left_out
from accuracy.scores import regime, weighted_quantile

from traincast.calibrate import fit as fitting
from traincast.calibrate.fit import Evidence
from traincast.calibrate.model import log_seconds, model, priors


@pytest.fixture(scope="module")
def measured() -> list[Run]:
    """Language-model runs."""
    return runs()


@pytest.fixture(scope="module")
def known(measured: list[Run]) -> Evidence:
    """Their columns."""
    return evidence(measured)


def test_the_acceptance_card_is_in_no_fit(measured: list[Run]) -> None:
    """All rows of the RTX 4070 are marked, and marked rows are left out."""
    card = [i for i, run in enumerate(measured) if run.machine.accelerator.name == "nvidia-rtx-4070"]

    assert len(card) == 3
    assert all(measured[i].never_fit for i in card)
    assert not set(card) & set(kept(measured).tolist())
    assert "nvidia-rtx-4070" not in model().offsets["device"]


def test_the_data_file_is_what_the_fit_gives(measured: list[Run], known: Evidence) -> None:
    """Constants and offsets within a thousandth of a fresh fit."""
    found = fitting.fit(
        known, kept(measured), fitting.nested(known, TAU), fitting.noise_sd(known, NOISE), fitting.prior_columns()[0]
    )
    fitted = model()

    assert fitted.rows == len(kept(measured))
    assert np.exp(found.theta) == pytest.approx([fitted.parameters[name] for name in fitting.names()], rel=2e-3)
    fresh = fitting.offsets(known, found, TAU)
    for level, offsets in fitted.offsets.items():
        for name, (value, _share) in offsets.items():
            assert fresh[level][name][0] == pytest.approx(value, abs=2e-3)


def test_the_shipped_scores_are_reproduced(measured: list[Run], known: Evidence) -> None:
    """Leave-one-source-out: medians as in the data file, half-widths from the same rows."""
    keep = kept(measured)
    out, _ = left_out(known, known.named["source"], keep, fitting.nested(known, TAU), fitting.noise_sd(known, NOISE))
    for name, group in regime(known, keep).items():
        median = 100 * float(np.median(np.abs(np.expm1((out.mu - known.y)[group]))))
        assert median == pytest.approx(model().scores[f"left-out source: {name}"]["median"], rel=0.02)
    assert widths(known, out, measured, model()) == pytest.approx(model().stretch, rel=0.02)


def test_a_prediction_without_its_source_agrees_with_the_model(measured: list[Run], known: Evidence) -> None:
    """The runtime's mean is the fit's with every public offset: a third of the spread of the private ones at most."""
    mu, _sigma = log_seconds(known.c, model())
    keep = kept(measured)

    assert float(np.median(np.abs(mu - known.y)[keep])) < 0.2


def test_constants_stay_near_what_micro_benchmarks_say() -> None:
    """Pinned ones within three of their sds."""
    for name, prior in priors().items():
        if prior.sd <= 0.05:
            assert abs(np.log(model().parameters[name] / prior.median)) < 3 * prior.sd, name


def test_no_free_text_of_the_sources_is_carried() -> None:
    """Facts and locators alone."""
    assert "notes" not in rows()[0]


def test_a_weighted_quantile_counts_weights() -> None:
    """Of 1, 2, 3 with weights 1, 1, 8 half the weight lies at 3."""
    assert weighted_quantile(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 8.0]), 0.5) == 3.0
