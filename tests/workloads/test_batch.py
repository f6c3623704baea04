"""Many workloads from a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from traincast.errors import UnreadableError
from traincast.workloads.batch import LONGEST_LINE, cases, read_batch

LINE = {"id": "a", "on": "RTX 4070", "n_layer": 12, "d_model": 768, "n_head": 12, "micro_batch": 8, "seq_len": 1024}


def test_lines_in_order_and_bad_ones_between(tmp_path: Path) -> None:
    """A bad line is a case with its error, and the rest go on."""
    lines = [
        json.dumps(LINE),
        "",
        json.dumps({**LINE, "id": 2, "on": "RTX 9999"}),
        json.dumps({**LINE, "id": 3, "micro_batch": 0}),
        "not json",
        "[1]",
        json.dumps({**LINE, "id": 4, "on": "H100x8", "n_layer": "24"}),
        json.dumps({**LINE, "id": 5, "on": 7}),
        '{"id": 6, "n_layer": NaN}',
    ]
    path = tmp_path / "batch.jsonl"
    path.write_text("\n".join(lines) + "\n")
    found = list(read_batch(path))

    assert [(one.id, one.line, one.error is None) for one in found] == [
        ("a", 1, True), (2, 3, False), (3, 4, False), (None, 5, False), (None, 6, False), (4, 7, True), (5, 8, False),
        (None, 9, False),
    ]  # fmt: skip
    assert all(one.error.hint for one in found if one.error)
    last = found[5]
    assert last.workload is not None
    assert last.machine is not None
    assert (last.workload.n_layer, last.workload.dp, last.workload.global_batch) == (24, 8, 64)
    assert (last.machine.accelerator.name, last.machine.n_devices) == ("nvidia-h100-sxm", 8)


def test_values_as_in_tables_of_measurements() -> None:
    """Empty cells are unknown, yes and no are words, extra columns are named in a finding."""
    line = {**LINE, "compile": "yes", "zero": "fsdp-full", "attention": "unknown", "precision": "", "locator": "p. 3"}
    (found,) = cases([json.dumps(line).encode()])

    assert found.workload is not None
    assert (found.workload.compile, found.workload.zero, found.workload.attention) == (True, 3, None)
    assert [one.code for one in found.findings] == ["keys-ignored"]


def test_on_and_keys_hold_where_a_line_is_silent() -> None:
    """A line's own word goes first."""
    lines = [b'{"n_layer": 2, "precision": "fp16"}', b'{"n_layer": 2, "on": "T4"}']
    first, second = cases(lines, on="RTX 4090", keys={"precision": "bf16", "compile": None})

    assert first.machine is not None
    assert second.machine is not None
    assert first.workload is not None
    assert second.workload is not None
    assert (first.machine.accelerator.name, first.workload.precision) == ("nvidia-rtx-4090", "fp16")
    assert (second.machine.accelerator.name, second.workload.precision) == ("nvidia-t4", "bf16")


def test_a_preset_in_a_line() -> None:
    """`preset` names the shapes, keys override them."""
    (found,) = cases([b'{"preset": "gpt2", "n_layer": 6}'])

    assert found.workload is not None
    assert (found.workload.n_layer, found.workload.d_model) == (6, 768)


def test_an_endless_line_is_one_bad_line(tmp_path: Path) -> None:
    """It is not held in memory, and the next line is read."""
    path = tmp_path / "batch.jsonl"
    path.write_bytes(b"x" * (3 * LONGEST_LINE) + b'\n{"n_layer": 2}\n')
    first, second = read_batch(path)

    assert first.error is not None
    assert second.error is None


@pytest.mark.parametrize("name", ["gone.jsonl", "."])
def test_files_that_cannot_be_read(name: str, tmp_path: Path) -> None:
    """Missing, a folder."""
    with pytest.raises(UnreadableError):
        list(read_batch(tmp_path / name))


def test_public_rows_are_taken(shared: Path) -> None:
    """All but a few of the measured runs make a workload; those few contradict the rules of the keys."""
    import csv

    left_out = ("id", "accelerator", "device", "device_ambiguous", "reliable", "source", "locator", "kind", "notes")
    with (shared / "measurements" / "runs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lines = [
        json.dumps({"id": row["id"], "on": row["accelerator"], **{key: row[key] for key in row if key not in left_out}})
        for row in rows
    ]
    bad = [one for one in cases(line.encode() for line in lines) if one.error]

    assert len(bad) <= 0.005 * len(rows)


def test_a_published_model_brings_its_shapes() -> None:
    """`model` alone is the preset; beside shapes it is a name for display."""
    lines = [b'{"id": 1, "model": "llama-3-8b"}\n', b'{"id": 2, "model": "gpt2", "n_layer": 3, "d_model": 64}\n']

    first, second = (case.workload for case in cases(lines))

    assert first is not None
    assert second is not None
    assert (first.n_layer, first.d_model) == (32, 4096)
    assert (second.n_layer, second.vocab) == (3, None)
