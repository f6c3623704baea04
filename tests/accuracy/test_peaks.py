"""Measured peaks of memory, and the table that they stand in."""

from __future__ import annotations

import numpy as np
import pytest
from accuracy.peaks import Row, fitted_rows, group, predicted, ran

from accuracy import collect_memory
from traincast import api

TARGET = 0.10


@pytest.fixture(scope="module")
def measured() -> list[Row]:
    """All peaks that may be scored."""
    return fitted_rows()


@pytest.fixture(scope="module")
def errors(measured: list[Row]) -> np.ndarray:
    """Predicted over measured, less one."""
    mu, _ = predicted(measured)
    return np.asarray(mu / np.array([float(row["peak_bytes"]) for row in measured]) - 1)


def test_peaks_are_predicted_within_ten_percent(measured: list[Row], errors: np.ndarray) -> None:
    """The median over all, over each kind of machine, and over sources, whose rows are alike."""
    assert len(measured) >= 60
    assert np.median(np.abs(errors)) < TARGET
    names = np.array([group(row) for row in measured])
    for name in set(names):
        assert np.median(np.abs(errors[names == name])) < TARGET, name
    source = np.array([row["source"] for row in measured])
    assert np.median([np.median(np.abs(errors[source == one])) for one in set(source)]) < TARGET


def test_runs_that_did_fit_are_not_called_impossible() -> None:
    """Of all measured runs none; at most three in a hundred are thought more likely to overflow than not."""
    verdicts, chance = ran()

    assert "no" not in verdicts
    assert np.mean(chance > 0.5) <= 0.03


def test_no_row_that_may_not_be_seen_is_scored(measured: list[Row]) -> None:
    """The acceptance card is in the table and not among the scored."""
    kept_out = [row for row in collect_memory.rows() if row["never_fit"]]

    assert {row["device"] for row in kept_out} == {"nvidia-rtx-4070"}
    assert not [row for row in measured if row["device"] == "nvidia-rtx-4070"]


@pytest.mark.parametrize(
    ("note", "kind", "size"),
    [
        ("host x; nvidia_smi_mib=48182 of 183359; y", "device", 48182 * 2**20),
        ("best config; memory 8.4 GB; dims inferred", "reserved", 8.4e9),
        ("steady; peak VRAM 9448 MiB; full", "allocated", 9448 * 2**20),
        ("eval; peak_vram 45060 MB", "allocated", 45060 * 2**20),
        ("defaults; mem 29.84 GB", "allocated", 29.84e9),
    ],
)
def test_a_peak_is_read_with_what_it_counts(note: str, kind: str, size: float) -> None:
    """Notes of the collected runs."""
    assert collect_memory.stated(note) == (kind, pytest.approx(size))


def test_a_note_without_a_peak_states_none() -> None:
    """The size of the card is no peak."""
    assert collect_memory.stated("RTX 3060 Laptop GPU 5930 MiB; cuDNN flash attention; 80GB assumed") is None


def test_recomputation_is_taken_for_granted_only_where_a_large_run_needs_it() -> None:
    """Llama 3 70B on 64 devices at 8192 tokens fits with it, and says so; BERT-large on a small card does not fit."""
    large = api.predict("llama-3-70b", on="H100 SXMx64", zero=3, micro_batch=1, framework="jax")
    told = api.predict("llama-3-70b", on="H100 SXMx64", zero=3, micro_batch=1, framework="jax", recompute="full")
    small = api.predict("bert-large", on="RTX 2080 Ti", micro_batch=32, seq_len=512)

    assert large.memory.fits is told.memory.fits is True
    assert [one.code for one in large.findings if one.code == "recompute-assumed"] == ["recompute-assumed"]
    assert not [one for one in (*told.findings, *small.findings) if one.code == "recompute-assumed"]
    assert small.memory.fits is False
