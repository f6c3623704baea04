"""How much of the machine others used, from two looks at its counters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from traincast.live import crowd
from traincast.live.crowd import Crowd

TICK = os.sysconf("SC_CLK_TCK")


def stat(path: Path, busy: float) -> Path:
    """A /proc/stat of two processors that worked for `busy` seconds."""
    path.write_text(f"cpu {round(busy * TICK)} 0 0 999 0 0 0 0\ncpu0 1\ncpu1 1\nintr 5\n")
    return path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Time and own processor seconds, set by hand."""
    now = {"at": 0.0, "own": 0.0}
    monkeypatch.setattr(crowd.time, "monotonic", lambda: now["at"])
    monkeypatch.setattr(crowd, "own_seconds", lambda: now["own"])
    return now


def measured(tmp_path: Path, clock: dict[str, float], *, ours: float, others: float) -> float:
    """The share after ten seconds in which two processors worked for `ours` and `others` seconds."""
    watch = Crowd(path=stat(tmp_path / "stat", 100.0))
    clock.update(at=10.0, own=ours)
    stat(tmp_path / "stat", 100.0 + ours + others)
    return watch.share()


def test_others_count_where_processors_are_scarce(tmp_path: Path, clock: dict[str, float]) -> None:
    """Both processors busy, ten of 20 s ours: others have half of the machine."""
    assert measured(tmp_path, clock, ours=10.0, others=10.0) == pytest.approx(0.5)


def test_others_do_not_count_where_processors_are_free(tmp_path: Path, clock: dict[str, float]) -> None:
    """Half of the machine is idle."""
    assert measured(tmp_path, clock, ours=5.0, others=5.0) == 0.0


def test_others_do_not_count_for_a_command_that_waits(tmp_path: Path, clock: dict[str, float]) -> None:
    """A tenth of a second of work in ten: the crowd hardly touches it."""
    assert measured(tmp_path, clock, ours=0.1, others=19.9) < 0.02


def test_a_quiet_machine_has_no_others(tmp_path: Path, clock: dict[str, float]) -> None:
    """All of the work was ours."""
    assert measured(tmp_path, clock, ours=20.0, others=0.0) == 0.0


def test_without_counters_nothing_is_known(tmp_path: Path) -> None:
    """No /proc, or another form of it."""
    assert Crowd(path=tmp_path / "none").share() == 0.0
    (tmp_path / "odd").write_text("cpu x\n")
    assert Crowd(path=tmp_path / "odd").share() == 0.0
