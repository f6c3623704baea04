"""Hugging Face `trainer_state.json`: the history of a run without a clock, closed by its runtime when it is over."""

from __future__ import annotations

import json
import re
from typing import Any

from traincast.errors import UnreadableError
from traincast.reading.sources import Source
from traincast.reading.structured.cells import Row, document, real, whole
from traincast.reading.structured.gather import Gatherer
from traincast.reading.structured.rows import Torn
from traincast.reading.structured.shapes import Shape
from traincast.runlog import Facts, RunLog

TITLE = "Hugging Face trainer_state.json"
FIELD = re.compile(
    r'"(max_steps|num_train_epochs|train_batch_size|logging_steps|eval_steps|save_steps|global_step)":\s*([\d.]+)'
)
"""settings as they stand in a document that is cut and must be picked apart"""


def read(source: Source, _: Shape) -> list[RunLog] | None:
    """The run."""
    text = source.content().decode("utf-8", "replace")
    torn = Torn()
    torn.lines = text.count("\n") + 1
    try:
        state = document(text)
    except ValueError:
        state = picked_apart(text, torn)
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list):
        raise UnreadableError(
            "{name} has no log_history", hint="give the console log of the run instead", name=source.name
        )
    facts = settings(state)
    points = Gatherer(counts_from=1)
    steps_of(history, points)
    closing(history, facts)
    logs = points.logs(source, facts, torn, unit="step")
    for log in logs:
        log.finished = log.finished or facts.total_seconds is not None
    return logs


def settings(state: Row) -> Facts:
    """What the document says about plan and batch."""
    facts = Facts(
        steps_planned=whole(state.get("max_steps")) or None,
        epochs_planned=real(state.get("num_train_epochs")) or None,
        micro_batch=whole(state.get("train_batch_size")) or None,
        log_interval=whole(state.get("logging_steps")) or None,
        eval_interval=whole(state.get("eval_steps")) or None,
        checkpoint_interval=whole(state.get("save_steps")) or None,
    )
    for name in ("total_flos", "num_input_tokens_seen"):
        if figure := real(state.get(name)):
            facts.other[name] = f"{figure:g}"
    return facts


def steps_of(history: list[Any], points: Gatherer) -> None:
    """Steps and evaluations of the history."""
    for entry in history:
        if not isinstance(entry, dict):
            continue
        step = whole(entry.get("step"))
        if step is None:
            continue
        if "eval_runtime" in entry or "eval_loss" in entry:
            points.event("evaluation", step=step, seconds=real(entry.get("eval_runtime")))
        elif "train_runtime" in entry:
            points.add(step)
            points.event("end", step=step)
        else:
            points.add(step, loss=real(entry.get("loss")))


def closing(history: list[Any], facts: Facts) -> None:
    """Runtime and mean step time of the closing entry, into `facts`."""
    for entry in reversed(history):
        if isinstance(entry, dict) and (seconds := real(entry.get("train_runtime"))):
            facts.total_seconds = seconds
            step = whole(entry.get("step"))
            if step:
                facts.mean_step_seconds = seconds / step
            return


def picked_apart(text: str, torn: Torn) -> Row:
    """What can be read of a document that is cut or damaged."""
    torn.torn += 1
    at = text.find('"log_history"')
    history: list[Any] = []
    decoder = json.JSONDecoder()
    at = text.find("{", at) if at >= 0 else -1
    while at >= 0:
        try:
            entry, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        history.append(entry)
        follows = text.find("{", at)
        at = follows if follows >= 0 and text[at:follows].strip() == "," else -1
    found: Row = dict(FIELD.findall(text))
    found["log_history"] = history if history else None
    return found
