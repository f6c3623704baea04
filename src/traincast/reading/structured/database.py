"""SQLite data bases of trackers: Trackio (a row a log call, metrics as JSON) and MLflow (a row a value).

They are opened read-only and never locked. What a running writer has not yet merged stands in a file beside; both are
then copied, since reading them in place would write a third.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from traincast.errors import UnreadableError
from traincast.phrases import phrase
from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, document, flat, real, whole
from traincast.reading.structured.choice import choose
from traincast.reading.structured.generic import SAMPLE, runs
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.reading.structured.tags import Tag, keep, run
from traincast.runlog import RunLog

TITLE = "SQLite data base of Trackio or MLflow"
MOST_ROWS = 1 << 20
"""rows of a table that are read"""
TRACKIO = {"timestamp", "run_name", "step", "metrics"}
MLFLOW = {"key", "value", "timestamp", "run_uuid", "step"}


def read(source: Source, shape: Shape) -> list[RunLog] | None:
    """Each run of the data base; `None` for one of another program, and for a stream, which SQLite cannot open."""
    if source.path is None:
        return None
    wanted = TRACKIO if shape.name == "trackio" else MLFLOW
    try:
        with connected(source.path) as connection:
            columns = {row[1] for row in connection.execute("pragma table_info(metrics)")}
            if not columns.issuperset(wanted):
                return None
            if shape.name == "trackio":
                return trackio(source, connection, "run_id" if "run_id" in columns else "run_name")
            return mlflow(source, connection)
    except sqlite3.Error as error:
        hint = phrase("copy it while nothing writes")
        raise UnreadableError(
            "{name} is a damaged data base: {reason}", hint=hint, name=source.name, reason=str(error)
        ) from error


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """The data base, without a trace left beside it."""
    with tempfile.TemporaryDirectory() as folder:
        beside = path.with_name(path.name + "-wal")
        if beside.exists() and beside.stat().st_size:
            for one in (path, beside):
                shutil.copy(one, Path(folder, one.name))
            uri = Path(folder, path.name).as_uri()
        else:
            uri = path.absolute().as_uri() + "?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            yield connection


def trackio(source: Source, connection: sqlite3.Connection, key: str) -> list[RunLog]:
    """Runs of a Trackio project, told apart by the column `key`."""
    query = f"select {key}, run_name, timestamp, step, metrics from metrics order by id limit ?"
    by_run: dict[tuple[str, str], list[Row]] = {}
    for number, name, stamp, step, metrics in connection.execute(query, (MOST_ROWS,)):
        history = by_run.setdefault((str(number), str(name)), [])
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


def mlflow(source: Source, connection: sqlite3.Connection) -> list[RunLog]:
    """Runs of an MLflow tracking store; times are Unix milliseconds."""
    query = "select run_uuid, key, timestamp, step, value from metrics order by run_uuid, timestamp limit ?"
    by_run: dict[str, dict[str, Tag]] = {}
    for uuid, key, stamp, step, value in connection.execute(query, (MOST_ROWS,)):
        counter, milliseconds = whole(step), real(stamp)
        if counter is not None and milliseconds is not None:
            keep(by_run.setdefault(str(uuid), {}), str(key), counter, milliseconds * 1e-3, real(value))
    logs = []
    for uuid, tags in by_run.items():
        log = run(source, {name: tag for name, tag in tags.items() if not name.startswith("system/")}, resolution=1e-3)
        log.facts.other["run_uuid"] = uuid[:100]
        logs.append(log)
    return logs


def metrics_of(cell: object) -> Row:
    """Metrics of one row, which may be stored as text or as bytes."""
    try:
        row = document(cell) if isinstance(cell, (str, bytes)) else {}
    except ValueError:
        row = {}
    return {k: v for k, v in flat(row).items() if isinstance(v, (int, float))} if isinstance(row, dict) else {}
