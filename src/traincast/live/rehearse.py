"""Rehearsing: a command is run only until the forecast of its full run is sure enough, then stopped."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from traincast import units
from traincast.answers import ForecastAnswer, RehearseAnswer, WatchAnswer
from traincast.errors import PlanUnknownError, TraincastError, UnreadableError, UsageError
from traincast.estimate import Estimate
from traincast.findings import finding
from traincast.live.answer import answered, finish, waiting
from traincast.live.crowd import Crowd, place
from traincast.live.feeds import POLL, Passage, Stop
from traincast.live.halt import ASKED, TOLD, Halted, halt
from traincast.live.question import Question
from traincast.live.reader import Reader
from traincast.live.run import Command
from traincast.phrases import Figures, phrase
from traincast.reading.follow import Happening, Idle, Lines, follow
from traincast.runlog import RunLog

RUN_TO_RUN = {"cpu": 0.12, "accelerator": 0.02}
"""half-width (share of the total) by which two runs of the same work differ. On a CPU: 90 % of the pairs among ten runs
of each of three sizes of `traincast train`, on a virtual machine of two cores (LOG.md). On an accelerator: assumed"""
ENDS_BY_ITSELF = "SIGINT"
"""the signal after which a command ends as it would have ended: what it takes for that belongs to a full run"""
MOST_CROWDED = 0.8
"""share beyond which no more can be said"""
CROWDED = 0.05
"""share of the machine that others used from which on it is said"""
SURE = 0.05
"""width of the interval over the total"""
BUDGET = 600.0
"""s"""
EVERY = 0.25
"""s between two answers, at least"""
SHARE = 0.02
"""of a core that answers may cost: a rehearsal is short, and what it waits for costs more"""
NO_PLAN_AFTER = 10
"""step lines after which a plan that was not told is not waited for"""

Reason = Literal["sure", "budget", "ended", "interrupted"]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """When a rehearsal has seen enough."""

    sure: float = SURE
    """width of the interval over the total below which it stops"""
    budget: float = BUDGET
    """s after which it stops in any case"""
    evaluation: bool = True
    """whether to wait until an evaluation was seen or is known"""
    patience: float = ASKED
    """s that the command has to end after it was asked to"""


class FailedError(TraincastError):
    """The command ended before it told enough; `status` is its own."""

    def __init__(self, message: str, status: int, *, hint: str = "", **values: object) -> None:
        super().__init__(message, hint=hint, status=status, **values)
        self.status = status


class Rehearsal:
    """One command that is rehearsed."""

    def __init__(
        self,
        words: Sequence[str],
        asked: Question,
        wish: Wish,
        *,
        log: Path | None = None,
        sink: int | None = 2,
        told: Callable[[WatchAnswer], None] | None = None,
    ) -> None:
        """`log` is read in place of the output; `sink` is the descriptor that the output goes to, if any."""
        if not words:
            raise UsageError("no command after --", hint="traincast rehearse -- python train.py")
        self.words, self.asked, self.wish, self.log, self.sink, self.told = list(words), asked, wish, log, sink, told
        self.name = str(log) if log is not None else " ".join(words)
        self.reader = Reader(self.name, dialect=asked.dialect, prefer_arrival=True)
        self.answer: WatchAnswer | None = None
        self.run: RunLog | None = None
        self._due = 0.0
        self._answered_at = 0.0
        self._news = False

    def result(self) -> RehearseAnswer:
        """Run, follow, stop; the forecast of the full run. Raises FailedError, PlanUnknownError, UsageError."""
        written = LogFeed(self.log) if self.log is not None else None
        self.crowd = Crowd()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            with Command(self.words) as command:
                self.began = time.time()
                sink = nowhere if self.sink is None else self.sink
                return self._directed(command, Passage(command, {1: sink, 2: sink}), written)
        finally:
            os.close(nowhere)

    def _directed(self, command: Command, passage: Passage, written: LogFeed | None) -> RehearseAnswer:
        """Follow and stop; however that ends, nothing of the command is left."""
        try:
            reason = self._follow(command, passage, written)
            if reason == "interrupted":
                raise KeyboardInterrupt
            self._renew(time.time())
        except BaseException:
            self._halt(command, passage)
            raise
        after = time.time() - self.began
        halted = self._halt(command, passage)
        return self._document(reason, halted, command.status, after)

    def _halt(self, command: Command, passage: Passage) -> Halted:
        """Stop the command; its last words go where the others went."""
        patience = self.wish.patience
        return halt(command, asked=patience, told=min(TOLD, patience), taken=lambda one: passage.pass_on(one.content))

    def _follow(self, command: Command, passage: Passage, written: LogFeed | None) -> Reason:
        """Read until there is a reason to stop."""
        for happening in passage.lines(Stop(), poll=min(POLL, EVERY)):
            found: Iterator[Happening] = iter([happening]) if written is None else written.news()
            for one in found:
                if isinstance(one, Lines):
                    self.reader.feed(one.text, one.at)
                    self._news = True
            if command.interrupted:
                return "interrupted"
            now = time.time()
            if self._news and now >= self._due and self._renew(now):
                return "sure"
            if now - self.began >= self.wish.budget:
                return "budget"
        for one in () if written is None else written.news(last=True):
            if isinstance(one, Lines):
                self.reader.feed(one.text, one.at)
        return "interrupted" if command.interrupted else "ended"

    def _renew(self, now: float) -> bool:
        """Make the next answer; whether it is sure enough."""
        began = time.process_time()
        logs = self.reader.logs()
        self._news = False
        if not logs:
            return False
        self.run = next((one for one in reversed(logs) if one.points), logs[-1])
        self._answered_at = now
        self.answer = answered(self.run, self.asked, now=now, last=self.reader.last_step_at)
        if self.told is not None:
            self.told(self.answer)
        if self.answer.steps_total is None and len(self.run.points) >= NO_PLAN_AFTER and self.answer.remaining is None:
            raise PlanUnknownError(
                "{name} does not say how many {units} the full run takes",
                name=self.name,
                units=phrase(f"{self.run.unit}s"),
            )
        self._due = now + max(EVERY, (time.process_time() - began) / SHARE)
        if self.answer.state == "over":
            return False  # it ends by itself: its last words and its exit status are worth the wait
        total = self._total()
        width = None if total is None else total.relative_width
        return width is not None and width <= self.wish.sure and (not self.wish.evaluation or self._knows_evaluation())

    def _total(self) -> Estimate | None:
        """Seconds of the full run from the start of the command: until the last line, and what remains from there."""
        answer = self.answer
        if answer is None or answer.remaining is None or answer.total is None:
            return None
        left = answer.remaining
        passed = self._answered_at - self.began
        return Estimate(
            value=passed + left.value,
            low=None if left.low is None else passed + left.low,
            high=None if left.high is None else passed + left.high,
            level=left.level,
        )

    def _knows_evaluation(self) -> bool:
        """Whether an evaluation was seen among the steps, its cost is known, or there will be none."""
        run, answer = self.run, self.answer
        if run is None or answer is None:
            return False
        workload = self.asked.workload
        every = run.facts.eval_interval or (workload.eval_interval if workload is not None else None)
        if every and answer.steps_total and every >= answer.steps_total:
            return True
        if any(part.name == "evaluation" and part.seconds > 0 for part in answer.parts):
            return True
        return any(event.kind == "evaluation" and event.step is not None for event in run.events)

    def _document(self, reason: Reason, halted: Halted, status: int | None, after: float) -> RehearseAnswer:
        """The forecast of the full run; raises FailedError where there is none."""
        answer = self.answer or waiting(self.name, now=time.time())
        others = self.crowd.share()
        total = self._total()
        closing = halted.seconds if halted.by == ENDS_BY_ITSELF else 0.0
        over = answer.state == "over"
        if reason == "ended" and status and not over:
            raise FailedError(
                "the command ended with status {status} after {after}",
                status,
                hint="its last lines tell why",
                after=Figures(units.duration(after)),
            )
        if answer.remaining is None or total is None:
            raise self._no_answer(reason, after)
        known = self._knows_evaluation()
        result = RehearseAnswer(
            **{name: getattr(answer, name) for name in ForecastAnswer.__struct_fields__ if name != "schema"},
            command=self.words,
            rehearsed_seconds=after,
            stopped_because=reason,
            stopped_by=halted.by,
            exit_status=status,
            evaluation_known=known,
            closing_seconds=closing,
        )
        result.total = another_run(total, closing, others, RUN_TO_RUN[place()])
        result.finish_at = finish(time.time(), result.total)
        width = total.relative_width
        if reason == "budget" and width is not None and width > self.wish.sure:
            result.findings.append(
                finding(
                    "not-narrow",
                    seconds=units.duration(after),
                    width=units.percent(width),
                    asked=units.percent(self.wish.sure),
                )
            )
        if others > CROWDED:
            result.findings.append(finding("busy-machine", share=units.percent(others)))
        if self.wish.evaluation and not known and not over:
            result.findings.append(finding("no-evaluation-seen"))
        return result

    def _no_answer(self, reason: Reason, after: float) -> TraincastError:
        """Why there is no forecast."""
        how = phrase("ended") if reason == "ended" else phrase("was stopped")
        spent = Figures(units.duration(after))
        if not self.reader.lines:
            if self.log is None:
                return UnreadableError(
                    "the command wrote nothing and {how} after {spent}",
                    hint="give the file it logs to with --log FILE",
                    how=how,
                    spent=spent,
                )
            return UnreadableError(
                "the command wrote nothing to {log} and {how} after {spent}",
                hint="check the path given with --log",
                log=self.log,
                how=how,
                spent=spent,
            )
        if self.run is None or not self.run.points:
            return UnreadableError(
                "no step line among {lines} lines: the command {how} after {spent}",
                hint="a larger --budget, or name the format with --dialect",
                lines=self.reader.lines,
                how=how,
                spent=spent,
            )
        return UnreadableError(
            "too little was seen: the command {how} after {spent}", hint="a larger --budget", how=how, spent=spent
        )


def another_run(total: Estimate, closing: float, others: float, differ: float) -> Estimate:
    """`total` of the run that was stopped as that of a run to come, which also takes `closing` s to end.

    Two runs of one command `differ`. Where `others` took a share of the machine, the next run may have that too, or
    lose as large a share again. A run that ends may save more, or less, than one that is stopped.
    """
    value = total.value + closing
    others = min(others, MOST_CROWDED)
    below = math.hypot(differ * value, others * value, closing / 2)
    above = math.hypot(differ * value, others / (1 - others) * value, closing)
    return Estimate(
        value=value,
        low=None if total.low is None else value - math.hypot(total.value - total.low, below),
        high=None if total.high is None else value + math.hypot(total.high - total.value, above),
        level=total.level,
    )


class LogFeed:
    """The lines that a command adds to a file; those that were there before are passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = Stop()
        self._events: Iterator[Happening] | None = None
        if path.exists():
            for _ in self.news():
                pass

    def news(self, *, last: bool = False) -> Iterator[Happening]:
        """What came since the last time; `last`: nothing follows."""
        self._last.asked = last
        if self._events is None:
            if not self.path.exists():
                return
            self._events = follow(self.path, stop=self._last, sleep=lambda _: None)
        for happening in self._events:
            if isinstance(happening, Idle):
                return
            yield happening
