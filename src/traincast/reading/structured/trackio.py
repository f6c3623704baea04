"""Trackio's SQLite data base: a row a log call, with time stamp, run name, step and metrics as JSON."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path

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
COLUMNS = {"timestamp", "run_name", "step", "metrics"}


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """Each run of the data base, opened read-only and never locked; `None` for a data base of another program."""
    if source.path is None:
        return None
    rows = log_calls(source.path, source.name)
    if rows is None:
        return None
    by_run: dict[tuple[str, str], list[Row]] = {}
    for key, name, stamp, step, metrics in rows:
        history = by_run.setdefault((str(key), str(name)), [])
        history.append({**metrics_of(metrics), "timestamp": stamp, "step": step})
    logs = []
    for (_key, name), history in by_run.items():
        choice = choose(history[:SAMPLE])
        if choice is not None:
            found = runs(source, choice, history, Torn())
            for log in found:
                log.facts.other["run_name"] = name[:100]
            logs += found
    return logs


def log_calls(path: Path, name: str) -> list[tuple[object, ...]] | None:
    """Run, run name, stamp, step and metrics of each log call; `None` where the table is not there.

    What a running writer has not yet merged stands in a file beside; both are then copied, since reading them in place
    would write a third.
    """
    import sqlite3

    with tempfile.TemporaryDirectory() as folder:
        beside = path.with_name(path.name + "-wal")
        if beside.exists() and beside.stat().st_size:
            for one in (path, beside):
                shutil.copy(one, Path(folder, one.name))
            uri = Path(folder, path.name).as_uri()
        else:
            uri = path.absolute().as_uri() + "?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(uri, uri=True)) as connection:
                columns = {row[1] for row in connection.execute("pragma table_info(metrics)")}
                if not columns.issuperset(COLUMNS):
                    return None
                key = "run_id" if "run_id" in columns else "run_name"
                query = f"select {key}, run_name, timestamp, step, metrics from metrics order by id limit ?"
                return connection.execute(query, (MOST_ROWS,)).fetchall()
        except sqlite3.Error as error:
            hint = "copy it while nothing writes"
            raise UnreadableError(f"{name} is a damaged data base: {error}", hint=hint) from error


def metrics_of(cell: object) -> Row:
    """Metrics of one row, which may be stored as text or as bytes."""
    try:
        row = document(cell) if isinstance(cell, (str, bytes)) else {}
    except ValueError:
        row = {}
    return flat(row) if isinstance(row, dict) else {}
