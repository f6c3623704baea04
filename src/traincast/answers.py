"""The documents that answer each verb. Field names are those of the published JSON."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from traincast.estimate import Estimate
from traincast.explanation import Explanation
from traincast.findings import Finding
from traincast.scorecard import BacktestAnswer
from traincast.views import Shown
from traincast.workload import Workload


class Part(msgspec.Struct, kw_only=True):
    """One share of a time."""

    name: str
    seconds: float


class SizedPart(msgspec.Struct, kw_only=True):
    """One share of memory."""

    name: str
    bytes: float


class MachineAnswer(msgspec.Struct, kw_only=True):
    """The machine as understood."""

    device: str | None
    title: str
    n_devices: int
    peak_flops: float | None
    """FLOP/s of one device, dense, at the workload's precision"""
    memory_bandwidth: float | None
    """bytes/s of one device"""
    memory_bytes: float | None


class Memory(msgspec.Struct, kw_only=True):
    """What one device must hold."""

    peak_bytes: Estimate | None
    capacity_bytes: float | None
    fits: bool | None
    """`None` where capacity or need is unknown"""
    verdict: Literal["fits", "tight", "no", "unknown"] = "unknown"
    out_of_memory_probability: float | None = None
    largest_micro_batch: int | None = None
    parts: list[SizedPart] = []


class FirstIteration(msgspec.Struct, kw_only=True):
    """What the first iteration costs, evaluation and compilation inside."""

    seconds: Estimate
    parts: list[Part]


class Scenario(msgspec.Struct, kw_only=True):
    """A named other course of the run."""

    name: str
    step_time: float
    """seconds"""
    total_seconds: float | None


class PredictAnswer(Shown, msgspec.Struct, kw_only=True):
    """`traincast predict`: how fast, how long, does it fit, what will the first step cost."""

    schema: str = "traincast.predict/1"
    workload: Workload
    machine: MachineAnswer
    parameters: float | None
    """position table not counted"""
    flops_per_token: float | None
    """model FLOP of forward and backward, PaLM convention"""
    tokens_per_step: float | None
    samples_per_step: float | None = None
    step_time: Estimate | None
    """`None` where it does not fit in memory or cannot be told; a finding says which"""
    tokens_per_second: Estimate | None
    samples_per_second: Estimate | None = None
    mfu: Estimate | None
    mfu_convention: str = "palm"
    floor_seconds: float | None
    """least step time at the listed dense peak and bandwidth"""
    parts: list[Part] = []
    memory: Memory
    first_iteration: FirstIteration | None
    total: Estimate | None
    total_parts: list[Part] = []
    scenarios: list[Scenario] = []
    steps: int | None = None
    findings: list[Finding] = []
    sources: list[str] = []


class StepsAnswer(msgspec.Struct, kw_only=True):
    """Counters of a log."""

    first: int | None
    last: int | None
    seen: int
    planned: int | None
    unit: str


class MfuAnswer(msgspec.Struct, kw_only=True):
    """MFU as printed and on the right peak, both as fractions."""

    printed: float | None
    """fraction of the peak that the trainer divides by"""
    printed_peak_flops: float | None
    device: str | None
    rebased: float | None
    """fraction of the dense peak of `device`"""
    convention: str | None


class Phase(msgspec.Struct, kw_only=True):
    """A stretch of the run with one character."""

    kind: Literal[
        "start-up",
        "compile",
        "warm-up",
        "steady",
        "evaluation",
        "checkpoint",
        "pause",
        "stall",
        "slowdown",
        "recompile",
        "resume",
    ]
    first_step: int | None
    last_step: int | None
    seconds: float | None
    evidence: str = ""
    says: str = ""
    """template of `evidence`, so that another language can be filled"""
    values: dict[str, str] = {}
    """what fills it"""
    count: int = 1
    """how many times, where equal phases are told together"""


class Period(msgspec.Struct, kw_only=True):
    """A pause that comes back."""

    every: int
    """steps"""
    seconds: Estimate | None


class RunAnswer(Shown, msgspec.Struct, kw_only=True):
    """What one log says."""

    source: str
    dialect: str
    confidence: float
    runner_up: str | None = None
    lines: int
    bytes: int
    unread_lines: int
    steps: StepsAnswer
    step_time: Estimate | None
    mean_step_seconds: float | None = None
    """pauses included"""
    steady_from_step: int | None
    tokens_per_second: Estimate | None
    samples_per_second: Estimate | None
    mfu: MfuAnswer | None
    phases: list[Phase] = []
    period: dict[str, Period | None] = {}
    elapsed_seconds: float | None
    starts: int
    losses: dict[str, float | None] = {}
    finished: bool = False
    findings: list[Finding] = []


class ReadAnswer(Shown, msgspec.Struct, kw_only=True):
    """`traincast read`."""

    schema: str = "traincast.read/1"
    runs: list[RunAnswer]


class ForecastAnswer(Shown, msgspec.Struct, kw_only=True):
    """`traincast forecast`: when will this run end, with what certainty."""

    schema: str = "traincast.forecast/1"
    source: str
    steps_done: int
    steps_total: int | None
    unit: str = "step"
    remaining: Estimate | None
    """seconds from the last line of the log"""
    total: Estimate | None
    """seconds of the whole run"""
    finish_at: str | None
    """ISO 8601; `None` where the log has no dated clock and is not followed live"""
    parts: list[Part] = []
    step_time: Estimate | None = None
    probability_by_deadline: float | None = None
    prior_weight: float | None = None
    """share of the prior in the step time, 0 to 1"""
    ready: bool = False
    findings: list[Finding] = []


class Upcoming(msgspec.Struct, kw_only=True):
    """A pause that is expected next."""

    step: int
    """counter after which it comes"""
    seconds: float | None
    """s until then"""


class WatchAnswer(ForecastAnswer, kw_only=True):
    """`traincast watch`: the forecast of a run that is going on, at one moment."""

    schema: str = "traincast.watch/1"
    at: str
    """ISO 8601"""
    state: Literal["waiting", "running", "quiet", "over", "left"]
    """waiting: no step yet; quiet: silent for longer than it ever was; left: the run had not ended when watching did"""
    lines: int = 0
    """lines read"""
    dialect: str | None = None
    phase: str | None = None
    """what the run is in: start-up, warm-up, steady, evaluation, checkpoint, quiet, over"""
    mfu: MfuAnswer | None = None
    next_evaluation: Upcoming | None = None
    exit_status: int | None = None
    """of the command that is watched, once it ended"""


class RehearseAnswer(ForecastAnswer, kw_only=True):
    """`traincast rehearse`: the forecast of the full run, from a part of it."""

    schema: str = "traincast.rehearse/1"
    command: list[str]
    rehearsed_seconds: float
    """s from start to stop of the command"""
    stopped_because: Literal["sure", "budget", "ended", "interrupted"]
    stopped_by: str
    """last signal it took; `nothing` where it ended by itself"""
    exit_status: int | None
    """of the command, as a shell tells it"""
    evaluation_known: bool
    """whether an evaluation was seen or is known from log or workload"""
    closing_seconds: float = 0.0
    """s from the signal to the end, part of `total`: a full run ends too; 0 where it had to be told or killed"""


class Bound(msgspec.Struct, kw_only=True):
    """A limit that physics sets."""

    quantity: str
    at_least: float | None = None
    """in SI `unit`"""
    at_most: float | None = None
    """in SI `unit`"""
    unit: str


class Claim(msgspec.Struct, kw_only=True):
    """One figure that somebody wrote down."""

    text: str
    where: str
    quantity: str
    low: float | None
    """in SI `unit`; `None` where only an upper limit is said"""
    high: float | None
    """in SI `unit`; `None` where only a lower limit is said"""
    unit: str
    verdict: str = "unverifiable"
    reason: str = ""
    bound: Bound | None = None
    rests_on: list[str] = []
    likely_cause: str | None = None


class Contradiction(msgspec.Struct, kw_only=True):
    """Claims that cannot all be true."""

    claims: list[int]
    reason: str


class AuditAnswer(Shown, msgspec.Struct, kw_only=True):
    """`traincast audit`: can these numbers be true."""

    schema: str = "traincast.audit/1"
    verdict: Literal["consistent", "implausible", "impossible", "contradictory", "unverifiable"]
    claims: list[Claim]
    contradictions: list[Contradiction] = []
    corrected: PredictAnswer | None = None
    findings: list[Finding] = []


class CoursePoint(msgspec.Struct, kw_only=True):
    """A stretch of the run, for a chart."""

    step: int
    elapsed: float
    """seconds of the intervals so far"""
    step_seconds: float
    """seconds per step"""


class FanPoint(msgspec.Struct, kw_only=True):
    """The forecast as it was made at some moment of the run."""

    step: int
    total: Estimate
    """seconds of the whole run"""


class ReportAnswer(Shown, msgspec.Struct, kw_only=True):
    """`traincast report`: everything that is known of a run."""

    schema: str = "traincast.report/1"
    title: str
    lang: str = "en"
    date: str
    source: str
    run: RunAnswer | None = None
    forecast: ForecastAnswer | None = None
    predict: PredictAnswer | None = None
    audit: AuditAnswer | None = None
    explanation: Explanation | None = None
    course: list[CoursePoint] = []
    fan: list[FanPoint] = []
    findings: list[Finding] = []
    sources: list[str] = []


DOCUMENTS: dict[str, Any] = {
    "predict": PredictAnswer,
    "read": ReadAnswer,
    "forecast": ForecastAnswer,
    "audit": AuditAnswer,
    "report": ReportAnswer,
    "backtest": BacktestAnswer,
    "watch": WatchAnswer,
    "rehearse": RehearseAnswer,
}
"""verb -> record; `traincast schema VERB` prints the JSON Schema of each"""


def to_json(answer: msgspec.Struct) -> bytes:
    """`answer` as one JSON document; NaN and infinities become null."""
    return msgspec.json.encode(answer)
