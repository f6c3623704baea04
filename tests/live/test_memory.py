"""What a killed watcher finds again: earlier parts of a rotated log, and what came through a pipe."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from traincast.live.memory import OLDEST, Memory, Record


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "logs" / "run.log"
    path.parent.mkdir()
    path.write_text("first part\n" * 3)
    return path


class Watcher(Memory):
    """A memory that opens the log for each question."""

    def __init__(self, log: Path, folder: Path) -> None:
        super().__init__(log, folder=folder)

    def see(self) -> None:
        with self.log.open("rb") as file:
            self.note(file.fileno())

    def before(self) -> tuple[list[Path], int]:
        with self.log.open("rb") as file:
            return self.earlier(file.fileno())


def memory(log: Path) -> Watcher:
    return Watcher(log, log.parent.parent / "cache")


def rotate(log: Path, text: str, *, copy: bool = False) -> None:
    """As logrotate does it: numbers move up, then a new file, or a copy and a truncation."""
    for number in (3, 2, 1):
        old = log.with_name(f"run.log.{number}")
        if old.exists():
            old.rename(log.with_name(f"run.log.{number + 1}"))
    if copy:
        shutil.copy(log, log.with_name("run.log.1"))
    else:
        log.rename(log.with_name("run.log.1"))
    log.write_text(text)


def test_one_file_needs_no_memory(log: Path) -> None:
    """It is read again from its start."""
    memory(log).see()

    assert memory(log).before() == ([], 0)


@pytest.mark.parametrize("copy", [False, True])
def test_a_rotated_part_is_found_again(log: Path, copy: bool) -> None:
    """Renamed or copied, the part that was seen comes before the present one."""
    watcher = memory(log)
    watcher.see()
    rotate(log, "second part\n", copy=copy)
    watcher.see()

    assert memory(log).before() == ([log.with_name("run.log.1")], 0)


def test_rotations_while_nobody_watched_are_found(log: Path) -> None:
    """Three rotations between kill and restart: all parts since the one that was seen, oldest first."""
    memory(log).see()
    for i, text in enumerate(("second\n", "third\n", "fourth\n")):
        rotate(log, text)
        os.utime(log, (2e9 + i, 2e9 + i))

    names = [path.name for path in memory(log).before()[0]]
    assert names == ["run.log.3", "run.log.2", "run.log.1"]


def test_a_part_that_is_gone_is_told(log: Path) -> None:
    """Deleted is deleted; the number of lost parts says so."""
    watcher = memory(log)
    watcher.see()
    rotate(log, "second part\n")
    watcher.see()
    log.with_name("run.log.1").unlink()

    assert memory(log).before() == ([], 1)


def test_files_that_are_no_part_are_left_alone(log: Path) -> None:
    """An older rotation of another run and a file with a like name were never seen."""
    log.with_name("run.log.9").write_text("another run\n")
    log.with_name("run.logic").write_text("first part\n" * 2)
    watcher = memory(log)
    watcher.see()
    rotate(log, "second part\n")
    watcher.see()

    assert memory(log).before() == ([log.with_name("run.log.1")], 0)


def test_what_is_torn_or_old_is_forgotten(log: Path) -> None:
    """A damaged memory is none, and so is one of another month."""
    watcher = memory(log)
    watcher.see()
    watcher.file.write_text('{"path": "x", "pa')
    assert memory(log).known.parts == []
    watcher._save()
    os.utime(watcher.file, (1.0, 1.0))
    assert memory(log).known.parts == []
    assert OLDEST > 86400


def test_a_growing_head_is_the_same_part(log: Path) -> None:
    """The file is known by its first bytes, which may still be few."""
    watcher = memory(log)
    watcher.see()
    with log.open("a") as file:
        file.write("more\n" * 2000)
    watcher.see()

    assert len(memory(log).known.parts) == 1


def test_without_a_cache_folder_nothing_breaks(log: Path) -> None:
    """A place that cannot be written keeps nothing."""
    watcher = Watcher(log, Path("/dev/null"))
    watcher.see()

    assert watcher.before() == ([], 0)


def test_the_log_is_never_written(log: Path) -> None:
    """Not a byte, not a time."""
    before = log.read_bytes(), log.stat().st_mtime_ns
    watcher = memory(log)
    watcher.see()
    watcher.before()
    watcher.forget()

    assert (log.read_bytes(), log.stat().st_mtime_ns) == before
    assert sorted(path.name for path in log.parent.iterdir()) == ["run.log"]


def test_a_record_gives_lines_and_moments_back(tmp_path: Path) -> None:
    """What was appended is what the next watcher reads, a torn last line left out."""
    record = Record(tmp_path / "a" / "record.log", keep=True)
    record.open()
    record.add("one\ntwo\n", 1000.25)
    record.add("three \u00e9\n", 1002.5)
    record.close(over=True)
    with record.path.open("a") as file:
        file.write("2025-01-0")

    assert list(record.earlier()) == [("one\n", 1000.25), ("two\n", 1000.25), ("three \u00e9\n", 1002.5)]


def test_a_record_that_nobody_asked_for_goes_with_the_run(tmp_path: Path) -> None:
    """Kept while the run goes on, removed when it is over."""
    record = Record.unnamed(["python", "train.py"], folder=tmp_path)
    record.open()
    record.add("one\n", 1.0)
    record.close(over=False)
    assert record.path.exists()
    record.open()
    record.close(over=True)
    assert not record.path.exists()
