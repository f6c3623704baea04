"""From what a user gives to an audit: texts or a log, a workload, a device."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from traincast.answers import AuditAnswer, PredictAnswer
from traincast.audit.claims import Figure
from traincast.audit.document import Text, audit
from traincast.audit.logs import is_log, log_figures, log_workload
from traincast.errors import TraincastError, UnreadableError, UsageError
from traincast.machine import Accelerator, Machine
from traincast.runlog import RunLog
from traincast.workload import Workload

LONGEST = 16 * 2**20
"""characters of one text"""


def ask(
    source: str | Path | None,
    *,
    claim: Sequence[str],
    workload: Workload | Mapping[str, object] | str | Path | None,
    on: str | None,
    lang: str,
    dialect: str | None,
    keys: Mapping[str, Any],
) -> AuditAnswer:
    """The audit of `source` (a note, a log, `-`) and of every `claim`; raises UsageError where there is neither."""
    from traincast.catalog.lookup import accelerator
    from traincast.probing.machines import machine

    if source is None and not claim:
        raise UsageError("nothing to audit", hint="give a file, `-` for standard input, or --claim TEXT")
    texts = [Text(source=f"claim {i}", content=text) for i, text in enumerate(claim, start=1)]
    given = None
    if workload is not None or any(value is not None for value in keys.values()):
        from traincast.workloads.resolve import resolve

        given, _notes = resolve(workload, **keys)
    figures: list[Figure] = []
    device = machine(on) if on else None
    peak = None
    if source is not None:
        more, logs = opened(source, dialect)
        texts += more
        for log in logs[-1:]:
            figures += log_figures(log)
            given = log_workload(log, given)
            device = device or machine_of(log)
            peak = log.mfu_peak
    return audit(
        texts, lookup=accelerator, workload=given, machine=device, figures=figures, predict=prediction, lang=lang,
        printed_peak=peak,
    )  # fmt: skip


def opened(source: str | Path, dialect: str | None) -> tuple[list[Text], list[RunLog]]:
    """The texts of `source`, or its runs where it is a training log."""
    from traincast.reading import read_logs, read_text
    from traincast.reading.named import open_sources

    if " " in str(source).strip() and not Path(source).exists():
        raise UnreadableError(
            "no such file: {name}", hint='a sentence is given with --claim "..."', name=str(source)[:200]
        )
    if str(source) != "-":
        runs = logs_among(lambda: read_logs(source, dialect=dialect))
        if runs:
            return [], runs
    texts = [Text(source=one.name, content="".join(one.blocks())[:LONGEST]) for one in open_sources(source)]
    if str(source) == "-":
        runs = logs_among(lambda: read_text([texts[0].content], name="-", dialect=dialect))
        if runs:
            return [], runs
    return texts, []


def logs_among(read: Callable[[], list[RunLog]]) -> list[RunLog]:
    """What `read` gives that is a training log; nothing where it cannot be read as one."""
    try:
        return [log for log in read() if is_log(log)]
    except TraincastError:
        return []


def machine_of(log: RunLog) -> Machine | None:
    """The machine that a log names."""
    from traincast.catalog.lookup import accelerator

    if log.facts.device is None:
        return None
    try:
        found: Accelerator = accelerator(log.facts.device)
    except TraincastError:
        return None
    return Machine(accelerator=found, n_devices=log.facts.n_devices or 1)


def prediction(workload: Workload, machine: Machine, level: float) -> PredictAnswer | None:
    """The prediction; None where the workload does not suffice or cannot be."""
    from traincast.predict import predict
    from traincast.workloads.resolve import resolve

    try:
        known, _notes = resolve(msgspec.structs.replace(workload, n_devices=machine.n_devices))
        return predict(known, machine, level=level)
    except TraincastError:
        return None
