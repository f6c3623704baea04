"""Following a growing file: every change a logger or a rotation makes, between polls that do not wait."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from traincast.errors import UnreadableError
from traincast.reading.follow import Idle, Lines, Reset, follow


def watched(path: Path, *changes: Callable[[], object]) -> list[str]:
    """What following `path` tells while the changes happen, one between two polls: lines, and resets in brackets."""
    left = list(changes)
    told: list[str] = []

    def sleep(seconds: float) -> None:
        if left:
            left.pop(0)()

    for happening in follow(path, sleep=sleep, clock=lambda: 0.0, stop=lambda: not left):
        if isinstance(happening, Lines):
            told += happening.text.splitlines()
        elif isinstance(happening, Reset):
            told.append(f"[{happening.reason}]")
    return told


def append(path: Path, text: str) -> Callable[[], object]:
    """A change that adds `text` to the file."""

    def change() -> None:
        with path.open("a", newline="") as file:
            file.write(text)

    return change


def nothing() -> None:
    """A poll in which nothing happens."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of two lines."""
    path = tmp_path / "run.log"
    path.write_text("one\ntwo\n")
    return path


def test_lines_come_when_they_are_whole(log: Path) -> None:
    """Half a line is held back until its end is written; the last one is given when the watch stops."""
    assert watched(log, append(log, "thr"), append(log, "ee\nfour\nfi"), nothing, append(log, "ve"), nothing) == [
        "one", "two", "three", "four", "five",
    ]  # fmt: skip


def test_updates_of_a_bar_come_one_by_one(log: Path) -> None:
    """Carriage returns end lines; a CR LF split between two polls makes no third line of text."""
    told = watched(log, append(log, "\r 1/9"), append(log, "\r 2/9\r"), append(log, "\n"), append(log, "end\n"))

    assert [line for line in told if line] == ["one", "two", " 1/9", " 2/9", "end"]


def test_a_truncated_file_begins_anew(log: Path) -> None:
    """Shorter than what was read."""
    assert watched(log, lambda: log.write_text("new\n"), nothing) == ["one", "two", "[truncated]", "new"]


def test_a_truncated_file_that_has_grown_past_the_old_place_is_noticed(log: Path) -> None:
    """Same inode, longer, other content."""
    told = watched(log, lambda: log.write_text("completely\nother\nlines\n"), nothing)

    assert told == ["one", "two", "[truncated]", "completely", "other", "lines"]


def test_rotation_by_renaming_loses_no_line(log: Path) -> None:
    """The writer still adds to the old file after the rename; those lines come before the new file's."""
    old = log.with_suffix(".log.1")

    def rotate() -> None:
        log.rename(old)
        log.write_text("first of new\n")

    told = watched(log, append(log, "three\n"), rotate, append(old, "late\n"), append(log, "second\n"), *[nothing] * 4)

    assert told == ["one", "two", "three", "late", "[replaced]", "first of new", "second"]


def test_rotation_by_copy_and_truncate_loses_no_line(log: Path) -> None:
    """A line written since the last poll is only in the copy."""

    def rotate() -> None:
        append(log, "unseen\n")()
        shutil.copy(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)

    assert watched(log, rotate, append(log, "new\n"), nothing) == ["one", "two", "unseen", "[truncated]", "new"]


def test_a_copy_of_another_log_is_not_taken_for_the_rest(log: Path) -> None:
    """Its content before the reading position is not ours."""
    log.with_suffix(".log.1").write_text("another\nlog of more lines\n")

    assert watched(log, lambda: os.truncate(log, 0), append(log, "new\n"), nothing) == [
        "one",
        "two",
        "[truncated]",
        "new",
    ]


def test_a_file_that_vanishes_is_waited_for(log: Path) -> None:
    """Between two steps of a rotation nothing stands at the path."""
    told = watched(log, log.unlink, nothing, lambda: log.write_text("again\n"), *[nothing] * 4)

    assert told == ["one", "two", "[replaced]", "again"]


def test_quiet_polls_are_told(log: Path) -> None:
    """So that whoever watches can refresh what it shows."""
    left = [1, 2, 3]
    told = list(follow(log, sleep=lambda _: left.pop() and None, clock=lambda: 7.0, stop=lambda: not left))

    assert told == [Lines("one\ntwo\n", 7.0), Idle(7.0), Idle(7.0)]


def test_an_empty_file_may_become_a_log(tmp_path: Path) -> None:
    """Nothing yet is no error."""
    path = tmp_path / "run.log"
    path.touch()

    assert watched(path, append(path, "one\n"), nothing) == ["one"]


def test_wide_text_is_decoded_as_it_grows(tmp_path: Path) -> None:
    """UTF-16 with a character cut between two polls."""
    path = tmp_path / "run.log"
    data = "\ufeffone\ntwé\n".encode("utf-16-le")
    path.write_bytes(data[:13])

    def rest() -> None:
        with path.open("ab") as file:
            file.write(data[13:])

    assert watched(path, rest, nothing) == ["one", "twé"]


def test_an_endless_line_is_held_in_bounded_memory(log: Path) -> None:
    """Three mebibytes without an end cost it its tail."""
    told = watched(log, *[append(log, "x" * (1 << 20))] * 3, append(log, "\nlast\n"), nothing)

    assert len(told[2]) <= (1 << 20) + 1
    assert (told[:2], told[3:]) == (["one", "two"], ["last"])


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no such file"), (b"\x1f\x8b\x08abc", "compressed"), (b"\x7fELF" + bytes(99), "a program")],
)
def test_what_cannot_grow_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    """One sentence each."""
    path = tmp_path / "run.log"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UnreadableError, match=words):
        next(follow(path))


def test_lines_are_of_the_moment_the_file_was_written(log: Path) -> None:
    """A look .2 s late tells when they were written; a clock that is 100 s ahead of the file's is not mixed with it."""
    now = [1000.0]
    told: list[Lines] = []
    changes = [lambda: wrote("three\n", 1010.0, 1010.2), lambda: wrote("four\n", 1020.0, 1120.0)]

    def wrote(text: str, at: float, seen: float) -> None:
        append(log, text)()
        os.utime(log, (at, at))
        now[0] = seen

    os.utime(log, (400.0, 400.0))
    for happening in follow(
        log, sleep=lambda _: changes.pop(0)() if changes else None, clock=lambda: now[0], stop=lambda: not changes
    ):
        told += [happening] if isinstance(happening, Lines) else []

    assert [(one.text.split()[-1], one.at) for one in told] == [("two", 400.0), ("three", 1010.0), ("four", 1120.0)]


def test_the_newest_update_of_a_bar_comes_after_a_quiet_look(log: Path) -> None:
    """It is of the moment it was written, and comes once."""
    told = watched(
        log, append(log, "\r 1/9 [00:01]"), append(log, "\r 2/9 [00:02]"), nothing, nothing, append(log, "\nend\n")
    )

    assert [line for line in told if line] == ["one", "two", " 1/9 [00:01]", " 2/9 [00:02]", "end"]
