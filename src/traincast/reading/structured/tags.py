"""Metrics that were logged tag by tag, each value with step and wall time: which tag's counter is the run's."""

from __future__ import annotations

import msgspec

from traincast.reading.sources import Source
from traincast.reading.structured.gather import Gatherer
from traincast.runlog import Facts, RunLog

MOST_TAGS = 2000
MOST_STEPS = 1 << 16
"""points kept of a tag before every other one is dropped"""
MOST_POINTS = 1 << 21
"""points kept of all tags"""
FEWEST_STEPS = 1 << 10
"""points that any tag may keep, however many tags there are"""
TRAINING = ("train", "loss", "step", "iter", "lr", "learning_rate", "batch")
ASIDE = ("eval", "val", "test", "dev", "valid", "epoch")


class Tag(msgspec.Struct):
    """The points of one tag: step, wall time, value."""

    points: list[tuple[int, float, float | None]] = []
    """(step, Unix seconds, value as written)"""
    stride: int = 1
    seen: int = 0


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
    if len(tag.points) > max(FEWEST_STEPS, min(MOST_STEPS, MOST_POINTS // len(tags))):
        tag.points = tag.points[1::2]
        tag.stride *= 2


def run(source: Source, tags: dict[str, Tag], *, resolution: float) -> RunLog:
    """The run on the counter of the tag that tells most."""
    name = leading(tags)
    rows = tags[name].points if name is not None else []
    losses = loss_of(tags, rows)
    points = Gatherer(counts_from=0 if rows and min(step for step, _, _ in rows) == 0 else 1, falls="nothing")
    for step, wall, _ in rows:
        points.add(step, clock=wall, loss=losses.get(step))
    log, *others = points.logs(source, Facts(), unit="step", clock_kind="wall", clock_resolution=resolution)
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
