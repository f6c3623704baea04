"""Points one after another to run logs.

Counters that fall back, repeated steps and too many points are the business of `Track`.
"""

from __future__ import annotations

from typing import Any

from traincast.findings import Finding, finding
from traincast.reading.finish import note_several, points, timed
from traincast.reading.rows import Rows
from traincast.reading.sources import Source
from traincast.reading.structured.rows import Torn
from traincast.reading.track import Track
from traincast.runlog import Event, EventKind, Facts, RunLog

BATCH = 4096
"""points converted together"""
EVENTS = 20_000
COLUMNS = ("total", "clock", "seconds", "loss", "rate", "mfu")


class Gatherer:
    """Collects the points and events of one source."""

    def __init__(self, *, counts_from: int = 1, falls: str = "start") -> None:
        self.counts_from = counts_from
        self.falls = falls
        self.tracks: list[Track] = []
        self.events: list[tuple[int, Event]] = []
        self.last: int | None = None
        self.total: int | None = None
        self.buffer: list[tuple[Any, ...]] = []

    def add(
        self,
        step: int,
        *,
        total: int | None = None,
        clock: float | None = None,
        seconds: float | None = None,
        loss: float | None = None,
        rate: float | None = None,
        mfu: float | None = None,
    ) -> None:
        """One logged step; times in seconds."""
        self.last = step
        self.total = total if total is not None else self.total
        self.buffer.append((step, self.total, clock, seconds, loss, rate, mfu))
        if len(self.buffer) >= BATCH:
            self.flush()

    def event(
        self,
        kind: EventKind,
        *,
        step: int | None = None,
        clock: float | None = None,
        seconds: float | None = None,
        text: str = "",
    ) -> None:
        """Something besides steps, after the last step where none is named."""
        if len(self.events) < EVENTS:
            run = max(0, len(self.tracks) - (0 if self.buffer or not self.tracks else 1))
            event = Event(
                kind=kind, step=self.last if step is None else step, clock=clock, seconds=seconds, text=text[:200]
            )
            self.events.append((run, event))

    def restarted(self) -> None:
        """The source says that the process starts again."""
        self.flush()
        if self.tracks:
            self.tracks[-1].restarted = True

    def next_run(self) -> None:
        """The points that follow belong to another run."""
        self.flush()
        self.tracks.append(Track(counts_from=self.counts_from, falls=self.falls))
        self.last = self.total = None

    def flush(self) -> None:
        """Hand the buffer to the runs."""
        rows, self.buffer = self.buffer, []
        while rows:
            if not self.tracks:
                self.tracks.append(Track(counts_from=self.counts_from, falls=self.falls))
            columns = list(zip(*rows, strict=True))
            known = [None if all(value is None for value in column) else column for column in columns[1:]]
            names = ("totals", "clocks", "seconds", "losses", "rates", "mfus")
            batch = Rows(steps=list(columns[0]), **dict(zip(names, known, strict=True)))
            taken = self.tracks[-1].extend(batch)
            rows = rows[taken:]
            if rows:
                self.tracks.append(Track(counts_from=self.counts_from, falls=self.falls))

    def logs(self, source: Source, facts: Facts, torn: Torn | None = None, **fields: Any) -> list[RunLog]:
        """One record a run; `fields` are those of `RunLog` that all of them share."""
        self.flush()
        tracks = [track for track in self.tracks if track.last is not None]
        logs = []
        for i, track in enumerate(tracks or [None]):
            log = RunLog(source=source.name, counts_from=self.counts_from, facts=facts, **fields)
            if len(tracks) > 1:
                log.facts = copied(facts)
            if track is not None:
                track.flush()
                log.points, log.merged = points(track), track.stride > 1
                log.facts.steps_planned = track.total or log.facts.steps_planned
            log.events = [event for run, event in self.events if min(run, max(len(tracks) - 1, 0)) == i]
            settle(log, torn)
            logs.append(log)
        note_several(logs)
        return logs


def copied(facts: Facts) -> Facts:
    """`facts` for another run of the same file."""
    return Facts(**{name: getattr(facts, name) for name in Facts.__struct_fields__})


def settle(log: RunLog, torn: Torn | None) -> None:
    """Derive what follows from several fields, and say what was odd."""
    if torn is not None:
        log.lines = torn.lines
        log.unread_lines = torn.torn
    if not any(point.step_seconds is not None for point in log.points):
        log.span = "none"
    if not any(point.clock is not None for point in log.points):
        log.clock_kind, log.clock_resolution = "none", None
    if not any(point.rate is not None for point in log.points):
        log.rate_unit = None
    facts = log.facts
    if facts.samples_per_step is None and facts.micro_batch and facts.grad_accum and facts.n_devices:
        facts.samples_per_step = float(facts.micro_batch * facts.grad_accum * facts.n_devices)
    if facts.tokens_per_step is None and facts.samples_per_step and facts.seq_len and log.unit in ("step", "update"):
        facts.tokens_per_step = facts.samples_per_step * facts.seq_len
    if log.points and facts.steps_planned:
        log.finished = log.finished or log.points[-1].step + 1 - log.counts_from >= facts.steps_planned
    log.findings += oddities(log)


def oddities(log: RunLog) -> list[Finding]:
    """Findings that every format shares."""
    found = []
    if not log.points:
        found.append(finding("no-steps"))
    elif not timed(log) and not log.facts.total_seconds:
        found.append(finding("no-timing"))
    if log.unread_lines:
        found.append(finding("unread-lines", number=str(log.unread_lines)))
    if log.merged:
        found.append(finding("points-merged", number=str(len(log.points))))
    return found
