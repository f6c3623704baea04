"""fairseq with `log_format: json`: objects after a logger's prefix, all numbers strings."""

from __future__ import annotations

import re

from traincast.reading.clocks import Clock
from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, document, real, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.reading.values import number
from traincast.runlog import Facts, RunLog

TITLE = "fairseq JSON log"
STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:[.,]\d{1,6})?")
WRITING = re.compile(r"\(writing took ([\d.]{1,20})s? ?(?:seconds)?\)")
SETTINGS = (
    (re.compile(r"['\"]?\bmax_update['\"]?[:=] ?(\d{1,12})\b"), "steps_planned"),
    (re.compile(r"['\"]?\bmax_epoch['\"]?[:=] ?(\d{1,9})\b"), "epochs_planned"),
    (re.compile(r"['\"]?\bdistributed_world_size['\"]?[:=] ?(\d{1,7})\b"), "n_devices"),
    (re.compile(r"['\"]?\bupdate_freq['\"]?[:=] ?\[(\d{1,6})\b"), "grad_accum"),
    (re.compile(r"['\"]?\blog_interval['\"]?[:=] ?(\d{1,9})\b"), "log_interval"),
    (re.compile(r"['\"]?\bvalidate_interval_updates['\"]?[:=] ?(\d{1,9})\b"), "eval_interval"),
    (re.compile(r"['\"]?\bsave_interval_updates['\"]?[:=] ?(\d{1,9})\b"), "checkpoint_interval"),
    (re.compile(r"training on (\d{1,6}) (?:devices|GPUs)"), "n_devices"),
    (re.compile(r"num\. trained: ([\d,]{1,30})\)"), "params"),
    (re.compile(r"name = ([\w .-]{1,60}?)\s*$"), "device"),
)


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run, on the stamps of the lines, else on fairseq's own wall time."""
    reading = Reading(facts=Facts())
    for line in source.lines():
        reading.torn.lines += 1
        reading.line(line)
    return reading.logs(source)


class Reading:
    """State while one log is read."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.torn = Torn()
        self.clock = Clock()
        self.points = Gatherer(counts_from=1)
        self.by_epoch = Gatherer(counts_from=1)
        self.validation: float | None = None
        self.pace: float | None = None
        """seconds an update by the newest rate of updates"""
        self.stamped = False

    def line(self, line: str) -> None:
        """One line: an object, or something beside."""
        at = line.find('{"')
        if at < 0:
            self.beside(line)
            return
        try:
            row = document(line[at:].strip())
        except ValueError:
            self.torn.torn += 1
            return
        if isinstance(row, dict):
            self.row(row, self.stamp(line[:at]))

    def stamp(self, before: str) -> float | None:
        """Seconds of the stamp in a prefix."""
        match = STAMP.search(before[:200])
        seconds = self.clock.seconds(match[0]) if match else None
        self.stamped = self.stamped or seconds is not None
        return seconds

    def row(self, row: Row, clock: float | None) -> None:
        """One object: updates, the mean of an epoch, or a validation."""
        rate = real(row.get("ups")) or real(row.get("train_ups"))
        self.pace = 1.0 / rate if rate and rate > 0 else self.pace
        if (step := whole(row.get("num_updates"))) is not None:
            wall = clock if self.stamped else real(row.get("wall"))
            self.points.add(step, clock=wall, loss=real(row.get("loss")), rate=real(row.get("wps")))
            self.facts.samples_per_step = self.facts.samples_per_step or real(row.get("bsz"))
        elif any(str(key).startswith("valid") for key in row):
            seconds = clock - self.validation if clock is not None and self.validation is not None else None
            self.points.event("evaluation", step=whole(row.get("valid_num_updates")), clock=clock, seconds=seconds)
            self.validation = None
        elif (step := whole(row.get("train_num_updates"))) is not None:
            wall = clock if self.stamped else real(row.get("train_wall"))
            self.by_epoch.add(step, clock=wall, loss=real(row.get("train_loss")), rate=real(row.get("train_wps")))

    def beside(self, line: str) -> None:
        """A line without an object: settings, validations, checkpoints."""
        if "begin validation" in line:
            self.validation = self.stamp(line)
        elif (match := WRITING.search(line)) and (seconds := number(match[1])):
            self.points.event("checkpoint", clock=self.stamp(line), seconds=seconds)
        elif "done training" in line:
            self.points.event("end", clock=self.stamp(line))
        if self.points.last is None:
            self.settings(line)

    def settings(self, line: str) -> None:
        """Facts of the lines above the first step."""
        for pattern, field in SETTINGS:
            match = pattern.search(line)
            if match is None or getattr(self.facts, field) is not None:
                continue
            if field == "device":
                self.facts.device = match[1].strip()
            elif value := number(match[1]):
                whole_number = str(Facts.__annotations__[field]).startswith("int")
                setattr(self.facts, field, round(value) if whole_number else value)

    def logs(self, source: Source) -> list[RunLog]:
        """The runs: by updates where any were logged, else by epochs."""
        points = self.points
        if points.last is None:
            points = self.by_epoch
            points.events = self.points.events
        kind = "wall" if self.stamped else "elapsed"
        logs = points.logs(
            source, self.facts, self.torn,
            unit="update", clock_kind=kind, rate_unit="tokens",
            clock_resolution=self.clock.resolution if self.stamped else 1.0,
        )  # fmt: skip
        for log in logs:
            if len(log.points) == 1 and self.pace:
                log.points[0].step_seconds, log.span = self.pace, "window"  # one line tells no other
            log.finished = log.finished or any(event.kind == "end" for event in log.events)
        return logs
