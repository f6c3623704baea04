"""The verbs as functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from traincast.errors import TraincastError, UnreadableError
from traincast.plugins import problems
from traincast.views import Viewer, shown_by

if TYPE_CHECKING:
    from traincast.answers import (
        AuditAnswer,
        ForecastAnswer,
        PredictAnswer,
        ReadAnswer,
        RehearseAnswer,
        ReportAnswer,
        WatchAnswer,
    )
    from traincast.findings import Finding
    from traincast.machine import Accelerator
    from traincast.probing.profile import Profile
    from traincast.runlog import RunLog
    from traincast.scorecard import BacktestAnswer
    from traincast.workload import Workload

Source = str | Path


@shown_by
def _notebook() -> Viewer:
    """What shows answers in a notebook; pages are imported when the first one is shown."""
    from traincast.reports import notebook

    return notebook


def predict(
    workload: Workload | Mapping[str, object] | Source | None = None,
    *,
    on: str | None = None,
    steps: int | None = None,
    level: float = 0.9,
    seen: Sequence[str] = (),
    inputs: object = None,
    **keys: object,
) -> PredictAnswer:
    """How fast, how long, does it fit, what will the first step cost: a preset, a file, flat keys, `keys` over it.

    With `inputs` (a tensor, a sequence or a mapping of them: one micro-batch), `workload` is a torch module, whose
    FLOP, parameters and kept tensors are counted without running it.

    `on` names device and count (`H100x8`) or a machine profile; without it sizes and FLOP are told alone. `seen` are
    `LOG=WORKLOAD`: logs of other workloads on that machine, which correct the prediction. Raises WorkloadError,
    UnknownNameError, AmbiguousNameError, UnreadableError, UsageError.
    """
    from traincast.predict.answer import asked

    if inputs is not None:
        from traincast.workloads.counting import counted_workload

        workload, keys = counted_workload(workload, inputs, **keys), {}
    answer = asked(workload, on=on, steps=steps, level=level, keys=keys)
    if seen:
        from traincast.ledger.seen import lesson, taught

        better = asked(workload, on=taught(on, seen), steps=steps, level=level, keys=keys)
        better.findings = [*answer.findings, *lesson(answer, better, len(seen))]
        answer = better
    answer.findings = [*answer.findings, *problems()]
    return answer


def read(
    source: Source | RunLog | Sequence[Source | RunLog],
    *,
    on: str | None = None,
    steps: int | None = None,
    level: float = 0.9,
    dialect: str | None = None,
) -> ReadAnswer:
    """What logs say: `source` is one or more paths (directories too, `-` is standard input) or opened run logs.

    `on` names the device where the log does not; `steps` the plan. Raises UnreadableError, UnknownNameError.
    """
    from traincast.answers import ReadAnswer
    from traincast.phases import untangle
    from traincast.reading.series import pace, series
    from traincast.summary import summary

    named = _device(on)
    runs = []
    for log in (strand for whole in _logs(source, dialect) for strand in untangle(whole)):
        device = named[0] or _device_of(log)
        found = series(log)
        runs.append(summary(log, found, pace=pace(log), device=device, n_devices=named[1], steps=steps, level=level))
    for run in runs[:1]:
        run.findings = [*run.findings, *problems()]
    return ReadAnswer(runs=runs)


def forecast(
    source: Source | RunLog,
    *,
    steps: int | None = None,
    on: str | None = None,
    workload: Workload | str | None = None,
    deadline: str | None = None,
    level: float = 0.9,
    dialect: str | None = None,
    now: float | None = None,
    schedule: str | None = None,
) -> ForecastAnswer:
    """When the run that writes `source` ends: the last run in it, the longest of those whose lines are mixed.

    With `on` and `workload` the prediction is weighed in, so that there is an answer before the first step.
    `deadline` is a time of day, a date or a duration; of a log without dates a moment is measured from when its file
    was written last, and a finding says so. `now` (Unix seconds) counts from there;
    `schedule` says how the work of a step changes: `0:1,1000:2` doubles it at counter 1000. Raises
    PlanUnknownError, UnreadableError, UsageError.
    """
    from traincast.forecast import forecast as answer
    from traincast.forecast.deadline import is_dated, measured_from
    from traincast.forecast.evidence import required_evidence
    from traincast.phases import untangle
    from traincast.reading.named import last_written
    from traincast.reading.series import series

    known = _workload(workload)
    prior = _prior(known, on)
    logs = _logs(source, dialect) if prior is None else _logs_or_none_yet(source, dialect)
    log = untangle(next((one for one in reversed(logs) if one.points), logs[-1]))[0]
    required_evidence(log)
    notes: list[Finding] = []
    if deadline is not None and now is None and not is_dated(log) and isinstance(source, str | Path):
        deadline, notes = measured_from(deadline, last_written(source))
    found = answer(
        log,
        series(log) if log.points else None,
        steps=steps,
        workload=known,
        prior=prior,
        level=level,
        deadline=deadline,
        now=now,
        schedule=schedule,
    )
    found.findings = [*found.findings, *notes, *problems()]
    return found


def backtest(
    source: Source | RunLog | Sequence[Source | RunLog], *, level: float = 0.9, dialect: str | None = None
) -> BacktestAnswer:
    """How good the forecast would have been during finished runs; the others are named with a reason."""
    from traincast.backtest import replay, scores, unusable
    from traincast.reading.series import series
    from traincast.scorecard import BacktestAnswer, Left

    replays, left = [], []
    for log in _logs(source, dialect):
        intervals = series(log)
        reason = unusable(log, intervals)
        if reason is not None or intervals is None:
            left.append(Left(source=log.source, family=log.dialect, reason=reason or ""))
        else:
            replays.append(replay(log, intervals, level=level))
    return BacktestAnswer(level=level, scores=scores(replays, level=level), replays=replays, left_out=left)


def probe(
    workload: Workload | str | None = None,
    *,
    budget: float = 20.0,
    backend: str | None = None,
    device: str | None = None,
    threads: int | None = None,
    since: float | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Profile:
    """What this machine reaches, measured within `budget` seconds from `since` (a time.perf_counter reading; now).

    The shapes of `workload` come first. Raises UsageError where `backend` or `device` is not there.
    """
    from traincast.probing.backend import backend as chosen
    from traincast.probing.probe import probe as measure

    known = _workload(workload)
    return measure(chosen(backend, device, threads), budget=budget, workload=known, since=since, progress=progress)


def audit(
    source: Source | None = None,
    *,
    claim: Sequence[str] = (),
    workload: Workload | Mapping[str, object] | Source | None = None,
    on: str | None = None,
    lang: str = "en",
    dialect: str | None = None,
    **keys: object,
) -> AuditAnswer:
    """Can these numbers be true: of a note, a log, or every `claim`, each a text in English or French.

    `workload`, `keys` and `on` say what was run and on what; where they are silent the text is asked. Raises
    UsageError, WorkloadError, UnknownNameError, UnreadableError.
    """
    from traincast.audit.ask import ask

    answer = ask(source, claim=claim, workload=workload, on=on, lang=lang, dialect=dialect, keys=keys)
    answer.findings = [*answer.findings, *problems()]
    return answer


def report(
    source: Source,
    *,
    workload: Workload | Mapping[str, object] | Source | None = None,
    on: str | None = None,
    claims: Source | None = None,
    steps: int | None = None,
    level: float = 0.9,
    lang: str = "en",
    dialect: str | None = None,
    date: str | None = None,
    **keys: object,
) -> ReportAnswer:
    """Everything that is known of the last run in `source`, with the audit of the note `claims`.

    `date` (ISO 8601) is that of the report, today where it is None. Raises UnreadableError, WorkloadError,
    UnknownNameError.
    """
    from datetime import datetime

    from traincast.reports.gather import gather

    today = date or datetime.now().astimezone().date().isoformat()
    answer = gather(
        source, date=today, workload=workload, on=on, claims=claims, steps=steps, level=level, lang=lang,
        dialect=dialect, keys=keys,
    )  # fmt: skip
    answer.findings = [*answer.findings, *problems()]
    return answer


def watch(
    source: Source | Sequence[str],
    *,
    steps: int | None = None,
    on: str | None = None,
    workload: Workload | str | None = None,
    deadline: str | None = None,
    until: str | None = None,
    idle: float | None = None,
    every: float = 1.0,
    level: float = 0.9,
    dialect: str | None = None,
    schedule: str | None = None,
) -> Iterator[WatchAnswer]:
    """Answers about a run that is going on, one about every `every` seconds, until it is over.

    `source` is a growing log, `-`, or the words of a command, which is run. It ends before the run does after `idle`
    seconds without a line, or at `until`. Raises UnreadableError, UnknownNameError, UsageError.
    """
    from traincast.live.question import moment, question
    from traincast.live.session import CommandSession, watch_log, watch_pipe
    from traincast.live.watch import Ends

    asked = question(
        steps=steps, on=on, workload=workload, deadline=deadline, level=level, dialect=dialect, schedule=schedule
    )
    ends = Ends(idle=idle, until=moment(until))
    if source == "-":
        yield from watch_pipe(asked, ends=ends, every=every)
    elif isinstance(source, (str, Path)):
        yield from watch_log(str(source), asked, ends=ends, every=every)
    else:
        with CommandSession(source, asked, ends=ends, every=every) as running:
            yield from running.answers()


def rehearse(
    command: Sequence[str],
    *,
    steps: int | None = None,
    on: str | None = None,
    workload: Workload | str | None = None,
    sure: float = 0.05,
    budget: float = 600.0,
    evaluation: bool = True,
    log: Source | None = None,
    level: float = 0.9,
    dialect: str | None = None,
    schedule: str | None = None,
) -> RehearseAnswer:
    """The forecast of the full run of `command`, which is run only until the forecast is sure, then stopped.

    `sure` is the width of the interval over the total; `budget` (seconds) ends it in any case; `evaluation` says
    whether to wait for one; `log` is read in place of the output, which is thrown away. Raises FailedError where the
    command fails, PlanUnknownError, UnreadableError, UsageError.
    """
    from traincast.live.question import question
    from traincast.live.rehearse import Rehearsal, Wish

    asked = question(steps=steps, on=on, workload=workload, level=level, dialect=dialect, schedule=schedule)
    wish = Wish(sure=sure, budget=budget, evaluation=evaluation)
    return Rehearsal(command, asked, wish, log=Path(log) if log is not None else None, sink=None).result()


def _logs(source: Source | RunLog | Sequence[Source | RunLog], dialect: str | None) -> list[RunLog]:
    """All runs of all sources; in a directory, files that are no logs are passed over."""
    from traincast.reading import read_logs
    from traincast.runlog import RunLog

    logs: list[RunLog] = []
    for one in [source] if isinstance(source, str | Path | RunLog) else source:
        if isinstance(one, RunLog):
            logs.append(one)
        else:
            logs += read_logs(one, dialect=dialect)
    return logs


def _logs_or_none_yet(source: Source | RunLog, dialect: str | None) -> list[RunLog]:
    """The runs of `source`; one without a step where it is a text in which none is logged yet."""
    from traincast.runlog import RunLog

    try:
        return _logs(source, dialect)
    except UnreadableError:
        if not isinstance(source, str | Path) or not Path(source).is_file():
            raise
        with Path(source).open("rb") as file:
            if b"\0" in file.read(4096):
                raise
        return [RunLog(source=str(source))]


def _device(on: str | None) -> tuple[Accelerator | None, int | None]:
    """The accelerator and count that `--on` names."""
    if on is None:
        return None, None
    from traincast.probing.machines import machine

    found = machine(on)
    return found.accelerator, found.n_devices


def _device_of(log: RunLog) -> Accelerator | None:
    """The accelerator that the log names; None where it is unknown or ambiguous."""
    if log.facts.device is None:
        return None
    from traincast.catalog.lookup import accelerator

    try:
        return accelerator(log.facts.device)
    except TraincastError:
        return None


def _workload(workload: Workload | str | None) -> Workload | None:
    """A workload record from whatever names one."""
    if not isinstance(workload, str):
        return workload
    from traincast.workloads.resolve import load

    return load(workload)


def _prior(workload: Workload | None, on: str | None) -> tuple[float, float] | None:
    """Predicted (mean, sigma) of log seconds per step, where a device is named and the workload is known."""
    if workload is None or on is None:
        return None
    from traincast.predict import prior
    from traincast.probing.machines import machine

    return prior(workload, machine(on))
