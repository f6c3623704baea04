"""OpenMMLab JSON lines: mmcv 1.x `.log.json` and mmengine `scalars.json`.

An epoch-based runner of mmcv counts `iter` anew in every epoch; the counter is then put together from both.
"""

from __future__ import annotations

import re
from itertools import pairwise

from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, real, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn, json_rows
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "mmcv .log.json, mmengine scalars.json"
BARE = ("mode", "epoch", "iter", "lr", "memory")
"""what a training row has at least; some runners write metrics of an evaluation as one, without loss and time"""
SETTINGS = (
    (re.compile(r"\bmax_iters\s*=\s*(\d{1,12})"), "steps_planned"),
    (re.compile(r"\b(?:max_epochs|total_epochs)\s*=\s*(\d{1,9})"), "epochs_planned"),
    (re.compile(r"\b(?:samples_per_gpu|imgs_per_gpu)\s*=\s*(\d{1,6})"), "micro_batch"),
)


def read(source: Source, shape: Shape) -> list[RunLog] | None:
    """The run."""
    torn = Torn()
    facts = Facts()
    trained: list[tuple[int | None, int, float | None, float | None]] = []
    evaluated: list[int] = []
    for _, row in json_rows(source, torn):
        if isinstance(row.get("config"), str):
            settings(row["config"], facts)
        step = whole(row["step"] if shape.name.startswith("mmengine") and "step" in row else row.get("iter"))
        if step is None:
            continue
        if training(row):
            trained.append((whole(row.get("epoch")), step, real(row.get("time")), real(row.get("loss"))))
        else:
            evaluated.append(len(trained))
    batches = epoch_length([(epoch, step) for epoch, step, *_ in trained]) if shape.name.startswith("mmcv") else None
    points = Gatherer(counts_from=1)
    at = 0
    for i, (epoch, step, seconds, loss) in enumerate(trained):
        while at < len(evaluated) and evaluated[at] <= i:
            points.event("evaluation")
            at += 1
        counter = step + (epoch - 1) * batches if batches and epoch else step
        points.add(counter, seconds=seconds, loss=loss)
    for _ in evaluated[at:]:
        points.event("evaluation")
    facts.steps_per_epoch = batches
    if facts.steps_planned is None and batches and facts.epochs_planned:
        facts.steps_planned = round(batches * facts.epochs_planned)
    span = "interval" if shape.name.startswith("mmcv") else "window"
    return points.logs(source, facts, torn, unit="iteration", span=span)


def training(row: Row) -> bool:
    """Whether a row tells of training and not of an evaluation."""
    if "mode" in row:
        return bool(row["mode"] == "train") and ("time" in row or "loss" in row or len(row) <= len(BARE))
    return "loss" in row or "lr" in row or any(str(key).startswith("loss") for key in row)


def settings(config: str, facts: Facts) -> None:
    """Plan and batch of the configuration that some versions write into the first line."""
    for pattern, field in SETTINGS:
        if match := pattern.search(config):
            value = int(match[1])
            if value > 0 and getattr(facts, field) is None:
                setattr(facts, field, float(value) if field == "epochs_planned" else value)


def epoch_length(counters: list[tuple[int | None, int]]) -> int | None:
    """Iterations of an epoch where `iter` begins anew in each; `None` where it counts through.

    The last iteration of an epoch is often not logged, so this may be short by less than a logging interval.
    """
    falls = sum(b[1] <= a[1] and (b[0] or 0) > (a[0] or 0) for a, b in pairwise(counters))
    epochs = len({epoch for epoch, _ in counters if epoch is not None})
    if epochs < 2 or falls < 0.5 * (epochs - 1):
        return None
    return max(step for _, step in counters)
