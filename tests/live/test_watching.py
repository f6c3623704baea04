"""Watching by a clock that moves when told: when answers come, what they say, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from traincast.answers import WatchAnswer
from traincast.live.feeds import Stop
from traincast.live.question import Question, moment
from traincast.live.reader import Reader
from traincast.live.watch import Ends, Watching
from traincast.reading.follow import Happening, Idle, Lines

BEGIN = 1.764e9
HEADER = "max_iters = {steps}\neval_interval = 100\n"


class World:
    """A clock, a feed that writes a step every `seconds`, and the watching of it."""

    def __init__(
        self, *, steps: int, planned: int, seconds: float = 2.0, silence: float = 0.0, cost: float = 0.0
    ) -> None:
        self.now = BEGIN
        self.steps, self.planned, self.seconds, self.silence, self.spent = steps, planned, seconds, silence, cost
        self.used = 0.0
        self.stop = Stop()

    def clock(self) -> float:
        return self.now

    def cost(self) -> float:
        self.used += self.spent
        return self.used

    def feed(self) -> Iterator[Happening]:
        yield Lines(HEADER.format(steps=self.planned) if self.planned else "hello\n", self.now)
        for i in range(self.steps):
            self.now += self.seconds
            yield Lines(f"iter {i}: loss 2.0, time {self.seconds * 1e3:.1f}ms\n", self.now)
            if self.stop():
                return
        while self.silence > 0 and not self.stop():
            self.now += 1.0
            self.silence -= 1.0
            yield Idle(self.now)

    def answers(self, ends: Ends | None = None, asked: Question | None = None, every: float = 1.0) -> list[WatchAnswer]:
        watching = Watching(
            "-", Reader("-", prefer_arrival=True), asked or Question(), ends=ends or Ends(), stop=self.stop,
            every=every,
            clock=self.clock, cost=self.cost,
        )  # fmt: skip
        return list(watching.answers(self.feed()))


def codes(answer: WatchAnswer) -> list[str]:
    return [found.code for found in answer.findings]


def test_the_remaining_time_shrinks_to_nothing() -> None:
    """Each of 200 steps takes 2 s: after k of them 2 (200 - k) s remain; the last answer says over."""
    answers = World(steps=200, planned=200).answers()

    assert answers[-1].state == "over"
    assert answers[-1].remaining.value == 0
    for answer in answers[20:-1]:
        assert answer.remaining.value == pytest.approx(2.0 * (200 - answer.steps_done), rel=0.02, abs=2.0)


def test_the_end_is_told_as_a_moment() -> None:
    """After 100 of 200 steps of 2 s the end is 200 s ahead."""
    last = World(steps=100, planned=200).answers()[-1]

    assert last.state == "left"
    at, finish = (moment(text, now=BEGIN) for text in (last.at, last.finish_at))
    assert finish - at == pytest.approx(200.0, abs=3.0)


def test_a_finished_run_ends_the_watch_after_a_moment() -> None:
    """Once over, a second of silence is waited for, no more."""
    world = World(steps=50, planned=50, silence=1000)
    world.answers()

    assert world.now < BEGIN + 50 * 2.0 + 10


def test_silence_is_told_and_ends_the_watch_where_asked() -> None:
    """A run of 2 s steps that is silent for a minute is quiet; --idle 90 ends it."""
    world = World(steps=50, planned=100, silence=1000)
    answers = world.answers(Ends(idle=90))

    assert "quiet" in [answer.state for answer in answers]
    assert "quiet" in codes(answers[-1])
    assert world.now - (BEGIN + 100) == pytest.approx(90, abs=2)


def test_a_run_of_long_steps_is_not_quiet_at_once() -> None:
    """Steps of 100 s: silence of 250 s is nothing to speak of."""
    answers = World(steps=10, planned=100, seconds=100.0, silence=250).answers(Ends(idle=1000))

    assert "quiet" not in [answer.state for answer in answers]


def test_the_remaining_time_does_not_shrink_by_silence() -> None:
    """A hung run has as much before it after an hour as before."""
    answers = World(steps=50, planned=100, silence=3600).answers(Ends())

    assert answers[-1].remaining.value >= 98.0 - 2.0


def test_until_ends_the_watch() -> None:
    """At the moment asked for, whatever the run does."""
    world = World(steps=10_000, planned=20_000)
    world.answers(Ends(until=BEGIN + 500))

    assert world.now == pytest.approx(BEGIN + 500, abs=3)


def test_a_deadline_that_cannot_be_held_is_told_before_it_comes() -> None:
    """400 s of work, 150 s of time: unlikely long before, missed at the end."""
    answers = World(steps=200, planned=200).answers(asked=Question(deadline=BEGIN + 150))

    first = next(answer for answer in answers if "deadline-unlikely" in codes(answer))
    assert first.steps_done < 60
    assert any("deadline-missed" in codes(answer) for answer in answers)


def test_a_deadline_that_is_held_is_not_told() -> None:
    """400 s of work and 800 s of time."""
    answers = World(steps=200, planned=200).answers(asked=Question(deadline=BEGIN + 800))

    assert not any(code.startswith("deadline") for answer in answers for code in codes(answer))
    assert answers[100].probability_by_deadline > 0.99


def test_without_a_plan_the_rest_is_told_and_how_to_help() -> None:
    """No total: speed and counter, a finding that names --steps, no end."""
    last = World(steps=30, planned=0).answers()[-1]

    assert last.remaining is None
    assert last.steps_done == 30
    assert "plan-unknown" in codes(last)


def test_dear_answers_come_more_rarely() -> None:
    """Where an answer costs 0.2 s of processor, the next one waits until that is 0.4 % of the time: 50 s."""
    cheap = World(steps=300, planned=300).answers()
    dear = World(steps=300, planned=300, cost=0.2).answers()

    assert len(cheap) > 250
    assert len(dear) == pytest.approx(600 / 50, abs=3)


def test_the_next_evaluation_is_told() -> None:
    """eval_interval = 100 in the header: after step 20 the next one comes at 100, in about 160 s."""
    last = World(steps=21, planned=400).answers()[-1]

    assert last.next_evaluation.step == 100
    assert last.next_evaluation.seconds == pytest.approx(160, abs=3)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90.0), ("1h30m", 5400.0)])
def test_a_duration_is_a_moment(text: str, seconds: float) -> None:
    """From now on."""
    assert moment(text, now=BEGIN) == BEGIN + seconds


def test_a_time_of_day_is_local_and_ahead() -> None:
    """18:00 is the next one."""
    at = moment("18:00", now=BEGIN)

    assert 0 < at - BEGIN <= 86400


def test_a_prediction_is_an_answer_before_the_first_line() -> None:
    """Steps of about 3 s are predicted and 100 are planned: 300 s, without any log."""
    asked = Question(steps=100, prior=(1.0986, 0.2))
    first = World(steps=30, planned=100, seconds=3.0).answers(asked=asked)[0]

    assert first.state == "waiting"
    assert first.remaining.value == pytest.approx(300, rel=0.05)
    assert first.prior_weight == 1.0
