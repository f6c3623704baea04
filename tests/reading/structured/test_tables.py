"""Formats of rows with fixed names: what each column means, and what odd rows do."""

from __future__ import annotations

import pytest
from made_files import clocks, codes, lines, runs, steps, times

from traincast.reading.series import series
from traincast.reading.structured.table import layouts


def test_every_layout_has_a_counter_and_says_what_its_times_mean() -> None:
    """A column of step times without a span, or of a clock without a kind, would be read as nothing."""
    for name, layout in layouts().items():
        assert layout.step, name
        assert not layout.seconds or layout.span != "none", name
        assert not (layout.elapsed or layout.unix) or layout.clock != "none", name


def test_detectron2_times_are_windows_and_the_plan_follows_from_the_rest() -> None:
    """Iterations from 0; the trainer counts the step being done: 19 + 2962 s / 2 s = 1500. NaN stands in real files."""
    rows = lines(
        {"eta_seconds": 2962.0, "iteration": 19, "time": 2.0, "total_loss": 3.0},
        {"bbox/AP": 12.0, "iteration": 19},
        {"eta_seconds": 2922.0, "iteration": 39, "time": 2.0, "total_loss": float("nan")},
    )
    (log,) = runs(rows)

    assert (log.dialect, log.unit, log.counts_from, log.span) == ("detectron2-metrics-json", "iteration", 0, "window")
    assert (steps(log), times(log)) == ([19, 39], [2.0, 2.0])
    assert log.facts.steps_planned == 1500
    assert [event.kind for event in log.events] == ["evaluation"]
    assert "plan-derived" in codes(log)


def test_llamafactory_durations_gain_days_and_repeated_lines_count_once() -> None:
    """`1 day, 0:00:10` is 86410 s; two processes that append the same step make one point."""
    rows = lines(
        {
            "current_steps": 5,
            "total_steps": 20,
            "loss": 2.0,
            "elapsed_time": "23:59:50",
            "remaining_time": "1 day, 2:00:00",
        },
        {"current_steps": 10, "total_steps": 20, "loss": 1.5, "elapsed_time": "1 day, 0:00:10"},
        {"current_steps": 10, "total_steps": 20, "loss": 1.5, "elapsed_time": "1 day, 0:00:11"},
        {"current_steps": 10, "total_steps": 20, "eval_loss": 1.4, "elapsed_time": "1 day, 0:01:00"},
        {"current_steps": 15, "total_steps": 20, "loss": 1.2, "elapsed_time": "2 days, 0:00:00"},
    )
    (log,) = runs(rows)

    assert log.dialect == "llamafactory-trainer-log"
    assert (steps(log), clocks(log)) == ([5, 10, 15], [86390.0, 86410.0, 172800.0])
    assert (log.facts.steps_planned, log.clock_kind, log.clock_resolution) == (20, "elapsed", 1.0)
    assert [event.kind for event in log.events] == ["evaluation"]


def test_a_resumed_llamafactory_run_is_a_second_start() -> None:
    """The elapsed time falls and the step goes back: no interval spans it."""
    rows = lines(
        *({"current_steps": s, "total_steps": 90, "elapsed_time": f"0:{s:02d}:00"} for s in (10, 20, 30, 40)),
        *({"current_steps": s, "total_steps": 90, "elapsed_time": f"0:0{s - 31}:00"} for s in (32, 36, 40)),
    )
    (log,) = runs(rows)
    found = series(log)

    assert [point.start for point in log.points] == [0, 0, 0, 0, 1, 1, 1]
    assert found is not None
    assert min(found.seconds) > 0


def test_swift_counts_in_one_cell_and_closes_with_its_runtime() -> None:
    """`20/438`, `1m 42s`; the last object is no step but holds the runtime: 2959.8 s / 438 = 6.76 s."""
    rows = lines(
        {"loss": 3.9, "global_step/max_steps": "10/438", "elapsed_time": "51s"},
        {"loss": 0.2, "global_step/max_steps": "20/438", "elapsed_time": "1m 42s"},
        {"eval_loss": 0.1, "eval_runtime": 148.4, "global_step/max_steps": "20/438", "elapsed_time": "4m 10s"},
        {"last_model_checkpoint": "c", "log_history": [{"step": 10}, {"train_runtime": 2959.8, "step": 438}]},
    )
    (log,) = runs(rows)

    assert log.dialect == "swift-logging-jsonl"
    assert (steps(log), clocks(log), log.facts.steps_planned) == ([10, 20], [51.0, 102.0], 438)
    assert log.facts.mean_step_seconds == pytest.approx(2959.8 / 438)
    assert [(event.kind, event.seconds) for event in log.events] == [("evaluation", 148.4), ("end", None)]
    assert log.finished


RLLIB = {"date": "2018-11-10_00-18-12", "timesteps_total": 69750}


def test_rllib_tells_from_which_iteration_on_something_is_learned() -> None:
    """Two iterations of experience alone; until the third it is not known when learning begins."""
    rows = [(1, 3, 0), (2, 6, 0), (3, 26, 256)]
    table = "training_iteration,time_total_s,time_this_iter_s,info/num_steps_trained\n"
    table += "".join(f"{k},{total},3,{trained}\n" for k, total, trained in rows)
    objects = [
        {"training_iteration": k, "time_total_s": total, "time_this_iter_s": 3, "info": {"num_steps_trained": trained}}
        for k, total, trained in rows
    ]

    assert [log.facts.other for text in (table, lines(*objects)) for log in runs(text)] == [{"learns_from": "3"}] * 2
    assert [log.facts.other for log in runs(lines(*objects[:2]))] == [{"learns_from": ""}]
    assert [log.facts.other for log in runs(lines(*objects[2:]))] == [{}]


def test_rllib_json_and_csv_tell_the_same() -> None:
    """Iterations from 1, time_total_s as clock, time_this_iter_s of each; order of columns and CRLF do not matter."""
    rows = [{**RLLIB, "time_this_iter_s": 10.0, "time_total_s": 10.0 * i, "training_iteration": i} for i in (1, 2, 3)]
    table = "config,training_iteration,time_this_iter_s,time_total_s\r\n" + "".join(
        f"\"{{'a': [1, 2], 'b': {'x' * 300_000!r}}}\",{i},10.0,{10.0 * i}\r\n" for i in (1, 2, 3)
    )
    from_json, from_csv = runs(lines(*rows))[0], runs(table)[0]

    assert (from_json.dialect, from_csv.dialect) == ("rllib-result-json", "rllib-progress-csv")
    assert from_json.points == from_csv.points
    assert (steps(from_csv), clocks(from_csv), times(from_csv)) == ([1, 2, 3], [10.0, 20.0, 30.0], [10.0] * 3)


@pytest.mark.parametrize(("first", "counts_from"), [(1, 1), (0, 0)])
def test_ultralytics_time_is_a_clock_and_epochs_begin_where_they_begin(first: int, counts_from: int) -> None:
    """Padded names are stripped; `time` of newer versions is seconds since the start."""
    table = "   epoch,   time,   train/box_loss\n" + "".join(
        f"   {first + i},  {40.0 * (i + 1)},  1.5\n" for i in range(3)
    )
    (log,) = runs(table)

    assert (log.dialect, log.unit, log.counts_from) == ("ultralytics-results-csv", "epoch", counts_from)
    assert clocks(log) == [40.0, 80.0, 120.0]


def test_ultralytics_without_a_time_column_tells_no_times() -> None:
    """Older versions write losses alone: said, not guessed."""
    (log,) = runs("  epoch, train/box_loss, metrics/precision(B)\n 1, 3.1, 0.5\n 2, 2.5, 0.6\n")

    assert steps(log) == [1, 2]
    assert series(log) is None
    assert "no-timing" in codes(log)


def test_torch7_tells_training_and_test_apart() -> None:
    """A step is an epoch of training; its test is an evaluation of its own."""
    rows = lines(
        *({"epoch": e, "max_epoch": 9, "train_time": 50.0, "test_time": 3.0} for e in (1, 2)), before="json_stats: "
    )
    (log,) = runs("[===> 79/79] Step: 1ms\n" + rows)

    assert (log.dialect, times(log), log.facts.steps_planned) == ("torch7-json-stats", [50.0, 50.0], 9)
    assert [(event.kind, event.step, event.seconds) for event in log.events] == [
        ("evaluation", 1, 3.0),
        ("evaluation", 2, 3.0),
    ]


def test_catboost_times_are_milliseconds_and_the_plan_is_a_round_number() -> None:
    """158 ms passed, 317632 ms remain: 1998 to 2012 trees; the second line leaves 1997 to 2010 of them, so 2000."""
    (log,) = runs("iter\tPassed\tRemaining\n0\t158\t317632\n1\t183\t183691\n")

    assert (log.dialect, log.unit, steps(log), clocks(log)) == ("catboost-info", "tree", [0, 1], [0.158, 0.183])
    assert log.facts.steps_planned == 2000


def test_catboost_training_json_holds_its_plan_and_seconds() -> None:
    """One iteration a line; a cut document gives the lines that are whole."""
    text = """{
"meta":{"iteration_count":300,"name":"experiment"},
"iterations":[
{"learn":[0.59],"iteration":0,"passed_time":0.048,"remaining_time":14.3},
{"learn":[0.50],"iteration":1,"passed_time":0.049,"remaining_time":7.3},
{"learn":[0.4"""
    (log,) = runs(text)

    assert (log.dialect, steps(log), clocks(log)) == ("catboost-training-json", [0, 1], [0.048, 0.049])
    assert log.facts.steps_planned == 300


def test_stable_baselines_logger_counts_the_steps_of_all_workers() -> None:
    """Cells of updates are empty at first; both forms tell the same."""
    table = "time/time_elapsed,time/total_timesteps,time/fps,train/loss\n0,256,5519,\n10,512,3677,56.0\n"
    rows = lines(
        {"time/fps": 5519, "time/time_elapsed": 0, "time/total_timesteps": 256},
        {"train/loss": 56.0, "time/time_elapsed": 10, "time/total_timesteps": 512},
    )
    (from_csv,), (from_json,) = runs(table), runs(rows)

    assert (from_csv.dialect, from_json.dialect) == ("sb3-progress-csv", "sb3-progress-json")
    assert from_csv.points == from_json.points
    assert (steps(from_csv), clocks(from_csv), from_csv.unit) == ([256, 512], [0.0, 10.0], "environment step")


def test_monitor_steps_are_summed_lengths_on_a_dated_clock() -> None:
    """Two episodes of 500 and 348 steps from t_start on; the worker's second start is a resume."""
    head = '#{"t_start": 1000.5, "env_id": "Acrobot-v1"}\r\nr,l,t\r\n'
    (log,) = runs(head + "-500.0,500,1.5\r\n-347.0,348,5.0\r\n" + '#{"t_start": 2000.0}\nr,l,t\n-1.0,100,2.0\n')

    assert (log.dialect, log.clock_kind) == ("sb3-monitor-csv", "wall")
    assert steps(log) == [0, 500, 848, 948]
    assert clocks(log) == [1000.5, 1002.0, 1005.5, 2002.0]
    assert [event.kind for event in log.events] == ["start", "resume"]


def test_mlflow_rows_are_milliseconds_value_step() -> None:
    """A step that never moves is replaced by the count of rows, under its own unit."""
    (log,) = runs("1669360569367 1.3 49\n1669360583945 nan 99\n")
    (still,) = runs("1669360569367 1.3 0\n1669360583945 1.2 0\n")

    assert (log.dialect, steps(log), clocks(log)) == ("mlflow-metric-file", [49, 99], [1669360569.367, 1669360583.945])
    assert (still.unit, steps(still)) == ("log call", [0, 1])


def test_torn_rows_are_counted_and_passed_over() -> None:
    """A cut line, a huge number and a wrong type cost themselves alone."""
    good = lines(*({"current_steps": s, "total_steps": 9, "elapsed_time": f"0:00:0{s}"} for s in (1, 2, 3)))
    bad = '{"current_steps": 4, "total_st\n{"current_steps": 1e999, "elapsed_time": []}\n{"current_steps": -7}\n'
    (log,) = runs(good + bad)

    assert steps(log) == [1, 2, 3]
    assert log.unread_lines == 1


def test_stylegan_means_are_taken_out_of_their_objects() -> None:
    """A tick of 120 s, and 3 s of maintenance beside it on the clock."""

    def row(tick: int, total: float) -> dict[str, object]:
        values = {
            "Progress/tick": tick,
            "Timing/total_sec": total,
            "Timing/sec_per_tick": 120.0,
            "Loss/loss": 0.5 - tick,
        }
        return {name: {"num": 1, "mean": float(value), "std": 0.0} for name, value in values.items()} | {
            "timestamp": 1.7e9
        }

    (log,) = runs(lines(*(row(tick, 40.0 + 123 * tick) for tick in range(4))))

    assert (log.dialect, log.unit, steps(log)) == ("stylegan-stats-jsonl", "tick", [0, 1, 2, 3])
    assert times(log) == [120.0] * 4
    assert clocks(log) == [40.0, 163.0, 286.0, 409.0]
