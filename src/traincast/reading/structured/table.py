"""Formats whose rows are objects with fixed names, as `tables.toml` describes them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from traincast.findings import Finding
from traincast.phrases import phrase
from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, flat, real, span, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.plans import derived, from_remaining
from traincast.reading.structured.rows import Torn, json_rows, table_rows
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog, Span

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DONE_OF = re.compile(r" ?(\d{1,15}) ?/ ?(\d{1,15})")
TEXT_FACTS = frozenset({"model", "device", "precision"})
REMAINING_ERROR = 0.02
"""relative error allowed for a remaining time divided by a step time: both are medians over different windows"""


class Layout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of `tables.toml`; its head explains the fields."""

    title: str
    rows: Literal["json", "table"]
    before: str = "{"
    unit: str = "step"
    counts_from: int = 1
    span: Span = "none"
    clock: Literal["wall", "elapsed", "training", "none"] = "none"
    resolution: float | None = None
    """seconds; smallest difference that the clock can show"""
    rate_unit: str | None = None
    step: tuple[str, ...] = ()
    total: tuple[str, ...] = ()
    elapsed: tuple[str, ...] = ()
    unix: tuple[str, ...] = ()
    seconds: tuple[str, ...] = ()
    pace: tuple[str, ...] = ()
    loss: tuple[str, ...] = ()
    rate: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    evaluation: tuple[str, ...] = ()
    evaluation_seconds: tuple[str, ...] = ()
    pause_seconds: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    closing_history: str = ""
    inside: str = ""
    """name of what counts of a value that is an object of its own, as a mean beside its deviation"""
    facts: dict[str, str] = {}


@cache
def layouts() -> dict[str, Layout]:
    """All layouts, by format."""
    text = files("traincast.reading.structured").joinpath("tables.toml").read_text(encoding="utf-8")
    return {name: msgspec.convert(entry, Layout) for name, entry in tomllib.loads(text).items()}


def read(source: Source, shape: Shape) -> list[RunLog] | None:
    """The runs of a source whose format `tables.toml` describes."""
    layout = layouts()[shape.name]
    torn = Torn()
    rows: Iterable[Row]
    if layout.rows == "json":
        rows = (row for _, row in json_rows(source, torn, before=layout.before))
    else:
        rows = table_rows(source, torn)
    gathered = Table(layout)
    for row in rows:
        gathered.take(row)
    return gathered.logs(source, torn)


class Table:
    """Takes the rows of one source."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.points = Gatherer(counts_from=layout.counts_from)
        self.facts = Facts()
        self.findings: list[Finding] = []
        self.remaining: list[tuple[float, float, float]] = []

    def take(self, row: Row) -> None:
        """One row: a step, an evaluation, or the closing word."""
        layout = self.layout
        if layout.inside:
            row = {name: value.get(layout.inside) if isinstance(value, dict) else value for name, value in row.items()}
        self.tell(row)
        if any(name in row for name in layout.closing):
            self.close(row)
            return
        step, total = self.counter(row)
        if step is None:
            return
        if any(row.get(name) not in (None, "") for name in layout.evaluation):
            seconds = pick(row, layout.evaluation_seconds, span)
            self.points.event("evaluation", step=step, clock=pick(row, layout.elapsed, span), seconds=seconds)
            return
        if layout.needs and not any(name in row for name in layout.needs):
            self.points.event("evaluation", step=step)
            return
        seconds = pick(row, layout.seconds, span)
        if seconds is None and (pace := pick(row, layout.pace, positive)) is not None:
            seconds = 1.0 / pace
        self.points.add(
            step,
            total=total,
            clock=pick(row, layout.elapsed, span) if layout.clock != "wall" else pick(row, layout.unix, real),
            seconds=seconds,
            loss=pick(row, layout.loss, real),
            rate=pick(row, layout.rate, positive),
        )
        self.learning(row, step)
        if (pause := pick(row, layout.pause_seconds, span)) is not None:
            self.points.event("evaluation", step=step, seconds=pause)
        left = pick(row, layout.remaining, span)
        if left is not None and seconds:
            steps = left / seconds
            done = step + 1.0 - layout.counts_from
            slack = 0.5 + REMAINING_ERROR * steps
            self.remaining.append((done, max(0.0, steps - slack - 1), steps + slack))  # some count the step being done

    def learning(self, row: Row, step: int) -> None:
        """Note that nothing is learned yet while experience is collected, and the step from which on something is."""
        trained, told = pick(flat(row) if self.layout.trained else {}, self.layout.trained, real), self.facts.other
        if trained == 0:
            told.setdefault("learns_from", "")
        elif trained is not None and told.get("learns_from") == "":
            told["learns_from"] = str(step)

    def counter(self, row: Row) -> tuple[int | None, int | None]:
        """The step of `row` and the plan."""
        layout = self.layout
        total = pick(row, layout.total, whole)
        for name in layout.step:
            value = row.get(name)
            if isinstance(value, str) and (match := DONE_OF.match(value)):
                return int(match[1]), int(match[2])
            if (step := whole(value)) is not None:
                return step, total
        return None, total

    def tell(self, row: Row) -> None:
        """Keep the facts of `row`."""
        for name, field in self.layout.facts.items():
            value = row.get(name)
            if value is None:
                continue
            if field in TEXT_FACTS:
                setattr(self.facts, field, str(value)[:100])
            elif figure := positive(value):
                annotation = str(Facts.__annotations__[field])
                setattr(self.facts, field, round(figure) if annotation.startswith("int") else figure)

    def close(self, row: Row) -> None:
        """The summary that some trainers write as a last row."""
        from traincast.reading.structured.trainer_state import closing

        history = row.get(self.layout.closing_history)
        if isinstance(history, list):
            closing(history, self.facts)
        self.points.event("end")

    def logs(self, source: Source, torn: Torn) -> list[RunLog]:
        """The runs."""
        layout = self.layout
        plan = from_remaining(self.remaining) if self.facts.steps_planned is None else None
        if plan:
            self.facts.steps_planned = plan
        first = self.points.buffer[0][0] if self.points.buffer and not self.points.tracks else None
        if layout.unit == "epoch" and first == 0:
            self.points.counts_from = 0
        logs = self.points.logs(
            source, self.facts, torn,
            unit=layout.unit, span=layout.span, clock_kind=layout.clock, rate_unit=layout.rate_unit,
            clock_resolution=layout.resolution,
        )  # fmt: skip
        for log in logs:
            if plan:
                log.findings.append(derived(plan, phrase("the remaining time that the trainer prints")))
            log.finished = log.finished or any(event.kind == "end" for event in log.events)
        return logs


def pick(row: Row, names: Sequence[str], read_as: Any) -> Any:
    """The first of the columns `names` that holds a value, read; `None` where none does."""
    for name in names:
        value = row.get(name)
        if value is not None and value != "":
            found = read_as(value)
            if found is not None:
                return found
    return None


def positive(value: object) -> float | None:
    """`value` as a number above zero."""
    figure = real(value)
    return figure if figure is not None and figure > 0 else None
