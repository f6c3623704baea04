"""Binary files of trackers: TensorBoard, Weights & Biases, Trackio; whole, cut and damaged."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from made_files import clocks, codes, event, event_file, field, runs, steps, tfrecord, wandb_file, wandb_items

from traincast.errors import UnreadableError
from traincast.reading.named import open_sources
from traincast.reading.structured import read_structured
from traincast.reading.structured.tfrecord import masked_crc

WALL = 1.6e9
EVENTS = [event(WALL + 2 * step, step, **{"train/loss": 1.0 / step}) for step in range(10, 60, 10)]


def test_the_checksum_is_the_published_one() -> None:
    """CRC-32C of nine digits is 0xE3069283 (Rocksoft catalogue, CRC-32/ISCSI); masked as TensorFlow does."""
    crc = 0xE3069283
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF

    assert masked_crc(b"123456789") == masked


def test_events_are_points_on_the_wall_clock() -> None:
    """Steps 10 to 50, 2 s each."""
    (log,) = runs(event_file(*EVENTS))

    assert (log.dialect, log.clock_kind, steps(log)) == ("tensorboard-events", "wall", [10, 20, 30, 40, 50])
    assert clocks(log) == [WALL + 2 * step for step in range(10, 60, 10)]
    assert log.points[0].loss == pytest.approx(0.1)
    assert log.findings == []


def test_the_tag_with_most_steps_is_the_counter() -> None:
    """Evaluations on another counter do not mix in."""
    epochs = [event(WALL + 50 * e, e, **{"eval/loss": 1.0}) for e in (1, 2)]
    (log,) = runs(event_file(*EVENTS[:3], epochs[0], *EVENTS[3:], epochs[1]))

    assert steps(log) == [10, 20, 30, 40, 50]
    assert log.facts.other["tag"] == "train/loss"


def test_a_cut_event_file_gives_what_is_whole() -> None:
    """The last record ends early."""
    (log,) = runs(event_file(*EVENTS)[:-7])

    assert steps(log) == [10, 20, 30, 40]
    assert "cut-record" in codes(log)


def test_a_damaged_record_is_passed_over_and_told() -> None:
    """One flipped byte in the value of the second event."""
    broken = bytearray(EVENTS[1])
    broken[-6] ^= 0xFF
    (log,) = runs(event_file(EVENTS[0], bytes(broken), *EVENTS[2:]))

    assert steps(log) == [10, 30, 40, 50]
    assert "bad-checksum" in codes(log)


def test_a_picture_between_the_events_is_skipped() -> None:
    """A record of 3 MB is not held, and those after it are read."""
    picture = tfrecord(field(1, WALL) + field(2, 10) + field(5, bytes(3 << 20)))
    (log,) = runs(event_file(*EVENTS[:2], picture, *EVENTS[2:]))

    assert steps(log) == [10, 20, 30, 40, 50]


def test_an_event_file_without_a_whole_record_is_refused() -> None:
    """Its header is cut."""
    with pytest.raises(UnreadableError, match="no whole event file"):
        runs(event_file()[:-1])


def history(step: int, **values: object) -> bytes:
    """A wandb history record."""
    return wandb_items(2, _step=step, _timestamp=WALL + 10 * step, _runtime=10.0 * step, **values)


def test_wandb_counts_what_the_program_counts() -> None:
    """`iter` and not wandb's own count of log calls; the configuration gives the plan."""
    config = field(17, field(4, wandb_items(5, max_iters={"value": 600})[2:]))
    records = [config, *(history(i, iter=200 * i, **{"train/loss": 1.0}) for i in range(4)), field(18, field(1, 0))]
    (log,) = runs(wandb_file(*records))

    assert (log.dialect, steps(log)) == ("wandb-run", [0, 200, 400, 600])
    assert clocks(log) == [WALL, WALL + 10, WALL + 20, WALL + 30]
    assert log.finished


def test_wandb_configuration_tells_the_interval_of_evaluations() -> None:
    """In steps; one that is no number, or not positive, tells nothing."""
    record = wandb_items(5, eval_interval={"value": 250}, save_interval={"value": -1}, eval_steps={"value": 40})
    (log,) = runs(wandb_file(record, *(history(i, iter=200 * i) for i in range(4))))

    assert (log.facts.eval_interval, log.facts.checkpoint_interval) == (250, None)
    assert log.facts.other["eval_steps"] == "40"


def test_wandb_without_a_counter_counts_its_log_calls() -> None:
    """Said by the unit."""
    (log,) = runs(wandb_file(*(history(i, accuracy=0.5) for i in range(3))))

    assert (log.unit, steps(log)) == ("log call", [0, 1, 2])


def printed(seconds: int, piece: str) -> bytes:
    """A wandb record of console output."""
    return field(
        13, field(1, 1) + field(2, field(1, int(WALL) + seconds) + field(2, 500_000_000)) + field(3, piece.encode())
    )


def test_wandb_console_lines_are_read_where_they_tell_more() -> None:
    """Lines in pieces, each with its time: 4 s a step by the stamps, the history has one row."""
    pieces = [
        printed(4 * i, part)
        for i in range(1, 9)
        for part in (f"iter {i}: loss 2.0000, time 39{i}0.00ms,", " mfu 10.00%", "\n")
    ]
    (log,) = runs(wandb_file(history(0, iter=0), *pieces))

    assert (log.dialect, log.facts.other["console"]) == ("wandb-run", "nanogpt")
    assert steps(log) == list(range(1, 9))
    assert clocks(log)[0] == WALL + 4.5
    assert {b - a for a, b in pairwise(clocks(log))} == {4.0}  # type: ignore[operator]


def test_wandb_records_over_block_ends_are_joined_and_a_cut_is_told() -> None:
    """A history of many blocks of 32 KiB, cut in the middle of one."""
    whole = wandb_file(*(history(i, global_step=5 * i, text="x" * 20_000) for i in range(20)))
    (log,) = runs(whole)
    (cut,) = runs(whole[: len(whole) // 2])

    assert steps(log) == [5 * i for i in range(20)]
    assert steps(cut) == steps(log)[: len(cut.points)]
    assert 5 < len(cut.points) < 12
    assert "cut-record" in codes(cut)


def test_trackio_runs_are_read_without_a_lock(tmp_path: Path) -> None:
    """Each run name is a run; metrics may be bytes."""
    path = tmp_path / "project.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create table metrics (id integer primary key, timestamp text, run_name text, step integer, metrics text)"
        )
        for name in ("a", "b"):
            for i in range(3):
                metrics = json.dumps({"loss": 1.0}) if name == "a" else json.dumps({"loss": 1.0}).encode()
                row = (f"2026-02-05T12:46:{10 * i:02d}.000000", name, 50 * i, metrics)
                connection.execute("insert into metrics (timestamp, run_name, step, metrics) values (?, ?, ?, ?)", row)
    connection.close()
    logs = read_structured(open_sources(path)[0])

    assert logs is not None
    assert [log.facts.other["run_name"] for log in logs] == ["a", "b"]
    assert [steps(log) for log in logs] == [[0, 50, 100]] * 2
    assert clocks(logs[1])[2] - clocks(logs[1])[0] == 20.0  # type: ignore[operator]


def test_what_trackio_has_not_merged_yet_is_read_from_a_copy(tmp_path: Path) -> None:
    """A writer in WAL mode: its rows stand beside the file, which stays as it is; runs of one name are two by id."""
    path = tmp_path / "project.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("pragma journal_mode = wal")
        writer.execute("create table metrics (id integer primary key, run_id, timestamp, run_name, step, metrics)")
        for run, step in (("x", 1), ("x", 2), ("y", 1), ("y", 2)):
            row = (run, f"2026-02-05T12:46:0{step}", "same", step, '{"loss": 1.0}')
            writer.execute(
                "insert into metrics (run_id, timestamp, run_name, step, metrics) values (?, ?, ?, ?, ?)", row
            )
        writer.commit()
        before = sorted(one.name for one in tmp_path.iterdir())
        logs = read_structured(open_sources(path)[0])

        assert logs is not None
        assert [steps(log) for log in logs] == [[1, 2], [1, 2]]
        assert sorted(one.name for one in tmp_path.iterdir()) == before


def test_mlflow_stores_are_read_run_by_run(tmp_path: Path) -> None:
    """A value a row; the loss counts, metrics of the machine do not."""
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("create table metrics (key, value, timestamp, run_uuid, step, is_nan)")
        for run in ("a", "b"):
            for i in range(4):
                writer.execute(
                    "insert into metrics values ('train_loss', 1.0, ?, ?, ?, 0)", (10**12 + 500 * i, run, 5 * i)
                )
            for i in range(9):
                writer.execute("insert into metrics values ('system/cpu', 1.0, ?, ?, ?, 0)", (10**12 + 100 * i, run, i))
        writer.commit()
    logs = read_structured(open_sources(path)[0])

    assert logs is not None
    assert [(log.dialect, steps(log)) for log in logs] == [("mlflow-db", [0, 5, 10, 15])] * 2
    assert clocks(logs[0])[1] - clocks(logs[0])[0] == pytest.approx(0.5)  # type: ignore[operator]


def test_another_data_base_is_left_alone(tmp_path: Path) -> None:
    """SQLite without Trackio's table is no log."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (x)")
    connection.close()

    assert read_structured(open_sources(path)[0]) is None
