"""`read`, `forecast` and `backtest` as a user types them."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from traincast import api
from traincast.cli.root import run
from traincast.errors import UsageError
from traincast.reading import read_logs


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A nanoGPT log: 27 s, then 2 s a step, an evaluation of 8 s every 50 steps, 200 of 400 steps."""
    lines = ["max_iters = 400", "eval_interval = 50", "step 0: train loss 10.9, val loss 10.9"]
    for k in range(200):
        if k and k % 50 == 0:
            lines.append(f"step {k}: train loss 5.1, val loss 5.2")
        milliseconds = 27000 if k == 0 else 10000 if k % 50 == 0 else 2000 + k % 3
        lines.append(f"iter {k}: loss {9 - k / 100:.4f}, time {milliseconds}.00ms, mfu 12.00%")
    path = tmp_path / "train.log"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """The JSON that a command prints; nothing else is on stdout."""
    assert run([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_read_prints_one_document(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every key of the interface, and 2 s a step."""
    answer = document(capsys, "read", str(log))
    (one,) = answer["runs"]  # type: ignore[misc]

    assert answer["schema"] == "traincast.read/1"
    keys = {
        "source", "dialect", "confidence", "lines", "bytes", "unread_lines", "steps", "step_time", "steady_from_step",
        "tokens_per_second", "samples_per_second", "mfu", "phases", "period", "elapsed_seconds", "starts", "losses",
        "findings",
    }  # fmt: skip
    assert keys <= one.keys()
    assert one["step_time"]["value"] == pytest.approx(2.001, abs=0.002)
    assert one["period"]["evaluation"]["every"] == 50
    assert one["steps"] == {"first": 0, "last": 199, "seen": 200, "planned": 400, "unit": "step"}


def test_read_takes_several_logs_and_folders(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file twice, and the folder that holds it beside a note that is no log."""
    (log.parent / "notes.txt").write_text("nothing of interest\n", encoding="utf-8")
    answer = document(capsys, "read", str(log), str(log.parent), str(log))

    assert len(answer["runs"]) == 3  # type: ignore[arg-type]


def test_read_shows_a_page(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Speed first, findings on stderr."""
    assert run(["read", str(log)]) == 0
    shown = capsys.readouterr()

    assert "A steady step takes 2.00 s." in shown.out
    assert "[mfu-peak-unknown]" in shown.err
    assert "[mfu-peak-unknown]" not in shown.out


@pytest.mark.parametrize(("condition", "status"), [("mfu-peak-unknown", 1), ("info", 1), ("stall,slowdown", 0)])
def test_read_fails_on_a_condition(log: Path, condition: str, status: int) -> None:
    """A code or a severity that is there ends with 1."""
    assert run(["read", str(log), "--fail-on", condition]) == status


def test_an_unknown_condition_is_bad_usage(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Near misses are offered."""
    assert run(["read", str(log), "--fail-on", "stal"]) == 2
    assert "stall" in capsys.readouterr().err


def test_forecast_counts_the_evaluations_to_come(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """200 steps of 2.001 s and evaluations of 8 s at 200, 250, 300, 350 and at the end, 400: 440 s."""
    answer = document(capsys, "forecast", str(log))
    keys = {
        "schema", "source", "steps_done", "steps_total", "remaining", "total", "finish_at", "parts",
        "probability_by_deadline", "prior_weight", "ready", "findings",
    }  # fmt: skip

    assert keys <= answer.keys()
    assert (answer["steps_done"], answer["steps_total"]) == (200, 400)
    assert answer["remaining"]["value"] == pytest.approx(440, rel=0.005)  # type: ignore[index]
    assert answer["finish_at"] is None


def test_forecast_has_a_probability_for_a_deadline(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An hour is enough, a minute is not."""
    chances = [
        document(capsys, "forecast", str(log), "--deadline", text)["probability_by_deadline"] for text in ("1h", "1m")
    ]

    assert chances == [pytest.approx(1, abs=0.01), pytest.approx(0, abs=0.01)]


def test_forecast_without_a_plan_names_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2 and a hint; with --steps there is an answer."""
    path = tmp_path / "train.log"
    path.write_text("".join(f"iter {k}: loss 3.0, time 1000.00ms, mfu 9.00%\n" for k in range(30)), encoding="utf-8")

    assert run(["forecast", str(path)]) == 2
    assert "--steps" in capsys.readouterr().err
    assert document(capsys, "forecast", str(path), "--steps", "130")["remaining"]["value"] == pytest.approx(100)  # type: ignore[index]


@pytest.mark.parametrize(
    ("deadline", "chance"),
    [("2026-11-24T12:30", 1.0), ("2026-11-24T12:01", 0.0), ("12:30", 1.0), ("2026-11-24T11:59", 0.0)],
)
def test_a_moment_counts_from_when_an_undated_log_was_written(
    log: Path, capsys: pytest.CaptureFixture[str], deadline: str, chance: float
) -> None:
    """nanoGPT prints no date. Its file was written at noon, 440 s of the run remain."""
    noon = datetime(2026, 11, 24, 12, 0).timestamp()
    os.utime(log, (noon, noon))
    answer = document(capsys, "forecast", str(log), "--deadline", deadline)

    assert answer["probability_by_deadline"] == pytest.approx(chance, abs=0.01)
    (note,) = [one for one in answer["findings"] if one["code"] == "deadline-from-file"]  # type: ignore[attr-defined]
    assert note["values"] == {"deadline": deadline, "when": "2026-11-24 12:00"}


def test_a_record_without_dates_has_no_moment_to_measure_from(log: Path) -> None:
    """Nobody knows when it was written; a duration is fine and needs no word."""
    (record,) = read_logs(log)

    with pytest.raises(UsageError, match="no date") as caught:
        api.forecast(record, deadline="18:00")
    assert "duration" in caught.value.hint
    assert "deadline-from-file" not in [one.code for one in api.forecast(log, deadline="5m").findings]


def test_backtest_shows_a_table(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Moments across, methods down, and the log itself."""
    assert run(["backtest", str(log)]) == 0
    shown = capsys.readouterr().out

    assert "traincast" in shown
    assert "tqdm" in shown
    assert "10 lines" in shown


def test_backtest_names_what_it_leaves_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Five lines are too few."""
    path = tmp_path / "short.log"
    path.write_text("".join(f"iter {k}: loss 3.0, time 1000.00ms, mfu 9.00%\n" for k in range(5)), encoding="utf-8")
    answer = document(capsys, "backtest", str(path))

    assert answer["replays"] == []
    assert [one["reason"] for one in answer["left_out"]] == ["5 intervals, fewer than 20"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("verb", ["read", "forecast", "backtest"])
@pytest.mark.parametrize(
    "content", [None, b"", b"\x00\x01\x02" * 1000, b"hello\n" * 50], ids=["missing", "empty", "binary", "prose"]
)
def test_bad_input_is_told_in_one_line(
    verb: str, content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, an error and a hint, no traceback."""
    path = tmp_path / "bad.log"
    if content is not None:
        path.write_bytes(content)
    assert run([verb, str(path)]) == 2
    shown = capsys.readouterr()

    assert shown.out == ""
    assert shown.err.startswith("error: ")
    assert "hint: " in shown.err
    assert len(shown.err.splitlines()) == 2


def test_before_the_first_step_the_prediction_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log that has only its header: device and workload give an answer, a wide one, and a finding says why."""
    path = tmp_path / "train.log"
    path.write_text("max_iters = 6000\nstep 0: train loss 10.9, val loss 10.9\n", encoding="utf-8")
    options = ("--on", "RTX 4070", "--workload", "gpt2", "--steps", "6000")
    answer = document(capsys, "forecast", str(path), *options)

    assert answer["steps_done"] == 0
    assert answer["prior_weight"] == 1
    assert answer["remaining"]["value"] > 0  # type: ignore[index]
    assert [one["code"] for one in answer["findings"]] == ["prior-only"]  # type: ignore[attr-defined]
    assert run(["forecast", str(path), "--steps", "6000"]) == 2
