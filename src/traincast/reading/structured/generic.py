"""Tables and JSON lines without a layout of their own, Lightning's CSVLogger among them.

Columns are chosen by name and values.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, flat, real, whole
from traincast.reading.structured.choice import Choice, Times, choose
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn, json_rows, table_rows
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "CSV or JSON lines with named columns"
SAMPLE = 2000
"""rows by which the columns are chosen"""
CLOCKS = {"unix": "wall", "stamp": "wall", "elapsed": "elapsed"}
MOST_TORN = 0.3
"""share of rows that cannot be read above which the source is something else"""


def read(source: Source, shape: Shape) -> list[RunLog] | None:
    """The runs; `None` where no column counts or tells time."""
    torn = Torn()
    jsonl = shape.name == "jsonl"
    rows = (flat(row) for _, row in json_rows(source, torn)) if jsonl else table_rows(source, torn)
    sample = list(islice(rows, SAMPLE))
    if not sample or torn.torn > MOST_TORN * (len(sample) + torn.torn):
        return None
    choice = choose(sample)
    if choice is None or (shape.name == "lightning-csv" and choice.step is None):
        return None
    logs = runs(source, choice, chain(sample, rows), torn)
    for log in logs:
        log.dialect = shape.name
        log.confidence = shape.confidence if shape.name == "lightning-csv" else choice.confidence
    return logs


def runs(source: Source, choice: Choice, rows: Iterable[Row], torn: Torn, facts: Facts | None = None) -> list[RunLog]:
    """The runs of `rows` under `choice`."""
    points = Gatherer(counts_from=choice.counts_from)
    times = Times(choice)
    for number, row in enumerate(rows):
        step = whole(row.get(choice.step)) if choice.step is not None else number + 1
        if step is None:
            continue
        clock, seconds = times.of(row)
        loss = real(row.get(choice.loss)) if choice.loss is not None else None
        rate = real(row.get(choice.rate)) if choice.rate is not None else None
        points.add(step, clock=clock, seconds=seconds, loss=loss, rate=rate if rate and rate > 0 else None)
    span = "none" if choice.kind not in ("step-time", "step-rate") else "step"
    resolution = times.clock.resolution if choice.kind == "stamp" else None
    return points.logs(
        source, facts or Facts(), torn,
        unit=choice.unit, span=span, clock_kind=CLOCKS.get(choice.kind or "", "none"), clock_resolution=resolution,
        rate_unit=choice.rate_unit,
    )  # fmt: skip
