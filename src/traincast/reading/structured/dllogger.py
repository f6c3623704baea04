"""NVIDIA DLLogger JSON lines: `DLLL {...}` with a step that is a list, a number or a word. Numbers may be strings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, real, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn, json_rows
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "NVIDIA DLLogger JSON"
EVALUATION = ("dev", "val", "eval", "test")
PARAMETERS = {
    "epochs": "epochs_planned", "max_epochs": "epochs_planned", "num_epochs": "epochs_planned",
    "max_steps": "steps_planned", "training_steps": "steps_planned", "max_iter": "steps_planned",
    "batch_size": "micro_batch", "train_batch_size": "micro_batch",
    "grad_accumulation": "grad_accum", "grad_accumulation_steps": "grad_accum",
    "gradient_accumulation_steps": "grad_accum",
    "num_gpus": "n_devices", "world_size": "n_devices", "n_gpu": "n_devices",
    "global_batch_size": "samples_per_step",
}  # fmt: skip
PLAN = re.compile(r"[(, ]max_steps=(\d{1,12}(?:\.\d{1,9})?)[,)]")
"""the plan among the settings that BERT logs as one text"""
STEP_TIMES = ("train_step_timing in s", "train_step_timing", "train_iter_time", "step_time")
LOSSES = ("train_loss", "loss", "train.loss", "step_loss", "average_loss")


class Place(NamedTuple):
    """One row of training: where it stands, when, and the loss."""

    epoch: int | None
    counter: int
    """iteration in the epoch, or through all of them, or the epoch itself"""
    length: int | None
    """iterations of the epoch"""
    clock: float | None
    """Unix seconds"""
    loss: float | None
    seconds: float | None = None
    """as printed, of that step"""


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run, on the counter of its finest rows: iterations where there are any, else epochs."""
    torn = Torn()
    facts = Facts()
    fine: list[Place] = []
    coarse: list[Place] = []
    evaluations: list[tuple[int, float | None]] = []
    for record in records(source, torn):
        data = record.get("data")
        step = record.get("step")
        if not isinstance(data, dict):
            continue
        if step == "PARAMETER":
            tell(data, facts)
            continue
        position = [whole(part) for part in step] if isinstance(step, list) else [None, whole(step)]
        clock = real(record.get("timestamp"))
        loss = next((value for name in LOSSES if (value := real(data.get(name))) is not None), None)
        if all(str(key).lower().startswith(EVALUATION) for key in data):
            evaluations.append((len(fine), clock))
        elif len(position) >= 2 and position[1] is not None:
            length = position[2] if len(position) > 2 else None
            seconds = next((value for name in STEP_TIMES if (value := real(data.get(name))) is not None), None)
            fine.append(Place(position[0], position[1], length, clock, loss, seconds))
        elif len(position) == 1 and position[0] is not None:
            coarse.append(Place(None, position[0], None, clock, loss))
    return iterations(source, torn, facts, fine, evaluations) if len(fine) > 1 else epochs(source, torn, facts, coarse)


def records(source: Source, torn: Torn) -> Iterator[Row]:
    """Objects of the lines that log something."""
    for before, record in json_rows(source, torn):
        rank = before.split(":", 1)[0].strip() if ":" in before else "0"
        if record.get("type") == "LOG" and rank in ("0", ""):
            yield record


def tell(data: Row, facts: Facts) -> None:
    """Settings that the program logs about itself."""
    config = data.get("Config")
    for text in config if isinstance(config, list) else ():
        if isinstance(text, str) and text.startswith("Namespace(") and (plan := PLAN.search(text[:20000])):
            facts.steps_planned = facts.steps_planned or round(float(plan[1])) or None
    for name, value in data.items():
        field = PARAMETERS.get(name)
        figure = real(value)
        if field and figure and figure > 0 and getattr(facts, field) is None:
            whole_number = str(Facts.__annotations__[field]).startswith("int")
            setattr(facts, field, round(figure) if whole_number else figure)
        elif field is None and len(facts.other) < 100 and isinstance(value, (str, int, float)):
            facts.other[str(name)[:60]] = str(value)[:100]


def iterations(
    source: Source,
    torn: Torn,
    facts: Facts,
    fine: list[Place],
    evaluations: list[tuple[int, float | None]],
) -> list[RunLog]:
    """The run counted in iterations, through all epochs."""
    told = [place.length for place in fine if place.length]
    batches = max(told) if told else epoch_length([(place.epoch, place.counter) for place in fine])
    base = min(min((place.epoch for place in fine if place.epoch is not None), default=0), 1)
    points = Gatherer(counts_from=1 if min(place.counter for place in fine) else 0)
    at = 0
    for number, place in enumerate(fine):
        while at < len(evaluations) and evaluations[at][0] <= number:
            points.event("evaluation", clock=evaluations[at][1])
            at += 1
        before = (place.epoch - base) * batches if batches and place.epoch is not None else 0
        points.add(place.counter + before, clock=place.clock, seconds=place.seconds, loss=place.loss)
    facts.steps_per_epoch = batches
    if facts.steps_planned is None and batches and facts.epochs_planned:
        facts.steps_planned = round(batches * facts.epochs_planned)
    span = "step" if any(place.seconds is not None for place in fine) else "none"
    return points.logs(source, facts, torn, unit="iteration", clock_kind="wall", clock_resolution=1e-6, span=span)


def epochs(source: Source, torn: Torn, facts: Facts, coarse: list[Place]) -> list[RunLog]:
    """The run counted in epochs."""
    points = Gatherer(counts_from=1 if min((place.counter for place in coarse), default=1) else 0)
    for place in coarse:
        if points.last != place.counter:
            points.add(place.counter, clock=place.clock, loss=place.loss)
    if facts.steps_planned is None and facts.epochs_planned:
        facts.steps_planned = round(facts.epochs_planned)
    return points.logs(source, facts, torn, unit="epoch", clock_kind="wall", clock_resolution=1e-6)


def epoch_length(counters: list[tuple[int | None, int]]) -> int | None:
    """Iterations of an epoch where they begin anew in each; `None` where they count through."""
    falls = any(b[1] <= a[1] and (b[0] or 0) > (a[0] or 0) for a, b in pairwise(counters))
    return max(i for _, i in counters) + (0 if min(i for _, i in counters) else 1) if falls else None
