"""Logs of the reference trainer are read back as they happened, by a clock outside the trainer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from traincast import api

ROOT = Path(__file__).parents[2]
NAMES = ("nanogpt-cpu", "nanogpt-cpu-busy", "nanogpt-cpu-killed", "nanogpt-cpu-stamped")


def truth(folder: Path, name: str) -> dict[str, Any]:
    """What was measured outside."""
    return dict(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))


def arrivals(folder: Path, name: str) -> dict[int, float]:
    """Step -> seconds at which its line arrived; of a step that ran twice the last."""
    lines = (folder / f"{name}.log").read_text(encoding="utf-8").splitlines()
    seconds = truth(folder, name)["line_seconds"]
    found = ((re.search(r"\biter (\d+):", line), at) for line, at in zip(lines, seconds, strict=True))
    return {int(match[1]): at for match, at in found if match}


@pytest.mark.parametrize("name", NAMES)
def test_log_is_known_and_its_plan_is_read(own_logs: Path, name: str) -> None:
    """nanoGPT's dialect, surely; the planned steps from the echoed settings; no line lost."""
    run = api.read(own_logs / f"{name}.log").runs[0]

    assert (run.dialect, run.unread_lines) == ("nanogpt", 0)
    assert run.confidence > 0.9
    assert run.steps.planned == truth(own_logs, name)["steps"]


@pytest.mark.parametrize("name", ["nanogpt-cpu", "nanogpt-cpu-busy"])
def test_elapsed_time_is_that_of_the_clock_outside(own_logs: Path, name: str) -> None:
    """From the header's last line to the last step, within half a percent; every step was logged."""
    run = api.read(own_logs / f"{name}.log").runs[0]
    lines = (own_logs / f"{name}.log").read_text(encoding="utf-8").splitlines()
    header = lines.index("compiling the model... (takes a ~minute)")
    steps = arrivals(own_logs, name)
    outside = max(steps.values()) - truth(own_logs, name)["line_seconds"][header]

    assert run.elapsed_seconds == pytest.approx(outside, rel=0.005)


@pytest.mark.parametrize("name", ["nanogpt-cpu", "nanogpt-cpu-busy"])
def test_typical_step_is_the_median_of_the_clock_outside(own_logs: Path, name: str) -> None:
    """Median difference of the arrivals, one percent; what waits for a core is not typical."""
    run = api.read(own_logs / f"{name}.log").runs[0]
    at = arrivals(own_logs, name)
    gaps = sorted(at[step] - at[step - 1] for step in at if step - 1 in at)

    assert run.step_time is not None
    assert run.step_time.value == pytest.approx(gaps[len(gaps) // 2], rel=0.03)


def test_prediction_on_the_probed_machine_came_true(own_logs: Path) -> None:
    """The profile was measured on the CPU that made the log: the intervals hold the step and the whole run."""
    found = api.predict(ROOT / "examples" / "gpt-cpu.toml", on=str(own_logs / "cpu-profile.json"))
    run = api.read(own_logs / "nanogpt-cpu.log").runs[0]

    assert found.step_time is not None
    assert found.total is not None
    assert run.step_time is not None
    assert found.step_time.contains(run.step_time.value)
    assert found.total.contains(truth(own_logs, "nanogpt-cpu")["wall_seconds"])
    assert (found.step_time.relative_width or 9) < 0.5


def test_killed_run_has_two_starts(own_logs: Path) -> None:
    """It died at step 230 and went on from the checkpoint of step 200."""
    run = api.read(own_logs / "nanogpt-cpu-killed.log").runs[0]

    assert run.starts == 2
    assert [phase.first_step for phase in run.phases if phase.kind == "resume"] in ([199], [200])


@pytest.mark.parametrize(("at", "tolerance"), [(240, 0.15), (300, 0.1), (350, 0.1)])
def test_forecast_after_the_resume_tells_the_end(own_logs: Path, tmp_path: Path, at: int, tolerance: float) -> None:
    """Cut after the resume, the forecast is near what the outside clock then counted, last evaluation inside.

    At step 240 the second start has logged nine lines and no evaluation to compare with.
    """
    text = (own_logs / "nanogpt-cpu-killed.log").read_text(encoding="utf-8")
    cut = text.index("\n", text.rindex(f"iter {at}:")) + 1
    part = tmp_path / "part.log"
    part.write_text(text[:cut], encoding="utf-8")
    end = truth(own_logs, "nanogpt-cpu-killed")["line_seconds"][-1]
    found = api.forecast(part)

    assert found.remaining is not None
    assert found.steps_done == at + 1
    assert found.remaining.value == pytest.approx(end - arrivals(own_logs, "nanogpt-cpu-killed")[at], rel=tolerance)
