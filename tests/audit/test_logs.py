"""What a training log says of itself, and what an audit is given: files, texts, logs, workloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from traincast.answers import AuditAnswer
from traincast.audit.ask import ask, opened
from traincast.audit.logs import is_log, log_figures, log_workload, steady
from traincast.errors import UsageError
from traincast.runlog import Facts, Point, RunLog
from traincast.workload import Workload


def log(points: int = 40, **told: Any) -> RunLog:
    """A log of steps of 2 s with a rate and an MFU each."""
    steps = [Point(step=i + 1, step_seconds=2.0, rate=500.0, mfu=-1.0 if i < 3 else 0.4) for i in range(points)]
    known: dict[str, Any] = {"source": "run.log", "dialect": "nanogpt", "lines": points, "span": "last"}
    return RunLog(points=steps, **known | told)


@pytest.mark.parametrize(
    ("points", "told", "expected"),
    [
        (2, {"lines": 2}, False),  # too few
        (3, {"lines": 3}, True),
        (3, {"lines": 10}, True),  # three of ten lines
        (3, {"lines": 11}, False),
        (20, {"lines": 150}, True),  # twenty of a known format
        (19, {"lines": 150}, False),
        (19, {"lines": 200}, True),  # so many lines are no prose
        (20, {"lines": 150, "dialect": "unknown"}, False),
        (20, {"lines": 150, "source": "Note.MD"}, False),
        (20, {"lines": 150, "source": "note.rst"}, False),
        (40, {"lines": 40, "source": "note.md"}, True),  # nearly all lines are steps
        (3, {"lines": 0}, True),
    ],
)
def test_a_log_is_told_from_prose_that_quotes_one(points: int, told: dict[str, Any], expected: bool) -> None:
    """By the share of lines that are steps, else by how many there are of a known format."""
    assert is_log(log(points, **told)) is expected


def test_the_figures_of_a_log() -> None:
    """Step time, the rate in its unit, the MFU and its placeholder, tokens a step; each with 2 % of rounding."""
    found = {
        (one.quantity, one.low): one
        for one in log_figures(log(rate_unit="tokens", facts=Facts(tokens_per_step=1000.0)))
    }
    samples = {one.quantity for one in log_figures(log(rate_unit="samples"))}
    nothing = {one.quantity for one in log_figures(log(rate_unit="frames"))}

    assert set(found) == {
        ("step_time", 2.0), ("tokens_per_second", 500.0), ("mfu", 0.4), ("mfu", -1.0), ("tokens_per_step", 1000.0),
    }  # fmt: skip
    for (quantity, value), one in found.items():
        assert (one.high, one.rounding, one.where, one.line) == (value, 0.02, "run.log", 0)
        assert one.text == f"{quantity} {value:g}"
    assert found["step_time", 2.0].unit == "s"
    assert found["mfu", 0.4].unit == "fraction"
    assert "samples_per_second" in samples
    assert nothing == {"step_time", "mfu"}


def test_the_first_tenth_of_printed_values_is_left_out() -> None:
    """Of twenty the first two; what was not printed does not count."""
    assert steady([None, *map(float, range(20)), None]) == list(map(float, range(2, 20)))
    assert steady([1.0, 2.0]) == [1.0, 2.0]
    assert steady([]) == []


def test_facts_of_a_log_fill_a_workload() -> None:
    """Where it is silent; what is given stays."""
    told = log(facts=Facts(params=1e8, seq_len=256, grad_accum=4, n_devices=2, precision="bf16", steps_planned=90))
    found = log_workload(told, Workload(seq_len=512))

    assert (found.params_total, found.seq_len, found.grad_accum, found.n_devices) == (1e8, 512, 4, 2)
    assert (found.precision, found.steps, found.micro_batch) == ("bf16", 90, None)
    assert log_workload(told, None).seq_len == 256


@pytest.mark.parametrize(
    ("facts", "given", "batch"),
    [
        (Facts(samples_per_step=48.0), Workload(), 48),
        (Facts(tokens_per_step=1024.0, seq_len=64), Workload(), 16),
        (Facts(tokens_per_step=1024.0), Workload(seq_len=128), 8),
        (Facts(tokens_per_step=1024.0), Workload(), None),
        (Facts(samples_per_step=48.0), Workload(micro_batch=2), None),
        (Facts(samples_per_step=48.0), Workload(global_batch=3), 3),
    ],
)
def test_the_batch_of_a_log(facts: Facts, given: Workload, batch: int | None) -> None:
    """Samples a step, or tokens over their length, where no batch is told."""
    assert log_workload(log(facts=facts), given).global_batch == batch


def asked(source: Path | str | None = None, **told: Any) -> AuditAnswer:
    """An audit with nothing else said."""
    given: dict[str, Any] = {"claim": (), "workload": None, "on": None, "lang": "en", "dialect": None, "keys": {}}
    return ask(source, **given | told)


def printed(steps: int = 60, seconds: float = 0.2) -> str:
    """A log of nanoGPT."""
    head = "number of parameters: 40.56M\ntokens per iteration will be: 524,288\n"
    return head + "".join(f"iter {i}: loss 3.0, time {seconds * 1e3:.2f}ms, mfu 12.00%\n" for i in range(steps))


def test_nothing_to_audit_is_a_mistake() -> None:
    """With the way out."""
    with pytest.raises(UsageError, match="nothing to audit") as found:
        asked()
    assert "--claim" in (found.value.hint or "")


def test_claims_are_texts_of_their_own() -> None:
    """The first is claim 1."""
    answer = asked(claim=["3 s per step", "batch size 12"])

    assert [one.where for one in answer.claims] == ["claim 1:1", "claim 2:1"]


def test_a_note_is_read_as_text(tmp_path: Path) -> None:
    """With the device that is given and the keys of the workload."""
    note = tmp_path / "note.md"
    note.write_text("Each step takes 1 ms.\n", encoding="utf-8")
    answer = asked(
        note, on="RTX 4070", keys={"n_layer": 12, "d_model": 768, "vocab": 50257, "seq_len": 1024, "micro_batch": 8}
    )
    alone = asked(note, workload=Workload(params_total=1e9, seq_len=1024, micro_batch=8), on="RTX 4070")
    texts, runs = opened(note, None)

    assert [one.verdict for one in answer.claims] == ["impossible"]
    assert [one.verdict for one in alone.claims] == ["impossible"]
    assert (texts[0].content, runs) == ("Each step takes 1 ms.\n", [])


def test_a_log_is_read_as_a_log(tmp_path: Path) -> None:
    """Its figures are the claims, with those of an option; 20 ms a step and an MFU of 12 % do not fit."""
    path = tmp_path / "train.log"
    path.write_text(printed(seconds=0.02), encoding="utf-8")
    texts, runs = opened(path, None)
    answer = asked(path, on="RTX 4070", claim=["batch size 12"])
    quantities = {one.quantity: one for one in answer.claims}

    assert texts == []
    assert len(runs) == 1
    assert quantities["step_time"].low == pytest.approx(0.02)
    assert quantities["step_time"].verdict == "contradictory"
    assert quantities["tokens_per_step"].low == 524288
    assert quantities["micro_batch"].where == "claim 1:1"


def test_a_log_that_names_its_device_needs_no_other(tmp_path: Path) -> None:
    """`device: NVIDIA A100-SXM4-80GB` in the head; unknown names are no device; what is given wins."""
    path = tmp_path / "train.log"
    path.write_text(printed(seconds=0.01), encoding="utf-8")
    from traincast.audit.ask import machine_of

    named = log(facts=Facts(device="NVIDIA A100-SXM4-80GB", n_devices=4))
    found = machine_of(named)

    assert found is not None
    assert (found.accelerator.name, found.n_devices) == ("nvidia-a100-sxm4-80gb", 4)
    assert machine_of(log(facts=Facts(device="Abacus 9000"))) is None
    assert machine_of(log()) is None
    one = machine_of(log(facts=Facts(device="NVIDIA A100-SXM4-80GB")))
    assert one is not None
    assert one.n_devices == 1
