"""Runs that were seen on a machine: how far the prediction of each was off, and what that teaches."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from traincast.answers import PredictAnswer
from traincast.errors import UnreadableError, UsageError
from traincast.findings import Finding, finding
from traincast.machine import Machine, Seen
from traincast.predict import prior
from traincast.predict.assumed import complete
from traincast.probing.machines import machine as named
from traincast.reading import read_logs
from traincast.reading.series import pace, series
from traincast.runlog import RunLog
from traincast.summary import summary
from traincast.units import percent
from traincast.workload import Workload
from traincast.workloads.resolve import load


def taught(on: str | None, seen: Sequence[str]) -> Machine:
    """The machine that `on` names with what `seen` (`LOG=WORKLOAD` each) tells of it.

    Raises UsageError, UnreadableError and what naming machines and workloads raises.
    """
    if on is None:
        raise UsageError("--seen needs the machine that the runs were seen on", hint="name it with --on")
    here = named(on)
    runs = [observed(*opened(text), here) for text in seen]
    return msgspec.structs.replace(here, seen=(*here.seen, *runs))


def opened(text: str) -> tuple[RunLog, Workload]:
    """The log and the workload of `LOG=WORKLOAD`."""
    path, _, workload = text.partition("=")
    if not path or not workload:
        raise UsageError(
            "{text!r} is not LOG=WORKLOAD", hint="--seen run.log=config.toml: a log and what it trained", text=text
        )
    logs = [log for log in read_logs(path) if log.points]
    if not logs:
        raise UnreadableError("{path} tells no steps", hint="give a log with at least ten steps", path=path)
    return logs[-1], load(workload)


def observed(log: RunLog, workload: Workload, machine: Machine) -> Seen:
    """How far the prediction of the steady step of `log`, which trained `workload` on `machine`, was off."""
    found = series(log)
    told = summary(log, found, pace=pace(log)).step_time
    if told is None:
        raise UnreadableError(
            "{source} tells no step time", hint="give a log with at least ten steps", source=log.source
        )
    off = math.log(told.value) - prior(workload, machine)[0]
    return Seen(workload=complete(workload).workload, log_error=off)


def lesson(before: PredictAnswer, after: PredictAnswer, runs: int) -> list[Finding]:
    """How far what was seen moved the step time and narrowed its interval."""
    if before.step_time is None or after.step_time is None:
        return []
    widths = [each.relative_width or math.nan for each in (before.step_time, after.step_time)]
    return [
        finding(
            "seen-runs",
            runs=str(runs),
            shift=percent(after.step_time.value / before.step_time.value - 1),
            narrowed=percent(1 - widths[1] / widths[0]),
        )
    ]
