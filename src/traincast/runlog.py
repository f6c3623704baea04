"""What a log said: records that hold it raw, so that every answer can be computed again from them.

A reader fills a `RunLog` once, with units converted at the edge; nothing in it is judged. Warm-up, pauses and
outliers are still inside.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from traincast.errors import UnreadableError
from traincast.findings import Finding

SCHEMA = "traincast.runlog/1"

Span = Literal["step", "interval", "since-start", "since-epoch", "window", "none"]
"""What a printed step time is the mean of: the last step alone, all steps since the line before, all since the start
of the process or of the epoch, a sliding window, or not printed."""

EventKind = Literal["start", "resume", "evaluation", "checkpoint", "compile", "epoch", "end", "error"]


class Point(msgspec.Struct, kw_only=True, array_like=True):
    """One logged step."""

    step: int
    """the counter as the log prints it, through all epochs, in the log's `unit`"""
    clock: float | None = None
    """seconds, on whatever clock the log has: Unix time, seconds since start, or summed step times"""
    step_seconds: float | None = None
    """seconds per step as printed, over what `RunLog.span` says"""
    loss: float | None = None
    rate: float | None = None
    """units of `RunLog.rate_unit` per second as printed, all devices"""
    mfu: float | None = None
    """fraction of a peak, as printed"""
    start: int = 0
    """number of the start (0 first, 1 after the first resume) that wrote the line"""


class Event(msgspec.Struct, kw_only=True):
    """Something the log says besides steps."""

    kind: EventKind
    step: int | None = None
    """counter of the last step before it"""
    clock: float | None = None
    """seconds, as in `Point`"""
    seconds: float | None = None
    """how long it took, where the log says so"""
    text: str = ""
    """the line, cleaned for display"""
    line: int | None = None


class Facts(msgspec.Struct, kw_only=True):
    """What the log tells about workload, machine and plan; `None` is unknown."""

    steps_planned: int | None = None
    epochs_planned: float | None = None
    steps_per_epoch: int | None = None
    seconds_planned: float | None = None
    """a run limited by time, not by steps"""
    tokens_planned: float | None = None
    """a run limited by tokens"""
    tokens_per_step: float | None = None
    samples_per_step: float | None = None
    seq_len: int | None = None
    micro_batch: int | None = None
    grad_accum: int | None = None
    n_devices: int | None = None
    device: str | None = None
    model: str | None = None
    params: float | None = None
    precision: str | None = None
    compile: bool | None = None
    eval_interval: int | None = None
    eval_batches: int | None = None
    checkpoint_interval: int | None = None
    log_interval: int | None = None
    total_seconds: float | None = None
    """closing line: how long the run took by its own count"""
    mean_step_seconds: float | None = None
    """closing line: mean step time by its own count, pauses included"""
    other: dict[str, str] = {}
    """settings that were seen and have no field of their own"""


class RunLog(msgspec.Struct, kw_only=True):
    """One run as one log tells it."""

    schema: str = SCHEMA
    source: str = ""
    """path as given, or `-`"""
    dialect: str = "unknown"
    confidence: float = 0.0
    """probability that the log was read rightly"""
    runner_up: str | None = None
    lines: int = 0
    bytes: int = 0
    unread_lines: int = 0
    """lines that look like steps and could not be read"""
    unit: str = "step"
    """what is counted: step, micro-step, epoch, batch, tree, episode, ..."""
    counts_from: int = 1
    """number of the first step: after the line of step k, k + 1 - counts_from steps are done"""
    span: Span = "none"
    clock_kind: Literal["wall", "time-of-day", "elapsed", "training", "none"] = "none"
    """wall: dated stamps; time-of-day: without a date, unwrapped; elapsed: seconds since start, pauses inside;
    training: seconds of training alone, pauses left out"""
    clock_resolution: float | None = None
    """seconds; smallest difference the clock can show"""
    thin_clock: bool = False
    """whether few points have a clock: it is derived from what the trainer says remains, where that is exact enough"""
    rate_unit: str | None = None
    """tokens, samples, ... per second"""
    mfu_peak: float | None = None
    """FLOP/s that the trainer divides by, whatever the card"""
    mfu_convention: str | None = None
    """FLOP count that the trainer uses: palm, kaplan, megatron, ..."""
    points: list[Point] = []
    merged: bool = False
    """whether neighbouring points were thinned because there were too many to hold"""
    events: list[Event] = []
    facts: Facts = msgspec.field(default_factory=Facts)
    finished: bool = False
    """the log says that the run ended as planned"""
    findings: list[Finding] = []


class Series(msgspec.Struct, kw_only=True):
    """The canonical series: intervals between logged points, in order. All columns have the same length.

    `seconds[i]` covers `steps[i]` steps up to and including step `last[i]`.
    """

    last: list[int]
    steps: list[int]
    seconds: list[float]
    start: list[int]
    """number of the start each interval belongs to; an interval never spans two"""
    pauses_inside: bool
    """true where evaluations and checkpoints between two points are inside `seconds`"""
    basis: Literal["clock", "printed-interval", "printed-step", "training-clock", "total"] = "clock"
    """where the seconds come from"""
    resolution: float | None = None
    """seconds; quantisation of each `seconds[i]`"""


def save(log: RunLog) -> bytes:
    """`log` as JSON; `load` gives it back equal."""
    return msgspec.json.encode(log)


def load(content: bytes) -> RunLog:
    """The `RunLog` that `save` wrote."""
    try:
        log = msgspec.json.decode(content, type=RunLog)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableError("not a saved run log: {reason}", hint="give the log itself", reason=str(error)) from error
    if log.schema != SCHEMA:
        raise UnreadableError(
            "saved run log has schema {schema!r}, not {wanted!r}",
            hint="read the log again",
            schema=log.schema,
            wanted=SCHEMA,
        )
    return log
