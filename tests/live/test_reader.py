"""Reading a log as it comes gives what reading it at once gives; lines without a clock are timed by their arrival."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from traincast.live.reader import GRAIN, Reader, known_or_long
from traincast.reading import read_logs, read_text
from traincast.reading.series import series
from traincast.runlog import Point, RunLog

HEADER = "max_iters = 300\neval_interval = 100\ntokens per iteration will be: 16,384\n"


def nano(i: int, ms: float = 2000.0) -> str:
    return f"iter {i}: loss {3 - i * 0.001:.4f}, time {ms:.2f}ms, mfu 12.00%\n"


def fed(reader: Reader, blocks: list[tuple[str, float | None]]) -> RunLog:
    for text, at in blocks:
        reader.feed(text, at)
    return reader.logs()[-1]


@pytest.mark.parametrize("seed", range(5))
def test_pieces_give_what_the_whole_gives(seed: int, own_logs: Path) -> None:
    """A real log cut at random line ends is read to the points, events and facts of the whole log."""
    text = (own_logs / "nanogpt-cpu-busy.log").read_text()
    lines = text.splitlines(keepends=True)
    draw = random.Random(seed)
    blocks, at = [], 0
    while at < len(lines):
        step = draw.randint(1, 40)
        blocks.append(("".join(lines[at : at + step]), None))
        at += step

    (whole,) = read_text([text])
    log = fed(Reader("-"), blocks)

    assert log.points == whole.points
    assert log.facts == whole.facts
    assert [event.kind for event in log.events] == [event.kind for event in whole.events]
    assert log.lines == whole.lines


def test_public_logs_give_in_pieces_what_they_give_whole(shared: Path) -> None:
    """One small log of each of ten text dialects, fed 25 lines at a time."""
    seen: set[str] = set()
    for path in sorted(shared.glob("logs/*/*.log"))[:120]:
        if path.stat().st_size > 300_000 or len(seen) >= 10:
            continue
        logs = read_logs(path)
        text = path.read_text(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        if not logs[0].points or logs[0].dialect in seen or logs[0].confidence < 0.9 or "\x1b" in text:
            continue
        seen.add(logs[0].dialect)
        lines = text.splitlines(keepends=True)
        reader = Reader(str(path))
        for i in range(0, len(lines), 25):
            reader.feed("".join(lines[i : i + 25]), None)
        again = reader.logs()
        assert [len(log.points) for log in again] == [len(log.points) for log in logs], path
        assert again[-1].points == logs[-1].points, path
    assert len(seen) >= 5


def test_lines_without_a_clock_are_timed_as_they_arrive() -> None:
    """nanoGPT prints no clock: 2.5 s between arrivals is the interval, whatever it prints."""
    blocks: list[tuple[str, float | None]] = [(HEADER, 1000.0)]
    blocks += [(nano(i), 1010.0 + 2.5 * i) for i in range(20)]
    log = fed(Reader("-", prefer_arrival=True), blocks)

    assert log.clock_kind == "wall"
    assert series(log).seconds == pytest.approx([2.5] * 19)
    assert "arrival-times" in [found.code for found in log.findings]


def test_a_file_that_prints_its_times_is_not_timed_by_arrival() -> None:
    """A followed file is polled: what it prints is better than when it was seen."""
    blocks: list[tuple[str, float | None]] = [(HEADER, None), *((nano(i), 1010.0 + 2.5 * i) for i in range(20))]
    log = fed(Reader("run.log"), blocks)

    assert log.clock_kind == "none"
    assert series(log).seconds == pytest.approx([2.0] * 20)


def test_lines_that_arrive_together_share_the_time_since_the_last() -> None:
    """A pipe that is emptied every 20 s with ten lines gives intervals of 2 s."""
    blocks: list[tuple[str, float | None]] = [(HEADER + nano(0), 1000.0)]
    blocks += [("".join(nano(i) for i in range(k, k + 10)), 1000.0 + 2.0 * (k + 9)) for k in range(1, 51, 10)]
    log = fed(Reader("-", prefer_arrival=True), blocks)

    assert series(log).seconds == pytest.approx([2.0] * 50)


def test_a_log_of_no_known_format_and_no_times_can_be_timed() -> None:
    """`Step 3 loss=2.97`, three seconds apart."""
    blocks: list[tuple[str, float | None]] = [
        (f"Step {i} loss={3 - 0.01 * i:.3f}\n", 1000.0 + 3.0 * i) for i in range(40)
    ]
    log = fed(Reader("-", prefer_arrival=True), blocks)

    assert [point.step for point in log.points] == list(range(40))
    assert series(log).seconds == pytest.approx([3.0] * 39)


def test_json_lines_through_a_pipe_are_read() -> None:
    """A structured log has no dialect and is read as what it is."""
    blocks: list[tuple[str, float | None]] = [
        (f'{{"step": {i}, "loss": {3 - 0.01 * i:.3f}, "elapsed": {4.0 * i}}}\n', 1000.0 + 4.0 * i) for i in range(40)
    ]
    log = fed(Reader("-", prefer_arrival=True), blocks)

    assert log.dialect == "jsonl"
    assert series(log).seconds[-1] == pytest.approx(4.0)


def test_a_bar_of_a_download_does_not_decide_the_dialect() -> None:
    """tqdm's bar comes first and fits; the trainer's lines win as soon as they come."""
    bars = "".join(f"Downloading: {i}%|###   | {i}/100 [00:{i // 2:02d}<00:50, 2.00it/s]\n" for i in range(100))
    blocks: list[tuple[str, float | None]] = [(bars, None), (HEADER, None), *((nano(i), None) for i in range(200))]
    log = fed(Reader("run.log"), blocks)

    assert log.dialect == "nanogpt"
    assert len(log.points) == 200
    assert log.facts.steps_planned == 300


def test_nothing_is_told_before_anything_is_known() -> None:
    """No line, no run; noise, no run with steps."""
    reader = Reader("-")
    assert reader.logs() == []
    reader.feed("loading data\n", 1.0)
    assert not any(log.points for log in reader.logs())


def test_what_is_held_of_an_unknown_log_is_bounded() -> None:
    """Fifty megabytes of noise are not kept."""
    reader = Reader("-", dialect="none")
    for i in range(50):
        reader.feed("noise without figures\n" * 48_000, float(i))

    assert sum(len(block.text) for block in reader._held) < 10 << 20


def test_the_arrival_of_a_step_line_is_remembered() -> None:
    """Other lines that come later do not move it."""
    reader = Reader("-")
    fed(reader, [(HEADER, 1.0), (nano(0), 5.0), ("saving\n", 9.0)])

    assert reader.last_step_at == 5.0
    assert GRAIN < 0.1


def test_a_polled_file_without_times_knows_how_coarse_its_clock_is() -> None:
    """Lines seen four times a second are timed to a quarter of a second; the mean is right all the same."""
    reader = Reader("run.log", poll=0.25)
    blocks: list[tuple[str, float | None]] = [("Epoch 0, loss 2.0\n", None)]
    blocks += [(f"Step {i} loss={3 - 0.01 * i:.3f}\n", 1000.0 + 0.25 * round(4 * 0.3 * i)) for i in range(200)]
    log = fed(reader, blocks)
    found = series(log)

    assert sum(found.seconds) / sum(found.steps) == pytest.approx(0.3, rel=0.02)


@pytest.mark.parametrize("prefer", [True, False])
def test_the_first_line_of_a_pipe_takes_no_decades(prefer: bool) -> None:
    """Its arrival is a Unix time, not a time since the start: nothing is known of a step but what is printed."""
    log = fed(Reader("-", prefer_arrival=prefer), [(nano(0), 1.8e9)])
    found = series(log)

    assert log.facts.mean_step_seconds is None
    assert found is None or found.seconds == [2.0]


def test_the_format_is_known_soon_after_a_long_header() -> None:
    """2,000 lines of settings, then three lines of steps in as many seconds: not half as much again as the header."""
    reader = Reader("-", prefer_arrival=True)
    reader.feed(HEADER + "".join(f"setting_{i} = {i}\n" for i in range(2000)), 1000.0)
    for i in range(3):
        reader.feed(nano(i), 1020.0 + i)

    (log,) = reader.logs()
    assert (log.dialect, len(log.points)) == ("nanogpt", 3)


def test_few_arrivals_do_not_replace_what_is_printed() -> None:
    """Three lines print 2 s a step and arrive 5 s apart; a fourth makes three intervals, which count."""
    reader = Reader("-", prefer_arrival=True)
    blocks: list[tuple[str, float | None]] = [(nano(i), 1000.0 + 5 * i) for i in range(3)]

    assert series(fed(reader, [(HEADER, 990.0), *blocks])).seconds == pytest.approx([2.0] * 3)
    assert series(fed(reader, [(nano(3), 1015.0)])).seconds == pytest.approx([5.0] * 3)


def test_an_epoch_under_way_is_news() -> None:
    """Updates of a bar of Keras that is not full are no step lines, but tell that the run goes on."""
    reader = Reader("-", prefer_arrival=True)
    reader.feed("Epoch 1/3\n45/45 [====] - 4s 90ms/step - loss: 1.0\nEpoch 2/3\n", 1000.0)
    reader.feed(" 9/45 [=>..] - ETA: 3s - loss: 0.9\n", 1001.0)
    reader.feed("18/45 [==>.] - ETA: 2s - loss: 0.8\n", 1002.0)
    assert reader.last_step_at == 1002.0

    reader.feed("nothing of interest\n", 1003.0)
    assert reader.last_step_at == 1002.0


def test_the_first_lines_of_an_unknown_format_are_no_run() -> None:
    """A check of one batch before the training counts to 1 of 1 and would be over; known formats are believed."""
    points = [Point(step=i, clock=float(i)) for i in range(3)]
    short, long = (RunLog(dialect="induced", points=points[:n]) for n in (2, 3))
    known = RunLog(dialect="nanogpt", points=points[:1])

    assert known_or_long([short, long, known]) == [long, known]
