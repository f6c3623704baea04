"""JSON documents and HTML: trainer states, notebooks, fastai tables, summaries, saved run logs."""

from __future__ import annotations

import json

import msgspec
import pytest
from made_files import codes, runs, steps, times

from traincast.errors import UnreadableError
from traincast.runlog import Point, RunLog, save

STATE = {
    "global_step": 40, "max_steps": 40, "num_train_epochs": 1, "train_batch_size": 2, "logging_steps": 10,
    "is_hyper_param_search": False,
    "log_history": [
        {"epoch": 0.25, "loss": 2.0, "step": 10},
        {"epoch": 0.5, "loss": 1.5, "step": 20},
        {"epoch": 0.5, "eval_loss": 1.4, "eval_runtime": 7.5, "step": 20},
        {"epoch": 1.0, "loss": float("nan"), "step": 40},
        {"epoch": 1.0, "train_runtime": 80.0, "step": 40},
    ],
}  # fmt: skip


def test_a_trainer_state_tells_steps_and_its_closing_runtime() -> None:
    """80 s over 40 steps is 2 s a step, evaluations inside; NaN losses are no losses."""
    (log,) = runs(json.dumps(STATE, indent=2))

    assert (log.dialect, steps(log)) == ("hf-trainer-state-json", [10, 20, 40])
    assert (log.facts.mean_step_seconds, log.facts.total_seconds, log.facts.steps_planned) == (2.0, 80.0, 40)
    assert log.points[-1].loss is None
    assert ("evaluation", 20, 7.5) in [(event.kind, event.step, event.seconds) for event in log.events]
    assert log.finished


def test_a_checkpoint_in_the_middle_tells_no_times() -> None:
    """Without the closing entry there is no time at all."""
    state = {**STATE, "max_steps": 100, "log_history": STATE["log_history"][:3]}  # type: ignore[index]
    (log,) = runs(json.dumps(state))

    assert (steps(log), log.finished) == ([10, 20], False)
    assert "no-timing" in codes(log)


def test_a_cut_trainer_state_gives_the_entries_that_are_whole() -> None:
    """The document ends inside its third entry."""
    text = json.dumps(STATE)
    (log,) = runs(text[: text.index('"eval_loss"') + 5])

    assert steps(log) == [10, 20]
    assert log.unread_lines == 1


def test_a_trainer_state_without_history_is_refused() -> None:
    """There is nothing to read in it."""
    with pytest.raises(UnreadableError, match="no log_history"):
        runs('{"is_hyper_param_search": false, "global_step": 3}')


NOTEBOOK = """==((====))==  Unsloth - 2x faster | Num GPUs used = 1
   \\\\   /|    Num examples = 40,665 | Num Epochs = 1 | Total steps = 60
O^O/ \\_/ \\    Batch size per device = 2 | Gradient accumulation steps = 4
\\        /    Data Parallel GPUs = 1 | Total batch size (2 x 4 x 1) = 8
<progress value='60' max='60'></progress>
      [60/60 03:00, Epoch 0/1]
<table><tr><th>Step</th><th>Training Loss</th></tr>
<tr><td>1</td><td>1.0123</td></tr><tr><td>60</td><td>0.7101</td></tr></table>
"""


def test_a_notebook_bar_tells_the_mean_step_time() -> None:
    """03:00 over 60 steps is 3 s."""
    (log,) = runs(NOTEBOOK + "\n181.0 seconds used for training.\n")

    assert (log.dialect, steps(log)) == ("hf-notebook-html", [1, 60])
    assert (log.facts.mean_step_seconds, log.facts.total_seconds) == (3.0, 181.0)
    assert (log.facts.micro_batch, log.facts.grad_accum, log.facts.samples_per_step) == (2, 4, 8.0)
    assert "time-disagrees" not in codes(log)


def test_outputs_of_different_executions_are_told() -> None:
    """Bar and printed runtime are minutes apart."""
    (log,) = runs(NOTEBOOK + "\n462.0 seconds used for training.\n")

    assert log.facts.mean_step_seconds == 3.0
    assert "time-disagrees" in codes(log)


def test_a_running_bar_gives_done_and_planned() -> None:
    """`30/60 01:30 < 01:36` is half done."""
    (log,) = runs("<progress></progress>\n[30/60 01:30 &lt; 01:36, 0.31 it/s, Epoch 0.5/1]\n")

    assert (steps(log), log.facts.steps_planned, log.finished) == ([30], 60, False)
    assert log.facts.mean_step_seconds == 3.0


def test_a_notebook_file_is_read_by_its_outputs() -> None:
    """The same text inside an `.ipynb`, as HTML and as a stream."""
    cells = [
        {
            "cell_type": "code",
            "outputs": [{"data": {"text/html": [NOTEBOOK]}}, {"text": ["181.0 seconds used for training.\n"]}],
        }
    ]
    (log,) = runs(json.dumps({"cells": cells, "nbformat": 4}))

    assert (log.dialect, log.facts.mean_step_seconds, log.facts.total_seconds) == ("hf-notebook-html", 3.0, 181.0)


def fastai(*rows: tuple[int, str]) -> str:
    """A fastai table."""
    head = "<table><thead><tr><th>epoch</th><th>train_loss</th><th>time</th></tr></thead>\n"
    return head + "".join(f"<tr>\n<td>{e}</td>\n<td>0.5</td>\n<td>{t}</td>\n</tr>\n" for e, t in rows) + "</table>"


def test_fastai_tables_are_runs_of_epochs() -> None:
    """Minutes and hours; a second table is the next stage, not a resume."""
    first, second = runs(fastai((0, "05:15"), (1, "1:00:02")) + fastai((0, "00:11"), (1, "00:12")))

    assert (times(first), times(second)) == ([315.0, 3602.0], [11.0, 12.0])
    assert (first.unit, first.counts_from, first.facts.steps_planned) == ("epoch", 0, 2)


def test_fastai_text_of_a_terminal_reads_alike() -> None:
    """Columns apart by blanks."""
    (log,) = runs(
        "epoch     train_loss  valid_loss  accuracy  time    \n0         0.5         0.4         0.9       00:14     \n"
    )

    assert (log.dialect, times(log)) == ("fastai-table", [14.0])


def test_a_history_with_a_runtime_in_each_line_is_no_summary() -> None:
    """JSON lines of W&B: a point a line."""
    (log,) = runs("".join(f'{{"loss": 3.0, "step": {i}, "_runtime": {2.5 * i}}}\n' for i in range(1, 20)))

    assert (log.dialect, steps(log), log.points[-1].clock) == ("jsonl", list(range(1, 20)), 47.5)


def test_a_summary_tells_the_total_and_the_last_counter() -> None:
    """540 s over iteration 2000 is a mean of 0.27 s; wandb's own `_step` is no training step."""
    (log,) = runs(
        '{"iter":2000,"_step":10,"_timestamp":1.7e9,"_runtime":540.0,"train/loss":0.03,"_wandb":{"runtime":578}}'
    )
    (bare,) = runs('{"_step":10,"_runtime":540.0}')

    assert (log.dialect, steps(log), log.facts.mean_step_seconds) == ("wandb-summary", [2000], 0.27)
    assert (bare.unit, bare.facts.mean_step_seconds, bare.facts.total_seconds) == ("log call", None, 540.0)


def test_a_saved_run_log_opens_as_it_was() -> None:
    """Every field comes back, findings too."""
    log = RunLog(source="run.log", dialect="nanogpt", confidence=0.99, bytes=9, points=[Point(step=1, clock=2.0)])
    (again,) = runs(save(log))

    assert msgspec.structs.replace(again, bytes=9) == log


def test_a_saved_run_log_with_bytes_of_no_text_is_refused() -> None:
    """Two bytes that UTF-8 has not, inside a string."""
    with pytest.raises(UnreadableError, match="not a saved run log"):
        runs(b'{"schema": "traincast.runlog/1\xff\xfe", "points": []}')


def test_a_saved_run_log_of_another_version_is_refused() -> None:
    """Its schema is named."""
    with pytest.raises(UnreadableError, match="schema"):
        runs('{"schema": "traincast.runlog/999"}')
