"""TensorBoard event files: events with wall time and step, many tags a step.

The step may be an iteration, an epoch or a count of samples: whatever the program passed. The tag with most steps is
the run's counter.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from traincast.errors import UnreadableError
from traincast.findings import finding
from traincast.reading.sources import Source
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.protobuf import double, fields, signed, single, text
from traincast.reading.structured.shapes import Shape
from traincast.reading.structured.tfrecord import Damage, records
from traincast.runlog import Facts, RunLog

TITLE = "TensorBoard event file"
WALL_TIME, STEP, FILE_VERSION, SUMMARY = 1, 2, 3, 5
VALUE = 1
TAG, SIMPLE_VALUE, TENSOR = 1, 2, 8
FLOAT_VAL, TENSOR_CONTENT = 5, 4
MOST_TAGS = 2000
MOST_STEPS = 1 << 17
"""points kept of a tag before every other one is dropped"""
TRAINING = ("train", "loss", "step", "iter", "lr", "learning_rate", "batch")
ASIDE = ("eval", "val", "test", "dev", "valid", "epoch")


class Tag(msgspec.Struct):
    """The points of one tag: step, wall time, value."""

    points: list[tuple[int, float, float | None]] = []
    stride: int = 1
    seen: int = 0


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run; raises UnreadableError where there is not one whole record."""
    damage = Damage()
    tags: dict[str, Tag] = {}
    for data in records(source, damage):
        for tag, step, wall, value in values(data):
            keep(tags, tag, step, wall, value)
    if not damage.records:
        raise UnreadableError(f"{source.name} is no whole event file", hint="copy it again")
    log = run(source, tags)
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
    """Tag and value of each entry of a summary."""
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
    """The one float of a scalar tensor."""
    for number, value in fields(data):
        if number in (FLOAT_VAL, TENSOR_CONTENT) and isinstance(value, bytes) and len(value) == 4:
            return single(int.from_bytes(value, "little"))
        if number == FLOAT_VAL and isinstance(value, int):
            return single(value)
    return None


def keep(tags: dict[str, Tag], name: str, step: int, wall: float, value: float | None) -> None:
    """Add one point to its tag, thinned where there are too many."""
    tag = tags.get(name)
    if tag is None:
        if len(tags) >= MOST_TAGS:
            return
        tag = tags[name] = Tag()
    tag.seen += 1
    if tag.seen % tag.stride == 0 or step < (tag.points[-1][0] if tag.points else 0):
        tag.points.append((step, wall, value))
    if len(tag.points) > MOST_STEPS:
        tag.points = tag.points[1::2]
        tag.stride *= 2


def run(source: Source, tags: dict[str, Tag]) -> RunLog:
    """The run on the counter of the tag that tells most."""
    name = leading(tags)
    rows = tags[name].points if name is not None else []
    losses = loss_of(tags, rows)
    points = Gatherer(counts_from=0 if rows and min(step for step, _, _ in rows) == 0 else 1, falls="nothing")
    for step, wall, _ in rows:
        points.add(step, clock=wall, loss=losses.get(step))
    log, *others = points.logs(source, Facts(), unit="step", clock_kind="wall", clock_resolution=1e-6)
    for other in others:
        log.points += other.points
    if name is not None:
        log.facts.other["tag"] = name[:100]
        log.merged = log.merged or tags[name].stride > 1
    return log


def leading(tags: dict[str, Tag]) -> str | None:
    """The tag with most different steps; of equals one that sounds like training, and the first written."""

    def worth(item: tuple[int, tuple[str, Tag]]) -> tuple[int, int, int]:
        place, (name, tag) = item
        lower = name.lower()
        sounds = any(word in lower for word in TRAINING) - any(word in lower for word in ASIDE)
        return len({step for step, _, _ in tag.points}), sounds, -place

    return max(enumerate(tags.items()), key=worth)[1][0] if tags else None


def loss_of(tags: dict[str, Tag], rows: list[tuple[int, float, float | None]]) -> dict[int, float | None]:
    """Values of the training loss by step."""
    named = [name for name in tags if "loss" in name.lower() and not any(word in name.lower() for word in ASIDE[:-1])]
    if not named or not rows:
        return {}
    best = max(named, key=lambda name: (len(tags[name].points), name.lower().endswith("loss"), -len(name)))
    return {step: value for step, _, value in tags[best].points}
