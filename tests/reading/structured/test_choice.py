"""Tables without a layout: a column's name proposes, its values decide."""

from __future__ import annotations

import pytest
from made_files import clocks, lines, runs, source, steps, times

from traincast.reading.structured import formats, read_structured, titles
from traincast.reading.structured.choice import choose


@pytest.mark.parametrize(
    ("header", "rows", "clock", "seconds"),
    [
        ("step,loss,dt", ["1,2.0,0.5", "2,1.9,0.6"], [None, None], [0.5, 0.6]),
        ("step,loss,step_time_ms", ["1,2.0,500", "2,1.9,600"], [None, None], [0.5, 0.6]),
        ("step,loss,dt_ms", ["1,2.0,500", "2,1.9,600"], [None, None], [0.5, 0.6]),
        ("step,loss,time_ms", ["1,2.0,500", "2,1.9,510", "3,1.9,490"], [None] * 3, [0.5, 0.51, 0.49]),
        ("step,loss,time_ms", ["1,2.0,500", "2,1.9,1000", "3,1.9,1500"], [0.5, 1.0, 1.5], [None] * 3),
        ("iter,loss,it/s", ["1,2.0,2", "2,1.9,4"], [None, None], [0.5, 0.25]),
        ("step,loss,elapsed", ["1,2.0,10.5", "2,1.9,20.5", "3,1,30.5"], [10.5, 20.5, 30.5], [None] * 3),
        ("step,loss,time", ["1,2.0,10.5", "2,1.9,20.5", "3,1,30.5"], [10.5, 20.5, 30.5], [None] * 3),
        ("step,loss,time", ["1,2.0,10.5", "2,1.9,10.1", "3,1,10.4"], [None] * 3, [10.5, 10.1, 10.4]),
        ("step,loss,timestamp", ["1,2.0,1700000000", "2,1.9,1700000010"], [1.7e9, 1.7e9 + 10], [None] * 2),
        ("step,loss,timestamp", ["1,2.0,1700000000000", "2,1.9,1700000010000"], [1.7e9, 1.7e9 + 10], [None] * 2),
        ("step;loss;Elapsed Minutes", ["1;2.0;1", "2;1.9;2", "3;1;3"], [60.0, 120.0, 180.0], [None] * 3),
        ("step\tloss\tval_time\tdt", ["1\t2.0\t9\t0.5", "2\t1.9\t9\t0.6"], [None, None], [0.5, 0.6]),
    ],
)  # fmt: skip
def test_columns_of_a_table_are_understood(
    header: str, rows: list[str], clock: list[float | None], seconds: list[float | None]
) -> None:
    """Step times, rates, clocks since the start, Unix times of either unit, other delimiters."""
    (log,) = runs("\n".join([header, *rows]) + "\n")

    assert log.dialect == "csv"
    assert (clocks(log), times(log)) == (pytest.approx(clock), pytest.approx(seconds))
    assert steps(log) == list(range(1, len(rows) + 1))


def test_dates_in_a_column_are_a_clock() -> None:
    """ISO stamps of a JSON-lines log with nested keys."""
    rows = lines(
        *({"global_step": 10 * i, "optim": {"loss": 1.0}, "created_at": f"2025-01-01T00:0{i}:00"} for i in range(3))
    )
    (log,) = runs(rows)

    assert (log.dialect, log.counts_from, steps(log)) == ("jsonl", 0, [0, 10, 20])
    assert [b - a for a, b in zip(clocks(log), clocks(log)[1:], strict=False)] == [60.0, 60.0]  # type: ignore[operator]


def test_a_finer_counter_goes_before_the_epoch() -> None:
    """Epoch, batch and global step stand side by side."""
    rows = [{"epoch": 0, "batch": i % 5, "global_step": i, "loss": 1.0, "dt": 0.1} for i in range(20)]
    choice = choose(rows)

    assert choice is not None
    assert (choice.step, choice.time) == ("global_step", "dt")


def test_lightning_csv_tells_progress_alone() -> None:
    """Training and validation rows with empty cells, CRLF, steps from 0."""
    (log,) = runs("epoch,step,train_loss,val_loss\r\n0,49,0.5,\r\n0,99,,0.4\r\n1,149,0.3,\r\n")

    assert (log.dialect, steps(log)) == ("lightning-csv", [49, 99, 149])
    assert [point.loss for point in log.points] == [0.5, None, 0.3]
    assert "no-timing" in {found.code for found in log.findings}


def test_keras_csv_counts_epochs_from_zero() -> None:
    """A CSVLogger file."""
    (log,) = runs("epoch,accuracy,loss\n0,0.5,1.0\n1,0.6,0.9\n")

    assert (log.unit, log.counts_from, steps(log)) == ("epoch", 0, [0, 1])


def test_a_format_may_be_named() -> None:
    """Lines that fit several formats are read as the one that is asked for, or not at all."""
    text = lines({"current_steps": 1, "total_steps": 9, "elapsed_time": "0:00:09", "step": 5, "loss": 1.0})
    named = read_structured(source(text), only="jsonl")

    assert named is not None
    assert (named[0].dialect, steps(named[0])) == ("jsonl", [5])
    assert read_structured(source(text), only="csv") is None


def test_every_format_has_a_title() -> None:
    """The listing of formats leaves none out."""
    assert list(titles()) == formats()
    assert all(titles().values())


@pytest.mark.parametrize(
    "text",
    [
        "name,age\nAda,36\nAlan,41\n",
        "step by step, the model learns\nand so on\n",
        '{"model_type": "llama", "hidden_size": 4096}\n',
        '{"text": "a sample"}\n{"text": "another"}\n',
        "iter 10: loss 2.1, time 5.00ms, mfu 1.00%\n",
        "step,name\n1,a\n2,b\n",
        "",
    ],
)
def test_what_is_no_training_table_is_left_to_others(text: str) -> None:
    """Other tables, configurations, data sets, text logs."""
    assert runs(text) == []
