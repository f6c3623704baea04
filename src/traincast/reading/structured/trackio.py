"""Trackio's SQLite data base: a row a log call, with time stamp, run name, step and metrics as JSON."""

from __future__ import annotations

from traincast.errors import UnreadableError
from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, document, flat
from traincast.reading.structured.choice import choose
from traincast.reading.structured.generic import SAMPLE, runs
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.runlog import RunLog

TITLE = "Trackio data base"
MOST_ROWS = 1 << 20


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """Each run of the data base, opened read-only and never locked; `None` for a data base of another program."""
    import sqlite3

    if source.path is None:
        return None
    uri = source.path.absolute().as_uri() + "?mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(uri, uri=True)
        try:
            columns = {row[1] for row in connection.execute("pragma table_info(metrics)")}
            if not {"timestamp", "run_name", "step", "metrics"} <= columns:
                return None
            query = "select run_name, timestamp, step, metrics from metrics order by run_name, id limit ?"
            rows = connection.execute(query, (MOST_ROWS,)).fetchall()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise UnreadableError(
            f"{source.name} is a damaged data base: {error}", hint="copy it while nothing writes"
        ) from error
    by_run: dict[str, list[Row]] = {}
    for name, stamp, step, metrics in rows:
        by_run.setdefault(str(name), []).append({**metrics_of(metrics), "timestamp": stamp, "step": step})
    logs = []
    for name, history in by_run.items():
        choice = choose(history[:SAMPLE])
        if choice is not None:
            found = runs(source, choice, history, Torn())
            for log in found:
                log.facts.other["run_name"] = name[:100]
            logs += found
    return logs


def metrics_of(cell: object) -> Row:
    """Metrics of one row, which may be stored as text or as bytes."""
    try:
        row = document(cell) if isinstance(cell, (str, bytes)) else {}
    except ValueError:
        row = {}
    return flat(row) if isinstance(row, dict) else {}
