"""Reading as a whole: whatever is pointed at becomes runs, or one sentence."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from traincast.errors import UnreadableError
from traincast.reading import read_logs

NANOGPT = "".join(f"iter {i}: loss 2.{i:04d}, time {100 + i % 3}.00ms, mfu 10.00%\n" for i in range(50))
CSV = "step,loss,dt\n" + "".join(f"{i},2.0,0.5\n" for i in range(1, 20))


def test_a_folder_gives_the_runs_of_its_logs_and_passes_over_the_rest(tmp_path: Path) -> None:
    """A text log, a table, a packed log; prose and pictures beside them do no harm."""
    (tmp_path / "a.log").write_text(NANOGPT)
    (tmp_path / "b.csv").write_text(CSV)
    (tmp_path / "c.log.gz").write_bytes(gzip.compress(NANOGPT.encode()))
    (tmp_path / "notes.txt").write_text("The run went well.\n")
    (tmp_path / "plot").write_bytes(b"\x89PNG\r\n\x1a\n")
    logs = read_logs(tmp_path)

    assert [(Path(log.source).name, log.dialect, len(log.points)) for log in logs] == [
        ("a.log", "nanogpt", 50), ("b.csv", "csv", 19), ("c.log.gz", "nanogpt", 50),
    ]  # fmt: skip


def test_a_folder_without_steps_is_refused(tmp_path: Path) -> None:
    """One sentence for all of it."""
    (tmp_path / "notes.txt").write_text("The run went well.\n")
    (tmp_path / "more.txt").write_text("Nothing here either.\n")

    with pytest.raises(UnreadableError):
        read_logs(tmp_path)


def test_a_structured_format_can_be_asked_for_by_name(tmp_path: Path) -> None:
    """And is refused by name where the file is none of it."""
    path = tmp_path / "b.csv"
    path.write_text(CSV)

    assert read_logs(path, dialect="csv")[0].dialect == "csv"
    with pytest.raises(UnreadableError, match="is not trackio"):
        read_logs(path, dialect="trackio")


def test_findings_of_the_source_reach_the_run(tmp_path: Path) -> None:
    """A cut archive is told with the run it holds; bytes are those of the file."""
    path = tmp_path / "run.log.gz"
    packed = gzip.compress(NANOGPT.encode() * 3)
    path.write_bytes(packed[:-30])
    (log, *_) = read_logs(path)

    assert "cut-archive" in {found.code for found in log.findings}
    assert log.bytes == len(packed) - 30
