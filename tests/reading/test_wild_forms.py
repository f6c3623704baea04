"""Forms in which people paste and pipe the logs of language-model trainers."""

from __future__ import annotations

import pytest

from traincast.errors import UnreadableError
from traincast.reading import read_text
from traincast.reading.series import series
from traincast.runlog import RunLog


def read(text: str) -> RunLog:
    """The only run of `text`."""
    (log,) = read_text([text.strip("\n") + "\n"], name="train.log")
    return log


def pace(log: RunLog) -> float:
    """Mean seconds per step."""
    found = series(log)
    assert found is not None
    return sum(found.seconds) / sum(found.steps)


TRANSFORMERS = """
[INFO|trainer.py:2414] 2026-03-02 10:00:00,000 >> ***** Running training *****
[INFO|trainer.py:2415] 2026-03-02 10:00:00,000 >>   Num examples = 1,600
[INFO|trainer.py:2416] 2026-03-02 10:00:00,000 >>   Num Epochs = 3
[INFO|trainer.py:2420] >>   Total train batch size (w. parallel, distributed & accumulation) = 16
[INFO|trainer.py:2422] 2026-03-02 10:00:00,000 >>   Total optimization steps = 300
"""


def test_a_log_of_its_first_minute_tells_trainer_and_plan() -> None:
    """Transformers prints its plan before the first bar: no step is done of 300."""
    log = read(TRANSFORMERS)

    assert log.dialect == "hf-trainer-stdout"
    assert log.points == []
    assert log.facts.steps_planned == 300


def test_epochs_done_tell_the_step_where_no_bar_does() -> None:
    """An epoch has 1600 / 16 = 100 steps; the examples of an evaluation are others."""
    lines = [f"{{'loss': {3 - i / 10}, 'learning_rate': 1e-05, 'epoch': {i / 10:.2f}}}" for i in range(1, 16)]
    lines.insert(10, "  Num examples = 40")
    log = read(TRANSFORMERS + "\n".join(lines))

    assert [point.step for point in log.points] == list(range(10, 151, 10))
    assert log.points[-1].loss == 1.5
    assert (log.facts.steps_planned, log.finished) == (300, False)


def test_stamps_before_such_lines_are_their_clock() -> None:
    """What a container's log adds to each line."""
    lines = [
        f"2026-03-02T10:{i:02d}:00.5Z {{'loss': 2.5, 'grad_norm': 0.5, 'epoch': {i / 10:.1f}}}" for i in range(1, 11)
    ]
    log = read(TRANSFORMERS + "\n".join(lines))

    assert pace(log) == pytest.approx(6.0)


def test_without_the_steps_of_an_epoch_the_closing_line_alone_counts() -> None:
    """480 s and 8 samples a second at 0.25 steps a second: 120 steps of 4 s; the bars of data count nothing."""
    log = read(
        """
Map: 100%|##########| 3840/3840 [00:09<00:00, 420.00 examples/s]
{'loss': 1.5, 'grad_norm': 0.5, 'learning_rate': 0.0001, 'epoch': 0.25}
{'loss': 1.25, 'grad_norm': 0.5, 'learning_rate': 5e-05, 'epoch': 0.75}
{'train_runtime': 480.0, 'train_samples_per_second': 8.0, 'train_steps_per_second': 0.25,
 'train_loss': 1.375, 'epoch': 1.0}
"""
    )

    assert log.dialect == "hf-trainer-stdout"
    assert log.points == []
    assert log.facts.mean_step_seconds == pytest.approx(4.0)
    assert log.finished


def test_a_run_that_ended_took_its_last_steps_too() -> None:
    """Lines every 8 steps end at 296 of 300, a line of the plan itself was not due: 600 s are those of 300 steps."""
    lines = [f"{{'loss': 2.5, 'grad_norm': 0.5, 'epoch': {i * 0.08:.2f}}}" for i in range(1, 38)]
    lines.append("{'train_runtime': 600.0, 'train_samples_per_second': 8.0, 'train_steps_per_second': 0.5}")
    log = read(TRANSFORMERS + "\n".join(lines))

    assert log.points[-1].step == 296
    assert log.facts.mean_step_seconds == pytest.approx(2.0)


def test_the_line_under_a_notebook_counts_like_a_bar() -> None:
    """Copied from a notebook: `[done/plan elapsed < left, rate, Epoch]`, at the end without what is left."""
    running = " [ 40/800 1:20 < 25:20, 0.50 it/s, Epoch 0.05/1]\n [ 90/800 3:00 < 23:40, 0.50 it/s, Epoch 0.11/1]"
    log = read(running + "\nTotal steps = 800\n")
    closed = read("Num Epochs = 1 | Total steps = 30\n [30/30 01:06, Epoch 0/1]\nStep Training Loss\n1 2.5\n")

    assert (log.points[-1].step, log.facts.steps_planned, log.points[-1].clock) == (90, 800, 180.0)
    assert closed.finished
    assert pace(closed) == pytest.approx(2.2)


@pytest.mark.parametrize(
    "bar",
    [
        "Map: 100%|##########| 9000/9000 [00:20<00:00, 450.00 examples/s]",
        "Tokenizing train dataset: 100%|##########| 9000/9000 [00:20<00:00, 450.00it/s]",
        "Loading checkpoint shards: 100%|##########| 4/4 [00:40<00:00, 10.00s/it]",
        "Fetching 11 files: 100%|##########| 11/11 [00:30<00:00,  2.75s/it]",
    ],
)
def test_bars_of_data_and_weights_are_no_training(bar: str) -> None:
    """Alone they count no step; a training bar that has just begun, and is shorter, counts beside them."""
    with pytest.raises(UnreadableError):
        read(bar)
    log = read(bar + "\ntraining:   1%|1         | 2/200 [00:06<09:54,  3.00s/it]")

    assert (log.points[-1].step, log.facts.steps_planned) == (2, 200)


def bar(done: int, of: int, seconds: int) -> str:
    """An unlabelled bar after `done` batches."""
    clock = f"{seconds // 60:02d}:{seconds % 60:02d}"
    return f"\n{100 * done // of:3d}%|####  | {done}/{of} [{clock}<{clock},  8.00it/s]"


@pytest.mark.parametrize(
    "title", ["Epoch {e}/3", "=== EPOCH {e} of 3 ===", "2026-03-02 10:00:00,5 - INFO - Starting epoch [{e}/3]:"]
)
def test_a_title_above_a_bar_tells_its_epoch(title: str) -> None:
    """Two epochs of three are done: 1000 batches of 1500, whatever a bar of another length validates."""
    text = ""
    for e in (1, 2):
        bars = "".join(bar(done, 500, done // 8) for done in (0, 160, 320, 480, 500)) + bar(50, 50, 3)
        text += title.format(e=e) + bars + "\n"
    log = read(text)

    assert (log.points[-1].step, log.facts.steps_planned, log.finished) == (1000, 1500, False)
    assert pace(log) == pytest.approx(0.125, rel=0.02)


def test_a_bar_that_goes_on_below_the_next_title_counts_all_epochs() -> None:
    """Its plan is the run's own; a title takes nothing from it. What is said of an epoch elsewhere is no title."""
    first = "Epoch 1/3" + "".join(bar(done, 1500, done // 8) for done in range(0, 480, 40))
    second = "\nEpoch 2/3" + "".join(bar(done, 1500, done // 8) for done in range(520, 760, 40))
    log = read(first + second + "\nBest model so far is that of epoch 1" + bar(760, 1500, 95))

    assert (log.points[-1].step, log.facts.steps_planned, log.unit) == (760, 1500, "batch")


@pytest.mark.parametrize(
    ("first", "form", "step", "plan"),
    [(3, "Epoch {e}/5: ", 200, 200), (0, "Epoch {e}/5: ", 120, 200), (3, "Epoch {e}: ", 240, None)],
)
def test_an_excerpt_that_begins_late_has_the_epochs_before_it(first: int, form: str, step: int, plan: int) -> None:
    """Three epochs of 40 from the third of five are the last; from number 0 on they are the first. Epochs without a
    number of all are taken to begin at 0."""
    bars = "".join(
        form.format(e=e) + "100%|####| 40/40 [00:41<00:00,  1.03s/it, loss=2.5]\n" for e in range(first, first + 3)
    )
    log = read(bars)

    assert (log.points[-1].step, log.facts.steps_planned) == (step, plan)


def test_the_time_of_titled_bars_adds_up_over_epochs() -> None:
    """Two epochs of 10 s each: the time begins anew below each title, though it falls nowhere."""
    log = read("".join(f"Epoch {e}/20\nTraining: 100%|##| 2/2 [00:10<00:00, 5.00s/it]\n" for e in (1, 2, 3)))

    assert [point.clock for point in log.points] == [10.0, 20.0, 30.0]
    assert log.facts.steps_planned == 40


def test_the_older_minimind_counts_from_zero() -> None:
    """Its last line is one short of the number of batches."""
    text = "".join(
        f"Epoch:[1/1]({step}/2000) loss:2.5 lr:0.0002 epoch_Time:{left}.0min:\n"
        for step, left in ((0, 20), (500, 15), (1000, 10), (1500, 5), (1999, 0))
    )
    log = read(text)

    assert log.dialect == "minimind-stdout"
    assert log.finished


@pytest.mark.parametrize("planned", [50, 250, 1000])
@pytest.mark.parametrize("done", [10, 23, 41])
def test_nnunet_is_planned_by_its_learning_rate(planned: int, done: int) -> None:
    """The trainer tells no plan, but a rate that falls to nothing: 0.01 (1 - n/T)^0.9."""
    lines = []
    for k in range(done):
        rate = round(0.01 * (1 - k / planned) ** 0.9, 5)
        lines += [
            f"2023-05-01 {10 + k // 60}:{k % 60:02}:00.250000: Epoch {k}",
            f"2023-05-01 {10 + k // 60}:{k % 60:02}:00.250000: Current learning rate: {rate}",
            f"2023-05-01 {10 + k // 60}:{k % 60:02}:59.250000: Epoch time: 59.0 s",
        ]

    (log,) = read_text(["\n".join([*lines, ""])])

    assert log.facts.steps_planned == pytest.approx(planned, rel=0.12)
    assert not log.finished
    assert any(found.code == "plan-derived" for found in log.findings)


@pytest.mark.parametrize("title", ["Epoch {e}/3 | Step {s}/2000", "Step {s}/2000"])
def test_a_time_since_the_epoch_began_is_added_up(title: str) -> None:
    """Three epochs of 2000 steps of 1.35 s, timed anew in each, their number in the line or above it."""
    lines = []
    for epoch in (1, 2, 3):
        lines += [f"Epoch {epoch}/3"] if "{e}" not in title else []
        for step in range(100, 2001, 100):
            minutes, seconds = divmod(135 * step // 100, 60)
            lines.append(
                f"{title.format(e=epoch, s=step)} | Loss: {2.4 - step / 9000:.3f} | Time: {minutes}m {seconds:02d}s"
            )
    log = read("\n".join(lines))

    assert log.facts.steps_planned == 6000
    assert pace(log) == pytest.approx(1.35, rel=0.01)
    assert log.points[-1].clock == pytest.approx(8100.0, rel=0.01)
    assert [one.code for one in log.findings] == ["unknown-format"]


def test_a_training_time_among_the_figures_of_a_step_is_no_closing_line() -> None:
    """The hybrid engine of DeepSpeed-Chat tells the training part of each iteration."""
    lines = []
    for step in range(1, 7):
        lines += [
            f"Epoch: 0 | Step: {step} | PPO Epoch: 1 | Actor Loss: 0.0{step}25 | Critic Loss: 0.0125",
            f"|E2E latency=4.{step}0s |Generate time=1.75s (43.75%) |Training time=2.00s (50.00%) |Avg=1.00",
        ]
    log = read("\n".join(lines))

    assert log.facts.total_seconds is None
    assert pace(log) == pytest.approx(4.35, rel=0.02)


def test_a_rate_with_thousands_is_read_whole() -> None:
    """65,536 tokens a second are no 65."""
    log = read("\n".join(f"Step {step}/5000 | Loss: 7.{step} | Tokens/sec: 65,5{step}" for step in range(40, 90, 10)))

    assert log.points[-1].rate == 65580.0


def test_two_lines_of_steps_and_plan_are_enough() -> None:
    """An excerpt of two lines that say of how many steps they are."""
    lines = [f"Step {step}/1000 | Loss: 0.{step} | LR: 9e-5 | Time: 2.5s/step" for step in (100, 200)]
    log = read("\n".join(lines))

    assert log.facts.steps_planned == 1000
    assert pace(log) == pytest.approx(2.5)


def test_two_shards_are_no_steps() -> None:
    """Two bars of something else stay unread."""
    with pytest.raises(UnreadableError):
        read("Loading checkpoint shards: 1/2\nLoading checkpoint shards: 2/2")
