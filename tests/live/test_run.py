"""A command under a pseudo-terminal: bytes, status, signals and children are what they would be without one."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from traincast.errors import UsageError
from traincast.live.halt import halt
from traincast.live.processes import descendants, stat
from traincast.live.run import Command, alive, terminal_pair, write_all


def command(code: str, **options: bool) -> Command:
    """A Python program as a command."""
    return Command([sys.executable, "-c", code], **options)


def descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


def gather(running: Command, *, until: str = "", limit: float = 20.0) -> dict[int, bytes]:
    """What it writes by channel, to its end or until `until` is there."""
    told = {1: b"", 2: b""}
    stop = time.monotonic() + limit
    while not running.over and time.monotonic() < stop:
        for output in running.poll(0.05):
            told[output.channel] += output.content
        if until and until.encode() in told[1]:
            break
    return told


def test_bytes_come_through_unchanged() -> None:
    """Line feeds, carriage returns, escapes, NUL and bytes beyond ASCII are what was written."""
    content = b"one\ntwo\r\n\x1b[31mred\x1b[0m\rbar 10%\r\0\xff\xfe\xc3\xa9 no end"
    with command(f"import sys; sys.stdout.buffer.write({content!r})") as running:
        assert gather(running)[1] == content


def test_a_large_output_is_complete() -> None:
    """Three megabytes pass through the small buffer of a terminal."""
    with command(
        "print('x' * 99 + '\\n', end='', flush=True) if 0 else [print('x' * 99) for _ in range(30000)]"
    ) as running:
        assert gather(running)[1] == (b"x" * 99 + b"\n") * 30000


@pytest.mark.parametrize("status", [0, 1, 3, 255])
def test_the_exit_status_is_that_of_the_command(status: int) -> None:
    """What the command says at its end is told."""
    with command(f"raise SystemExit({status})") as running:
        gather(running)
        assert running.status == status


def test_a_command_killed_by_a_signal_has_the_status_of_a_shell() -> None:
    """128 + 9 after SIGKILL."""
    with command("import os; os.kill(os.getpid(), 9)") as running:
        gather(running)
        assert running.status == 137


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_that_comes_here_goes_to_the_command(name: str) -> None:
    """The command's own handler sees it, and this process lives on."""
    number = getattr(signal, name)
    code = (
        "import signal, sys\n"
        "def seen(number, frame):\n"
        "    print('got', number); sys.exit(7)\n"
        f"signal.signal({int(number)}, seen)\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()"
    )
    with command(code) as running:
        gather(running, until="ready")
        os.kill(os.getpid(), number)
        assert f"got {int(number)}".encode() in gather(running)[1]
        assert running.status == 7


def test_it_sees_a_terminal_of_the_size_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns and lines are handed on, less the lines that are kept, and again when they change."""
    monkeypatch.setenv("COLUMNS", "91")
    monkeypatch.setenv("LINES", "33")
    code = (
        "import os, signal, time\n"
        "print(os.isatty(1), *os.get_terminal_size(1), flush=True)\n"
        "seen = []\n"
        "signal.signal(signal.SIGWINCH, lambda *a: seen.append(1))\n"
        "print('ready', flush=True)\n"
        "while not seen: time.sleep(0.005)\n"
        "print(*os.get_terminal_size(1))"
    )
    with Command([sys.executable, "-c", code], reserved_lines=3) as running:
        first = gather(running, until="ready")[1]
        monkeypatch.setenv("COLUMNS", "50")
        os.kill(os.getpid(), signal.SIGWINCH)
        rest = gather(running)[1]

    assert first.startswith(b"True 91 30\n")
    assert rest.endswith(b"50 30\n")


def test_standard_error_can_be_told_apart() -> None:
    """Two channels, no terminal for the second."""
    code = "import os, sys; print('out'); print('err', os.isatty(2), file=sys.stderr)"
    with command(code, separate_error=True) as running:
        assert gather(running) == {1: b"out\n", 2: b"err False\n"}


@pytest.mark.parametrize("arguments", [["no-such-command-here"], ["/"], [""]])
def test_what_cannot_be_run_is_a_usage_error(arguments: list[str]) -> None:
    """One line says what, and nothing is left open."""
    before = descriptors()
    with pytest.raises(UsageError, match="cannot run"):
        Command(arguments)

    assert descriptors() == before


def test_the_end_is_seen_though_a_child_holds_the_terminal_open() -> None:
    """A daemon that keeps standard output does not keep the watcher."""
    code = "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(30)\nprint('done', flush=True)"
    with command(code) as running:
        began = time.monotonic()
        family = descendants(running.process.pid)
        assert b"done" in gather(running)[1]
        family |= descendants(running.process.pid)
        assert time.monotonic() - began < 10
        assert running.status == 0
        halt(running)


FORKS = """
import os, signal, sys, time
{setting}
kind = {kind!r}
if os.fork() == 0:
    if kind == "session":
        os.setsid()
    {setting}
    print("child", os.getpid(), flush=True)
    time.sleep(60)
time.sleep(0.05)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("kind", ["group", "session"])
@pytest.mark.parametrize("deaf", [False, True])
def test_stopping_leaves_no_child_behind(kind: str, deaf: bool) -> None:
    """Children in the group and in sessions of their own end with the command, deaf to SIGINT and SIGTERM or not."""
    ignore = "signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    with command(FORKS.format(kind=kind, setting=ignore if deaf else "")) as running:
        told = gather(running, until="ready")[1]
        child = int(told.split(b"child ")[1].split()[0])
        halted = halt(running, asked=0.3, told=0.3)

    found = stat(child)
    assert halted.left == 0
    assert found is None or not found.lives
    assert not alive(running.group)
    assert halted.by == ("SIGKILL" if deaf else "SIGTERM" if kind == "session" else "SIGINT")


def test_stopping_asks_first_and_waits_for_the_last_words() -> None:
    """A trainer that saves on SIGINT gets to do so."""
    code = (
        "import signal, time\n"
        "try:\n    print('ready', flush=True); signal.pause()\n"
        "except KeyboardInterrupt:\n    time.sleep(0.05); print('saved'); raise SystemExit(5)"
    )
    last = b""

    def take(output: object) -> None:
        nonlocal last
        last += output.content  # type: ignore[attr-defined]

    with command(code) as running:
        gather(running, until="ready")
        halted = halt(running, taken=take)
        assert running.status == 5

    assert halted.by == "SIGINT"
    assert b"saved" in last


def test_a_stopped_command_takes_no_other_process_with_it() -> None:
    """A second command, in a group of its own, lives on."""
    code = "import time; print('ready', flush=True); time.sleep(60)"
    with command(code) as other, command(code) as running:
        gather(other, until="ready")
        gather(running, until="ready")
        halt(running)
        assert other.process.poll() is None
        halt(other)


def test_a_reader_that_went_away_is_noticed() -> None:
    """Writing to a closed pipe says so and raises nothing."""
    read, write = os.pipe()
    os.close(read)
    assert not write_all(write, b"x")
    os.close(write)


def test_nothing_stays_open(tmp_path: Path) -> None:
    """Twenty commands leave as many descriptors as there were."""
    before = descriptors()
    for _ in range(5):
        with command("print(1)") as running:
            gather(running)
    master, slave = terminal_pair()
    os.close(master)
    os.close(slave)

    assert descriptors() == before
