"""`traincast rehearse` from outside: it stops by itself, leaves nothing behind, and says what went wrong."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from traincast.live.processes import stat

TRAINCAST = [sys.executable, "-m", "traincast"]
TRAINER = """
import os, signal, sys, time
{setting}
steps, seconds = int(sys.argv[1]), float(sys.argv[2])
out = open(sys.argv[3], "a", buffering=1) if len(sys.argv) > 3 else sys.stdout
print("max_iters =", steps, file=out)
print("eval_interval = 20", file=out, flush=True)
for i in range(steps):
    time.sleep(seconds)
    if i % 20 == 0:
        time.sleep(2 * seconds)
        print(f"step {{i}}: train loss 2.0, val loss 2.0", file=out)
    print(f"iter {{i}}: loss {{3 - i * 1e-3:.4f}}, time {{seconds * 1e3:.2f}}ms", file=out, flush=True)
"""


NO_PLAN = """
import time
for i in range(500):
    print(f"iter {i}: loss 2.0, time 5.00ms", flush=True)
    time.sleep(0.01)
"""


@pytest.fixture
def trainer(tmp_path: Path) -> list[str]:
    return program(tmp_path)


def program(folder: Path, setting: str = "") -> list[str]:
    """A trainer with one more line of code at its start."""
    path = folder / "train.py"
    path.write_text(TRAINER.format(setting=setting))
    return [sys.executable, str(path)]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TRAINCAST, "rehearse", *arguments], capture_output=True, text=True, timeout=60)


MEASURED = """
import atexit
begun = time.monotonic()
atexit.register(lambda: open({path!r}, "w").write(f"{{i + 1}} {{time.monotonic() - begun}}"))
"""
"""notes how many steps were begun and the seconds they took"""


def test_it_stops_when_it_is_sure_and_tells_the_full_run(tmp_path: Path) -> None:
    """20,000 steps of 10 ms or more, and an evaluation of two steps each twentieth, told after a few of them: at the
    pace that the trainer itself measured, since a machine that others use sleeps longer.

    The stop asks for half of the total in this run; .12 either side, by which two runs differ, make it .55.
    """
    began, note = time.monotonic(), tmp_path / "pace"
    trainer = program(tmp_path, MEASURED.format(path=str(note)))
    done = run("--sure", "50%", "--json", "--", *trainer, "20000", "0.01")
    answer = json.loads(done.stdout)
    steps, seconds = map(float, note.read_text().split())

    assert done.returncode == 0
    assert time.monotonic() - began < 30
    assert answer["schema"] == "traincast.rehearse/1"
    assert answer["stopped_because"] == "sure"
    assert answer["stopped_by"] == "SIGINT"
    assert answer["steps_total"] == 20000
    assert answer["total"]["value"] == pytest.approx(20000 * seconds / steps, rel=0.2)
    assert answer["total"]["high"] - answer["total"]["low"] <= 0.6 * answer["total"]["value"]
    assert answer["evaluation_known"]


def test_a_short_run_that_ends_by_itself_is_told_whole(trainer: list[str]) -> None:
    """Nothing remains; the time is what it took."""
    done = run("--sure", "0.1%", "--json", "--", *trainer, "30", "0.005")
    answer = json.loads(done.stdout)

    assert done.returncode == 0
    assert answer["stopped_because"] == "ended"
    assert answer["stopped_by"] == "nothing"
    assert answer["exit_status"] == 0
    assert answer["remaining"]["value"] == 0


def test_a_run_that_is_over_is_left_to_end_by_itself(tmp_path: Path) -> None:
    """Its last step is done and it saves for a second: nothing remains to be sure of, so it is not stopped there."""
    closes = program(tmp_path, "import atexit; atexit.register(time.sleep, 1)")
    answer = json.loads(run("--sure", "0.1%", "--json", "--", *closes, "30", "0.005").stdout)

    assert (answer["stopped_because"], answer["stopped_by"], answer["exit_status"]) == ("ended", "nothing", 0)


def test_the_budget_ends_it(trainer: list[str]) -> None:
    """Never sure enough: stopped after the budget, with what is known and a finding that says so."""
    done = run("--sure", "0.01%", "--budget", "1.5s", "--json", "--", *trainer, "20000", "0.01")
    answer = json.loads(done.stdout)

    assert done.returncode == 0
    assert answer["stopped_because"] == "budget"
    assert 1.4 < answer["rehearsed_seconds"] < 10
    assert "not-narrow" in [found["code"] for found in answer["findings"]]


def test_the_log_file_of_the_command_is_followed(trainer: list[str], tmp_path: Path) -> None:
    """What an earlier run left in the file is no part of it."""
    log = tmp_path / "out.log"
    log.write_text("max_iters = 77\n" + "".join(f"iter {i}: loss 2.0, time 900.00ms\n" for i in range(50)))
    done = run("--sure", "90%", "--json", "--log", str(log), "--", *trainer, "20000", "0.01", str(log))
    answer = json.loads(done.stdout)

    assert done.returncode == 0
    assert answer["steps_total"] == 20000
    assert answer["step_time"]["value"] < 0.1


def test_children_are_not_left_behind(tmp_path: Path) -> None:
    """Workers in the group and in a session of their own end with the command."""
    pids = tmp_path / "pids"
    setting = (
        "for own in (False, True):\n"
        "    if os.fork() == 0:\n"
        "        if own: os.setsid()\n"
        "        signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        f"        open({str(pids)!r}, 'a').write(str(os.getpid()) + '\\n'); time.sleep(60); os._exit(0)\n"
    )
    words = program(tmp_path, setting)
    done = run("--sure", "90%", "--patience", "0.5s", "-q", "--", *words, "20000", "0.01")

    assert done.returncode == 0
    children = [int(pid) for pid in pids.read_text().split()]
    assert len(children) == 2
    assert [pid for pid in children if (found := stat(pid)) is not None and found.lives] == []


def test_a_command_that_ignores_signals_is_killed(tmp_path: Path) -> None:
    """SIGINT, SIGTERM, then SIGKILL, each after its time."""
    deaf = "signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    done = run("--sure", "90%", "--patience", "0.2s", "--json", "--", *program(tmp_path, deaf), "20000", "0.01")
    answer = json.loads(done.stdout)

    assert answer["stopped_by"] == "SIGKILL"
    assert answer["exit_status"] == 137


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("pass", 2, "wrote nothing"),
        ("raise SystemExit(3)", 3, "status 3"),
        ("print('hello')", 2, "no step line"),
        ("print('hello'); raise SystemExit(4)", 4, "status 4"),
        ("import os; os.kill(os.getpid(), 11)", 139, "status 139"),
        ("import time; time.sleep(60)", 2, "wrote nothing and was stopped"),
        (NO_PLAN, 2, "does not say how many"),
    ],
)
def test_a_command_that_tells_nothing_is_told_of(code: str, status: int, words: str) -> None:
    """A line that says what happened, the command's own status where it failed, and no traceback."""
    done = run("--budget", "1s", "-q", "--", sys.executable, "-c", code)

    assert done.returncode == status
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "needs a command"),
        (["--"], "no command"),
        (["--sure", "no", "--", "true"], "no share"),
        (["--", "nix-da"], "no such"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments: list[str], words: str) -> None:
    """Exit status 2."""
    done = run(*arguments)

    assert done.returncode == 2
    assert words in done.stderr


def test_an_interrupted_rehearsal_stops_its_command(trainer: list[str], tmp_path: Path) -> None:
    """Ctrl-C reaches the command, which is gone when the rehearsal is; status 130."""
    pid = tmp_path / "pid"
    words = program(tmp_path, f"open({str(pid)!r}, 'w').write(str(os.getpid()))")
    rehearsal = subprocess.Popen(
        [*TRAINCAST, "rehearse", "-q", "--sure", "0.001%", "--", *words, "20000", "0.01"], stderr=subprocess.PIPE
    )
    until = time.monotonic() + 30
    while not (pid.exists() and pid.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(0.3)
    rehearsal.send_signal(signal.SIGINT)
    _, error = rehearsal.communicate(timeout=30)
    found = stat(int(pid.read_text()))

    assert rehearsal.returncode == 130
    assert b"Traceback" not in error
    assert found is None or not found.lives
