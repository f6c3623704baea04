"""`traincast watch` from outside: a log that grows, a pipe, a command, and what goes wrong."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TRAINCAST = [sys.executable, "-m", "traincast"]
TRAINER = """
import sys, time
steps, seconds = int(sys.argv[1]), float(sys.argv[2])
print("max_iters =", steps)
print("eval_interval = 20", flush=True)
for i in range(steps):
    time.sleep(seconds)
    if i % 20 == 0:
        time.sleep(2 * seconds)
        print(f"step {i}: train loss 2.0, val loss 2.0")
    print(f"iter {i}: loss {3 - i * 1e-3:.4f}, time {seconds * 1e3:.2f}ms, mfu 12.00%", flush=True)
"""


@pytest.fixture
def trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A program that logs as nanoGPT does, without a clock."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "train.py"
    path.write_text(TRAINER)
    return [sys.executable, str(path)]


def run(*arguments: str, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    given = {"stdin": subprocess.DEVNULL} if stdin is None else {"input": stdin}
    done = subprocess.run([*TRAINCAST, *arguments], capture_output=True, timeout=60, **given)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def documents(text: str) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in text.splitlines()]


def log_of(steps: int, planned: int) -> str:
    lines = [f"iter {i}: loss 2.0, time 2000.00ms, mfu 12.00%\n" for i in range(steps)]
    return f"max_iters = {planned}\n" + "".join(lines)


def test_a_commands_output_passes_unchanged_and_its_status_with_it(trainer: list[str]) -> None:
    """Byte for byte what the command wrote by itself; what watch says is on standard error."""
    alone = subprocess.run([*trainer, "25", "0.001"], capture_output=True, text=True, check=True)
    done = run("watch", "--every", "0.1s", "--", *trainer, "25", "0.001")

    assert done.returncode == 0
    assert done.stdout == alone.stdout
    assert "25 of 25 steps, over" in done.stderr


def test_a_forecast_of_a_command_comes_early_and_holds_the_end(trainer: list[str]) -> None:
    """Within ten steps after the first there is an end in sight, from a log that prints no clock; most ends hold."""
    began = time.time()
    done = run("watch", "--json", "--every", "0.1s", "--", *trainer, "150", "0.02")
    told = documents(done.stdout)
    ended = time.time()

    first = next(one for one in told if one["remaining"])
    assert first["steps_done"] <= 25
    assert told[-1]["state"] == "over"
    assert told[-1]["exit_status"] == 0
    assert told[-1]["total"]["value"] == pytest.approx(150 * 0.0205 + 8 * 0.04, rel=0.3)
    assert ended - began < 30


@pytest.mark.parametrize("status", [1, 7])
def test_a_command_that_fails_is_told_and_its_status_kept(status: int) -> None:
    """The finding names the status."""
    done = run("watch", "--", sys.executable, "-c", f"print('no step'); raise SystemExit({status})")

    assert done.returncode == status
    assert f"status {status}" in done.stderr
    assert done.stdout == "no step\n"


def test_a_finished_log_is_told_and_left(tmp_path: Path) -> None:
    """A log that is complete already ends the watch with 0."""
    path = tmp_path / "run.log"
    path.write_text(log_of(50, 50))
    done = run("watch", str(path), "--json")

    assert done.returncode == 0
    assert documents(done.stdout)[-1]["state"] == "over"
    assert documents(done.stdout)[-1]["remaining"]["value"] == 0


def test_a_growing_log_is_followed_to_its_end(tmp_path: Path, trainer: list[str]) -> None:
    """Nothing but reading happens to the log, and the watch ends by itself."""
    path = tmp_path / "run.log"
    with path.open("w") as file:
        writer = subprocess.Popen([*trainer, "60", "0.01"], stdout=file)
        while not path.stat().st_size:
            time.sleep(0.01)
        done = run("watch", str(path), "--json", "--every", "0.1s")
        writer.wait()

    told = documents(done.stdout)
    assert done.returncode == 0
    assert told[-1]["steps_done"] == 60
    assert len(told) > 2


def test_a_log_that_stops_growing_ends_the_watch_where_asked(tmp_path: Path) -> None:
    """--idle: exit status 1, because the run was not over."""
    path = tmp_path / "run.log"
    path.write_text(log_of(50, 100))
    done = run("watch", str(path), "--idle", "0.3s", "--json")

    assert done.returncode == 1
    assert documents(done.stdout)[-1]["state"] == "left"
    assert documents(done.stdout)[-1]["remaining"]["value"] == pytest.approx(100, rel=0.05)


def test_a_missed_deadline_is_an_alarm(tmp_path: Path) -> None:
    """The command of --on-finding runs, the exit status is 1."""
    path, told = tmp_path / "run.log", tmp_path / "told"
    path.write_text(log_of(50, 100))
    done = run(
        "watch", str(path), "--deadline", "1s", "--until", "1.5s", "--every", "0.2s", "--on-finding",
        f'echo "$TRAINCAST_CODE" >> {told}',
    )  # fmt: skip

    assert done.returncode == 1
    assert "deadline-missed" in told.read_text().split()


def test_a_pipe_is_watched_to_its_end() -> None:
    """All lines at once: the run is over."""
    done = run("watch", "-", "--json", stdin=log_of(80, 80).encode())

    assert done.returncode == 0
    assert documents(done.stdout)[-1]["steps_done"] == 80


def test_a_log_without_a_plan_asks_for_steps() -> None:
    """The finding names the option, which then gives an end."""
    text = log_of(30, 1).split("\n", 1)[1].encode()
    without = run("watch", "-", stdin=text)
    given = run("watch", "-", "--steps", "60", "--json", stdin=text)

    assert "plan-unknown" in without.stderr
    assert documents(given.stdout)[-1]["remaining"]["value"] == pytest.approx(60, rel=0.05)


def test_a_metrics_file_is_read_again_as_it_changes(tmp_path: Path) -> None:
    """JSON lines have no dialect; they are watched all the same."""
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f'{{"step": {i}, "loss": 2.0, "elapsed": {3.0 * i}}}\n' for i in range(40)))
    done = run("watch", str(path), "--steps", "100", "--idle", "0.5s", "--json")

    last = documents(done.stdout)[-1]
    assert last["dialect"] == "jsonl"
    assert last["remaining"]["value"] == pytest.approx(60 * 3.0, rel=0.1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "needs a log"),
        (["run.log", "--", "true"], "needs a log"),
        (["--"], "no command"),
        (["no/such.log"], "no such file"),
        (["--", "no-such-command-at-all"], "no such command"),
        (["-", "--deadline", "tomorrowish"], "neither a time nor a duration"),
        (["-", "--idle", "soon"], "not a duration"),
        (["-", "--dialect", "nanogtp"], "no dialect is called"),
    ],
)
def test_mistakes_are_told_in_a_line_and_a_hint(arguments: list[str], words: str) -> None:
    """Exit status 2, no traceback."""
    done = run("watch", *arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert "hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_killed_watcher_goes_on_where_it_was(tmp_path: Path, trainer: list[str]) -> None:
    """kill -9 while a log is rotated; the next watcher knows the plan, which only the rotated part tells."""
    path = tmp_path / "run.log"
    text = log_of(100, 400).splitlines(keepends=True)
    path.write_text("".join(text[:50]))
    first = subprocess.Popen(
        [*TRAINCAST, "watch", str(path), "--json", "--every", "0.1s"], stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    assert json.loads(first.stdout.readline())["steps_total"] == 400
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stdout.close()
    path.rename(tmp_path / "run.log.1")
    path.write_text("".join(text[50:]))

    last = documents(run("watch", str(path), "--json", "--idle", "0.3s").stdout)[-1]
    assert last["steps_total"] == 400
    assert last["steps_done"] == 100
    assert last["lines"] == 101


def test_an_interrupted_watch_ends_with_130(tmp_path: Path) -> None:
    """Ctrl-C on a log that is not over."""
    path = tmp_path / "run.log"
    path.write_text(log_of(50, 100))
    words = [*TRAINCAST, "watch", str(path), "--json"]
    watcher = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert watcher.stdout is not None
    watcher.stdout.readline()
    watcher.send_signal(signal.SIGINT)
    _, error = watcher.communicate(timeout=30)

    assert watcher.returncode == 130
    assert b"Traceback" not in error


def test_a_recorded_pipe_goes_on_after_a_kill(tmp_path: Path) -> None:
    """With --record what came before the kill is known to the next watcher."""
    record = tmp_path / "seen.log"
    lines = log_of(60, 200).encode().splitlines(keepends=True)
    run("watch", "-", "--record", str(record), stdin=b"".join(lines[:31]))
    done = run("watch", "-", "--record", str(record), "--json", stdin=b"".join(lines[31:]))

    last = documents(done.stdout)[-1]
    assert (last["steps_done"], last["steps_total"], last["lines"]) == (60, 200, 61)


def test_a_closed_reader_of_the_output_ends_the_command() -> None:
    """`traincast watch -- CMD | head -1` does not run on for ever."""
    words = [*TRAINCAST, "watch", "-q", "--", sys.executable, "-u", "-c", "while True: print('x' * 50)"]
    watcher = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert watcher.stdout is not None
    os.read(watcher.stdout.fileno(), 100)
    watcher.stdout.close()

    assert watcher.wait(timeout=30) != 0
