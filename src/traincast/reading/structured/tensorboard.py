"""TensorBoard event files: events with wall time and step, many tags a step.

The step may be an iteration, an epoch or a count of samples: whatever the program passed. The tag with most steps is
the run's counter.
"""

from __future__ import annotations

from collections.abc import Iterator

from traincast.errors import UnreadableError
from traincast.findings import finding
from traincast.reading.sources import Source
from traincast.reading.structured.protobuf import double, fields, signed, single, text
from traincast.reading.structured.shapes import Shape
from traincast.reading.structured.tags import Tag, keep, run
from traincast.reading.structured.tfrecord import Damage, records
from traincast.runlog import RunLog

TITLE = "TensorBoard event file"
WALL_TIME, STEP, FILE_VERSION, SUMMARY = 1, 2, 3, 5
VALUE = 1
TAG, SIMPLE_VALUE, TENSOR = 1, 2, 8
FLOAT_VAL, TENSOR_CONTENT = 5, 4


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run; raises UnreadableError where there is not one whole record."""
    damage = Damage()
    tags: dict[str, Tag] = {}
    for data in records(source, damage):
        for tag, step, wall, value in values(data):
            keep(tags, tag, step, wall, value)
    if not damage.records:
        raise UnreadableError("{name} is no whole event file", hint="copy it again", name=source.name)
    log = run(source, tags, resolution=1e-6)
    if damage.bad:
        log.findings.append(finding("bad-checksum", number=str(damage.bad)))
    if damage.cut:
        log.findings.append(finding("cut-record", number=str(damage.records)))
    return [log]


def values(data: bytes) -> Iterator[tuple[str, int, float, float | None]]:
    """Tag, step, wall time and value of each scalar of an event."""
    wall, step, summaries = None, 0, []
    try:
        for number, value in fields(data):
            if number == WALL_TIME and isinstance(value, int):
                wall = double(value)
            elif number == STEP and isinstance(value, int):
                step = signed(value)
            elif number == SUMMARY and isinstance(value, bytes):
                summaries.append(value)
    except ValueError:
        return  # a large record was cut on purpose: no scalars in it
    if wall is None or not 0 < wall < 1e11 or not 0 <= step < 1 << 53:
        return
    for summary in summaries:
        yield from ((tag, step, wall, value) for tag, value in scalars(summary))


def scalars(summary: bytes) -> Iterator[tuple[str, float | None]]:
    """Tag and number of each entry of a summary, in the unit of the run."""
    try:
        for number, entry in fields(summary):
            if number != VALUE or not isinstance(entry, bytes):
                continue
            tag, figure = "", None
            for inner, value in fields(entry):
                if inner == TAG:
                    tag = text(value)
                elif inner == SIMPLE_VALUE and isinstance(value, int):
                    figure = single(value)
                elif inner == TENSOR and isinstance(value, bytes):
                    figure = tensor(value)
            yield tag, figure if figure is not None and figure == figure and abs(figure) < 1e18 else None
    except ValueError:
        return


def tensor(data: bytes) -> float | None:
    """The one number of a scalar tensor."""
    for number, value in fields(data):
        if number in (FLOAT_VAL, TENSOR_CONTENT) and isinstance(value, bytes) and len(value) == 4:
            return single(int.from_bytes(value, "little"))
        if number == FLOAT_VAL and isinstance(value, int):
            return single(value)
    return None
