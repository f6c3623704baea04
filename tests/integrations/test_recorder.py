"""`track` and `step`: what is written can be read, whatever the loop does, and costs little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import traincast
from traincast.errors import UsageError
from traincast.integrations import recorder
from traincast.integrations.recorder import Present, Recorder
from traincast.reading import read_logs
from traincast.runlog import RunLog


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No recorder is left from another test, and the environment names no rank."""
    for name in (*recorder.RANKS, "TRAINCAST_LOG"):
        monkeypatch.delenv(name, raising=False)
    Present.step, Present.by_path = None, {}
    yield
    Present.step, Present.by_path = None, {}


class FakeClock:
    """A clock that moves only when told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.ahead = 1.764e9
        monkeypatch.setattr(recorder, "perf_counter", lambda: self.now)
        monkeypatch.setattr(recorder, "time", lambda: self.now + self.ahead)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    return FakeClock(monkeypatch)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def only(path: Path) -> RunLog:
    (log,) = read_logs(path)
    return log


def test_items_pass_through_and_the_run_is_written(tmp_path: Path, clock: FakeClock) -> None:
    """Ten steps of 2 s: 11 rows, the plan, and an end; read back they are 10 intervals of 2 s."""
    path = tmp_path / "run.jsonl"
    seen = []
    for item in traincast.track("abcdefghij", log=path, tokens_per_step=512):
        clock.now += 2.0
        seen.append(item)

    log = only(path)
    assert seen == list("abcdefghij")
    assert [point.step for point in log.points] == list(range(11))
    assert log.facts.steps_planned == 10
    assert log.facts.tokens_per_step == 512
    assert log.finished
    assert log.clock_kind == "wall"
    assert log.points[-1].clock == pytest.approx(1.764e9 + 120.0)


def test_what_was_written_forecasts_the_rest(tmp_path: Path, clock: FakeClock) -> None:
    """After 40 of 100 steps of 3 s, 180 s remain."""
    path = tmp_path / "run.jsonl"
    for i in traincast.track(range(1000), steps=100, log=path):
        clock.now += 3.0
        if i == 40:
            break

    answer = traincast.forecast(path)

    assert answer.steps_done == 40
    assert answer.remaining.value == pytest.approx(180.0, rel=1e-6)


def test_fast_steps_share_rows(tmp_path: Path, clock: FakeClock) -> None:
    """10,000 steps of 0.1 ms are told in about 1 s / 5 ms = 200 rows, the last step among them."""
    path = tmp_path / "run.jsonl"
    for _ in traincast.track(range(10_000), log=path):
        clock.now += 1e-4

    steps = [row["step"] for row in rows(path) if "step" in row]
    assert 190 <= len(steps) <= 210
    assert steps[-1] == 10_000


def test_a_pause_shows_at_its_step_however_fast_the_loop_was(tmp_path: Path, clock: FakeClock) -> None:
    """A step of 60 s after thousands of 10 us ones has a row of its own: no stride hides it."""
    path = tmp_path / "run.jsonl"
    for i in traincast.track(range(5000), log=path):
        clock.now += 60.0 if i == 4000 else 1e-5

    elapsed = {row["step"]: row["elapsed"] for row in rows(path) if "step" in row}
    before = max(step for step in elapsed if step < 4001)
    assert elapsed[4001] - elapsed[before] == pytest.approx(60.0, abs=0.01)


def test_a_kill_loses_a_second_at_most(tmp_path: Path, clock: FakeClock) -> None:
    """Without any farewell, rows up to a second ago are on the disk, each of them whole."""
    path = tmp_path / "run.jsonl"
    loop = iter(traincast.track(range(1000), log=path))
    for _ in range(101):
        next(loop)
        clock.now += 0.1

    written = [row["step"] for row in rows(path) if "step" in row]
    assert written[-1] >= 100 - 11


def test_an_exception_passes_and_what_was_seen_is_kept(tmp_path: Path, clock: FakeClock) -> None:
    """A loop that fails ends without an end line, with its last step."""
    path = tmp_path / "run.jsonl"

    def loader() -> Iterator[int]:
        yield from range(5)
        raise ValueError("worker died")

    def train() -> None:
        for _ in traincast.track(loader(), steps=10, log=path):
            clock.now += 1.0

    with pytest.raises(ValueError, match="worker died"):
        train()

    log = only(path)
    assert log.points[-1].step == 5
    assert not log.finished


def test_a_resumed_run_is_a_second_start_of_the_same_log(tmp_path: Path, clock: FakeClock) -> None:
    """Killed after 50 steps, resumed from the checkpoint at 40: two starts, and no interval across them."""
    path = tmp_path / "run.jsonl"
    for i in traincast.track(range(100), log=path):
        clock.now += 1.0
        if i == 49:
            break
    Present.by_path = {}
    clock.now += 5000.0
    for _ in traincast.track(range(60), first=40, log=path):
        clock.now += 1.0

    log = only(path)
    assert log.points[-1].start == 1
    assert log.points[-1].step == 100
    assert log.finished
    assert traincast.read(log).runs[0].step_time.value == pytest.approx(1.0)


def test_a_loop_an_epoch_goes_on_counting(tmp_path: Path, clock: FakeClock) -> None:
    """Three epochs over a loader of 20 batches with the plan given: 60 steps, one end."""
    path = tmp_path / "run.jsonl"
    for _ in range(3):
        for _ in traincast.track(range(20), steps=60, log=path):
            clock.now += 1.0

    log = only(path)
    assert log.points[-1].step == 60
    assert [event.kind for event in log.events] == ["start", "end"]


def test_without_a_plan_each_epoch_makes_it_longer(tmp_path: Path, clock: FakeClock) -> None:
    """Two epochs of 20 batches, nobody says how many: the plan is 20, then 40."""
    path = tmp_path / "run.jsonl"
    for _ in range(2):
        for _ in traincast.track(range(20), log=path):
            clock.now += 1.0

    assert [row["steps_planned"] for row in rows(path) if "steps_planned" in row] == [20, 40]


def test_step_counts_optimizer_steps_inside_a_loop_of_batches(tmp_path: Path, clock: FakeClock) -> None:
    """Forty batches, a step each four: ten steps are told, of 4 s each."""
    path = tmp_path / "run.jsonl"
    for i in traincast.track(range(40), steps=10, log=path):
        clock.now += 0.75
        if i % 4 == 3:
            with traincast.step():
                clock.now += 1.0

    log = only(path)
    assert log.points[-1].step == 10
    first, last = (
        next(one for one in log.points if one.step == k and one.start == log.points[-1].start) for k in (1, 10)
    )
    assert last.clock - first.clock == pytest.approx(9 * 4.0)
    assert log.finished


def test_step_alone_tells_steps_from_what_lies_between(tmp_path: Path, clock: FakeClock) -> None:
    """Steps of 2 s with 5 s of evaluation after each tenth: the printed step time is 2 s, the clock holds both."""
    path = tmp_path / "run.jsonl"
    for i in range(30):
        with traincast.step(steps=300, log=path):
            clock.now += 2.0
        if i % 10 == 9:
            clock.now += 5.0

    log = only(path)
    assert {point.step_seconds for point in log.points[1:]} == {2.0}
    assert log.points[-1].clock - log.points[0].clock == pytest.approx(30 * 2.0 + 2 * 5.0)


def test_a_failed_step_is_not_counted(tmp_path: Path, clock: FakeClock) -> None:
    """A step that raises did not happen."""
    path = tmp_path / "run.jsonl"
    with pytest.raises(ZeroDivisionError), traincast.step(log=path):
        raise ZeroDivisionError

    assert traincast.step().recorder.count == 0


def test_the_device_waits_only_when_asked(clock: FakeClock, tmp_path: Path) -> None:
    """`sync` is called for each row and by nothing else."""
    calls: list[int] = []
    for _ in traincast.track(range(5), log=tmp_path / "a.jsonl", sync=lambda: calls.append(1)):
        clock.now += 1.0

    assert len(calls) == 6


def test_a_suspended_machine_shows_as_a_gap(tmp_path: Path, clock: FakeClock) -> None:
    """The monotonic clock stands still while the machine sleeps for an hour; the written time does not."""
    path = tmp_path / "run.jsonl"
    for i in traincast.track(range(20), log=path):
        clock.now += 2.0
        if i == 10:
            clock.ahead += 3600.0

    log = only(path)
    assert log.points[-1].clock - log.points[0].clock == pytest.approx(3640.0)


def test_other_ranks_write_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several processes of a run, rank 0 alone records."""
    monkeypatch.setenv("RANK", "3")
    for _ in traincast.track(range(5), log=tmp_path / "run.jsonl", progress=True):
        pass

    assert not (tmp_path / "run.jsonl").exists()


def test_a_torn_line_of_another_program_is_closed_first(tmp_path: Path, clock: FakeClock) -> None:
    """What is appended after half a line begins on a line of its own."""
    path = tmp_path / "run.jsonl"
    path.write_text('{"step":3,"ti')
    for _ in traincast.track(range(3), log=path):
        clock.now += 1.0

    assert path.read_text().split("\n")[1].startswith('{"schema"')


def test_a_full_disk_does_not_end_the_training(capsys: pytest.CaptureFixture[str]) -> None:
    """Writing fails once, is said once, and the loop goes on."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")

    assert list(traincast.track(range(5), log="/dev/full")) == list(range(5))
    assert capsys.readouterr().err.count("no longer recorded") == 1


def test_a_path_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """It is said at the start, with the reason."""
    with pytest.raises(UsageError, match="cannot write"):
        traincast.track([1], log=tmp_path / "missing" / "run.jsonl")


def test_an_unknown_fact_is_a_usage_error(tmp_path: Path) -> None:
    """`batchsize=` is no field of Facts."""
    with pytest.raises(UsageError, match="batchsize"):
        traincast.track([1], log=tmp_path / "run.jsonl", batchsize=3)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_worker_writes_nothing(tmp_path: Path) -> None:
    """A child that inherits the recorder (a data loader's worker) does not write its rows a second time."""
    path = tmp_path / "run.jsonl"
    code = (
        "import os, traincast\n"
        f"for i in traincast.track(range(4), log={str(path)!r}):\n"
        "    if i == 2 and os.fork() == 0:\n"
        "        raise SystemExit\n"
        "os.wait()\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=30)

    assert [row["step"] for row in rows(path) if "step" in row].count(4) == 1


def test_importing_the_recorder_imports_no_framework_and_no_records() -> None:
    """A training script pays for the standard library alone."""
    code = (
        "import sys, traincast; traincast.track; "
        "print([m for m in ('torch', 'numpy', 'msgspec', 'rich', 'click') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert done.stdout.strip() == "[]"


def test_nothing_is_kept_without_a_log_or_a_terminal() -> None:
    """A loop that is neither written nor shown holds no rows."""
    watcher = Recorder(progress=False)
    assert sum(1 for _ in watcher.over(range(1000))) == 1000
    assert watcher.due == float("inf")
