"""Structured files of the public collection: the right format for each, and the truth within 3 %."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from traincast.reading.named import open_sources
from traincast.reading.series import series
from traincast.reading.structured import formats, read_structured
from traincast.summary import summary

MEANS = {
    "mlflow-metric-file", "hf-trainer-state-json", "hf-notebook-html", "llamafactory-trainer-log", "sb3-monitor-csv",
    "catboost-info", "fastai-table", "torch7-json-stats", "mlperf-mllog", "slurm-multirank",
}  # fmt: skip
"""formats whose truth is a mean with pauses; the others have a steady median"""
EXPLAINED = {
    # a resume at step 5010 whose elapsed time begins anew; the collection divides it by all 6565 steps
    "llamafactory-trainer-log/sft_2gpu_duplicated.jsonl",
}


def rows(shared: Path) -> list[dict[str, str]]:
    """Rows of the manifest in structured formats."""
    with (shared / "logs" / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["format"] in formats()]


def test_formats_and_truths_of_the_collection(shared: Path) -> None:
    """Times that a file does not hold (older Ultralytics tables) are not told; all others are right."""
    wrong = []
    seen = 0
    for row in rows(shared):
        logs = read_structured(open_sources(shared / "logs" / row["file"])[0]) or []
        seen += 1
        if not logs or logs[0].dialect != row["format"]:
            wrong.append((row["file"], logs and logs[0].dialect))
            continue
        answer = summary(logs[0], series(logs[0]))
        steady = answer.step_time.value if answer.step_time else None
        value = answer.mean_step_seconds if row["format"] in MEANS else steady
        if value is None or not row["true_mean_step_time_s"] or row["file"] in EXPLAINED:
            continue
        if value != pytest.approx(float(row["true_mean_step_time_s"]), rel=0.03):
            wrong.append((row["file"], value))

    assert seen > 70
    assert wrong == []


def test_text_logs_of_the_collection_are_left_to_the_dialects(shared: Path) -> None:
    """No log of another format is taken for a structured one."""
    with (shared / "logs" / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        others = [row["file"] for row in csv.DictReader(file) if row["format"] not in formats()]
    taken = [name for name in others if read_structured(open_sources(shared / "logs" / name)[0])]

    assert taken == []
