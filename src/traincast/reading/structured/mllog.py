"""MLPerf `:::MLLOG` lines: evaluations, epochs and statistics on a clock of Unix milliseconds, in any of four units.

A submitter counts epochs, samples, tokens or steps under the same names; the batch, the sequence and divisibility tell
which. Several ranks repeat a line; each (key, counter) is taken once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from math import ceil, isclose
from typing import Any

import msgspec

from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, real
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn, json_rows
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "MLPerf :::MLLOG"
RANK = re.compile(r"[ \t]{0,9}\d{1,6}: ")
MOST_EPOCHS = 5000
"""an `epoch_num` beyond it counts samples or tokens"""
FEWEST_STEPS = 20
"""steps that a count of tokens must make, or it counts samples"""
COUNTERS = ("samples_count", "step", "epoch_num")
SETTINGS = {
    "global_batch_size": "samples_per_step", "max_sequence_length": "seq_len",
    "gradient_accumulation_steps": "grad_accum",
}  # fmt: skip
EVERY = {
    "gpt3": 24_576, "llama2_70b_lora": 384, "llama31_405b": 46_080, "llama31_8b": 12_288, "flux1": 262_144,
    "stable_diffusion": 512_000,
}  # fmt: skip
"""benchmark -> samples between two evaluations by MLPerf's training rules (github.com/mlcommons/training_policies)"""
TOKENS = {"gpt3": 2048}
"""benchmark -> tokens of a sample, where its number of evaluation samples is above `MOST_SAMPLES` and counts them"""
MOST_SAMPLES = 1_000_000
WHERE = ("eval_accuracy", "eval_stop", "tracked_stats", "epoch_stop", "block_stop")
BEGINS = "block_start"
"""key whose line tells where an excerpt without the run's start begins"""
"""keys whose lines stand at a counter, in order of preference"""


class Mark(msgspec.Struct):
    """One line that stands at a counter."""

    key: str
    field: str
    counter: float
    """epochs, samples or steps, by its key"""
    clock: float
    """Unix seconds"""
    loss: float | None = None
    seconds: float | None = None


class Reading(msgspec.Struct):
    """What one log holds."""

    facts: Facts
    marks: list[Mark] = []
    evaluations: list[tuple[float, float | None]] = []
    """(Unix seconds of the begin, seconds it took)"""
    eval_samples: float | None = None
    """samples of one evaluation"""
    seen: dict[tuple[str, str, float], Mark] = {}
    """(key, field, counter of `Mark`) -> its first line; other ranks repeat lines"""
    run_start: float | None = None
    """Unix seconds"""
    begin: Mark | None = None
    """where the first block of an excerpt begins"""
    run_stop: float | None = None
    """Unix seconds"""
    ranked: bool = False
    """whether lines carry the number of a rank"""
    evaluating: float | None = None
    """Unix seconds at which the evaluation that goes on began"""


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run from run_start to run_stop."""
    torn = Torn()
    reading = Reading(facts=Facts())
    for before, row in json_rows(source, torn, before=":::MLLOG {"):
        reading.ranked = reading.ranked or RANK.match(before) is not None
        take(reading, row)
    log = run(reading, source, torn)
    timed = any(one.key == "timing" for one in reading.marks)
    log.dialect = "nemo-mllog-steps" if timed else "slurm-multirank" if reading.ranked else "mlperf-mllog"
    return [log]


def take(reading: Reading, row: Row) -> None:
    """One line."""
    milliseconds, key = real(row.get("time_ms")), row.get("key")
    if milliseconds is None or milliseconds <= 0 or not isinstance(key, str):
        return
    clock = milliseconds * 1e-3
    value = row.get("value")
    metadata = row["metadata"] if isinstance(row.get("metadata"), dict) else {}
    if key == "run_start" and reading.run_start is None:
        reading.run_start = clock
    elif key == "run_stop" and reading.run_stop is None:
        reading.run_stop = clock
    elif key == "eval_start" and reading.evaluating is None:
        reading.evaluating = clock
    elif key == "eval_stop" and reading.evaluating is not None:
        reading.evaluations.append((clock, clock - reading.evaluating))
        reading.evaluating = None
    settings(reading, key, value)
    if key == BEGINS:
        begin(reading, metadata, clock)
    if key in WHERE:
        mark(reading, key, value, metadata, clock)


def settings(reading: Reading, key: str, value: Any) -> None:
    """What a line says about batch, device and model."""
    if key in SETTINGS:
        figure = real(value)
        if figure and figure > 0:
            setattr(reading.facts, SETTINGS[key], figure if key == "global_batch_size" else round(figure))
    elif key == "eval_samples" and (count := real(value)) and count > 0:
        reading.eval_samples = count
    elif key == "submission_platform" and isinstance(value, str):
        reading.facts.device = value[:100]
    elif key == "submission_benchmark" and isinstance(value, str):
        reading.facts.model = value[:100]


def begin(reading: Reading, metadata: Row, clock: float) -> None:
    """Keep where the first block begins, if the run's start is not told."""
    field = next((field for field in COUNTERS if field in metadata), None)
    counter = real(metadata[field]) if field else None
    if field and counter is not None and counter >= 0 and reading.run_start is None and reading.begin is None:
        reading.begin = Mark(BEGINS, field, counter, clock)


def mark(reading: Reading, key: str, value: Any, metadata: Row, clock: float) -> None:
    """Keep a line that stands at a counter, once for each counter."""
    values = value if isinstance(value, dict) else {}
    if key == "tracked_stats":
        trained = [
            name
            for name in values
            if str(name).startswith(("train_step_tim", "train_loss", "loss", "reduced_train_loss"))
        ]
        if not trained and "throughput" not in values:
            return
    for field in COUNTERS:
        counter = real(metadata.get(field))
        counter = real(values.get(field)) if counter is None else counter
        if counter is None or counter < 0 or (key == "block_stop" and field == "epoch_num"):
            continue
        timing = next((real(v) for name, v in values.items() if str(name).startswith("train_step_timing")), None)
        loss = next((real(v) for name, v in values.items() if str(name).endswith("loss")), None)
        group = "timing" if timing is not None else "loss" if loss is not None else key
        known = reading.seen.get((group, field, counter))
        if known is None:
            known = reading.seen[group, field, counter] = Mark(group, field, counter, clock, loss, timing)
            reading.marks.append(known)
        elif key != "tracked_stats":
            known.clock = max(known.clock, clock)  # an epoch is over at the last word of it
        return


def run(reading: Reading, source: Source, torn: Torn) -> RunLog:
    """The record of the run."""
    facts = reading.facts
    marks = best(reading)
    unit, scale = measure(reading, marks)
    points = Gatherer(counts_from=1)
    if reading.run_start is not None:
        points.add(0, clock=reading.run_start)
        points.event("start", clock=reading.run_start)
    last = 0
    for one in marks:
        step = round(one.counter / scale)
        if step > last:
            points.add(step, clock=one.clock, seconds=one.seconds, loss=one.loss)
            last = step
    for clock, seconds in reading.evaluations:
        points.event("evaluation", step=step_at(marks, clock, scale), clock=clock, seconds=seconds)
    if reading.run_stop is not None:
        points.event("end", clock=reading.run_stop)
    if reading.run_start is not None and reading.run_stop is not None:
        facts.total_seconds = reading.run_stop - reading.run_start
        done = max([last, *(exact(one, reading, unit) for one in reading.marks)])
        facts.mean_step_seconds = facts.total_seconds / done if done >= 1 else None
    if unit == "step":
        note_evaluations(reading)
    else:
        facts.other["global_batch_size"] = f"{facts.samples_per_step or 0:g}"
        facts.samples_per_step = facts.seq_len = None
    (log, *_) = points.logs(source, facts, torn, unit=unit, span="step", clock_kind="wall", clock_resolution=1e-3)
    log.finished = reading.run_stop is not None
    return log


def note_evaluations(reading: Reading) -> None:
    """How often the rules of the benchmark ask for an evaluation, and of how many batches."""
    facts, batch, name = reading.facts, reading.facts.samples_per_step, reading.facts.model or ""
    if not batch or batch < 1:
        return
    if every := EVERY.get(name):
        facts.eval_interval = ceil(every / batch)
    if samples := reading.eval_samples:
        samples /= TOKENS.get(name, 1) if samples > MOST_SAMPLES else 1
        facts.eval_batches = max(1, round(samples / batch))


def best(reading: Reading) -> list[Mark]:
    """The marks of the key that tells the run best: most counters, spread over the run and not written at its end."""
    groups: dict[tuple[str, str], list[Mark]] = {}
    for one in reading.marks:
        groups.setdefault((one.key, one.field), []).append(one)
    rank = {key: i for i, key in enumerate(("timing", *WHERE, "loss"))}

    def worth(group: list[Mark]) -> tuple[bool, int, int]:
        begin = reading.run_start if reading.run_start is not None else group[0].clock
        end = reading.run_stop if reading.run_stop is not None else group[-1].clock
        spread = group[-1].clock - group[0].clock
        whole = end - begin
        return len(group) < 2 or spread >= 0.5 * whole, len({one.counter for one in group}), -rank.get(group[0].key, 9)

    if not groups:
        return []
    if (first := reading.begin) is not None and first.clock < min(one.clock for one in reading.marks):
        for (_, field), group in groups.items():
            if field == first.field and first.counter < group[0].counter:
                group.insert(0, first)
    if timed := [group for (key, _), group in groups.items() if key == "timing" and len(group) > 1]:
        return timed[0]
    return max(groups.values(), key=worth)


def measure(reading: Reading, marks: Sequence[Mark]) -> tuple[str, float]:
    """The unit that is counted, and how much of the counter makes one."""
    batch, length = reading.facts.samples_per_step, reading.facts.seq_len
    if not marks:
        return "epoch", 1.0
    field, counters = marks[0].field, [one.counter for one in marks]
    if field == "epoch_num" and max(counters) <= MOST_EPOCHS:
        return "epoch", 1.0
    if field == "step" and not counts_more(reading, counters, batch):
        return "step", 1.0
    if not batch:
        gaps = [b - a for a, b in pairwise(counters) if b > a]
        return ("step", min(gaps)) if marks[0].key == "timing" and gaps else ("sample", 1.0)
    if length and max(counters) >= FEWEST_STEPS * batch * length and all(counter % length == 0 for counter in counters):
        return "step", batch * length
    return "step", batch


def counts_more(reading: Reading, counters: Sequence[float], batch: float | None) -> bool:
    """Whether a field called `step` counts samples or tokens."""
    samples = max((one.counter for one in reading.marks if one.field == "samples_count"), default=None)
    if samples and batch and isclose(max(counters) * batch, samples, rel_tol=0.05):
        return False
    return bool(batch) and all(counter % (batch or 1.0) == 0 for counter in counters)


def exact(one: Mark, reading: Reading, unit: str) -> float:
    """The counter of a mark in the unit of the run, where it is in it for sure."""
    if unit == "step" and one.field == "samples_count" and reading.facts.samples_per_step:
        return one.counter / reading.facts.samples_per_step
    return one.counter if unit == "epoch" and one.field == "epoch_num" and one.counter <= MOST_EPOCHS else 0.0


def step_at(marks: Sequence[Mark], clock: float, scale: float) -> int | None:
    """The step of the last mark before `clock`."""
    before = [one.counter for one in marks if one.clock <= clock + 1e-3]
    return round(max(before) / scale) if before else None
