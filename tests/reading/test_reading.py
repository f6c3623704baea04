"""From a path to runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from traincast.errors import UnreadableError
from traincast.reading import read_logs

STEPS = "".join(f"iter {i}: loss 2.5, time 100.00ms, mfu 1.00%\n" for i in range(20))


def test_a_file_that_is_no_log_does_not_cost_the_others(tmp_path: Path) -> None:
    """A pattern that also fits notes reads the logs."""
    (tmp_path / "a.log").write_text(STEPS)
    (tmp_path / "notes.log").write_text("buy milk\n" * 30)
    (tmp_path / "z.log").write_text(STEPS)

    assert [Path(log.source).name for log in read_logs(f"{tmp_path}/*.log")] == ["a.log", "z.log"]


def test_where_nothing_is_a_log_the_first_reason_is_told(tmp_path: Path) -> None:
    """Prose alone is refused by its name."""
    (tmp_path / "notes.log").write_text("buy milk\n" * 30)

    with pytest.raises(UnreadableError, match=r"notes\.log"):
        read_logs(f"{tmp_path}/*.log")
