"""New findings are told once: said, rung, and given to the user's command in its environment."""

from __future__ import annotations

from pathlib import Path

from traincast.findings import Finding, finding
from traincast.live.alarms import Alarms


def slowdown(step: int) -> Finding:
    return finding("slowdown", step=str(step), before="1.00 s", after="2.00 s", score="9")


def test_a_finding_is_told_once_and_its_like_at_another_step_again() -> None:
    """The same slowdown comes with every answer; a second one has another step."""
    said: list[Finding] = []
    alarms = Alarms(say=said.append)
    for _ in range(3):
        alarms.take([slowdown(10)])
    alarms.take([slowdown(10), slowdown(50)])

    assert [one.values["step"] for one in said] == ["10", "50"]


def test_a_condition_that_comes_back_is_told_again() -> None:
    """Quiet, then running, then quiet: two alarms."""
    said: list[Finding] = []
    alarms = Alarms(say=said.append)
    quiet = finding("quiet", unit="step", silence="5 min", usual="2 s")
    alarms.take([quiet])
    alarms.again("quiet")
    alarms.take([quiet])

    assert len(said) == 2


def test_the_users_command_sees_the_finding_in_its_environment(tmp_path: Path) -> None:
    """Text of a log is never part of the command: a message with shell syntax stays text."""
    file = tmp_path / "told"
    alarms = Alarms(
        command=f'printf "%s|%s|%s\\n" "$TRAINCAST_CODE" "$TRAINCAST_SEVERITY" "$TRAINCAST_MESSAGE" >> {file}'
    )
    evil = finding("plan-unknown", units="$(touch pwned); `id` '")
    alarms.take([evil])
    alarms.close()

    assert file.read_text() == f"plan-unknown|warning|{evil.message}\n"


def test_what_is_only_worth_knowing_runs_no_command(tmp_path: Path) -> None:
    """Infos are said; the end of the run is the one that is also told to the command."""
    file = tmp_path / "told"
    alarms = Alarms(command=f'echo "$TRAINCAST_CODE" >> {file}')
    alarms.take([finding("training-clock", basis="clock"), finding("run-over", steps="10")])
    alarms.close()

    assert file.read_text() == "run-over\n"


def test_a_command_that_hangs_holds_nothing_up(tmp_path: Path) -> None:
    """Four at a time, and closing waits only a moment."""
    alarms = Alarms(command="exec sleep 20")
    alarms.take([slowdown(i) for i in range(10)])
    running = list(alarms._running)
    alarms.close(patience=0.01)

    assert len(running) == 4
    for one in running:
        one.kill()
        one.wait()
