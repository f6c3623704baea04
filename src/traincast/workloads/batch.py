"""Many workloads from a file: one flat JSON object a line, with `id` and `on`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from traincast.catalog.capability import name_findings
from traincast.catalog.lookup import machine
from traincast.errors import TraincastError, UnreadableError
from traincast.findings import Finding, finding
from traincast.machine import Machine
from traincast.phrases import phrase
from traincast.workload import Workload
from traincast.workloads.keys import converted
from traincast.workloads.presets import preset_values
from traincast.workloads.relations import completed
from traincast.workloads.resolve import overridden, published

LONGEST_LINE = 2**20
"""bytes; a flat workload has a thousand"""
Named = Callable[[str], Machine]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One line: a workload on a machine, or what is wrong with it."""

    line: int
    """from 1"""
    id: Any = None
    workload: Workload | None = None
    machine: Machine | None = None
    """`None` where the line names none"""
    findings: tuple[Finding, ...] = ()
    error: TraincastError | None = None


def read_batch(
    path: str | Path, *, on: str | None = None, keys: Mapping[str, Any] | None = None, named: Named = machine
) -> Iterator[Case]:
    """A case a line of the file at `path` (`-` is standard input), in order; empty lines are passed over.

    `on` and `keys` hold where a line does not say otherwise, `named` finds the machine. A bad line becomes a case with
    an error. Raises UnreadableError where the file cannot be read at all.
    """
    if str(path) == "-":
        yield from cases(bounded(sys.stdin.buffer), on=on, keys=keys, named=named)
        return
    try:
        with Path(path).open("rb") as file:
            yield from cases(bounded(file), on=on, keys=keys, named=named)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "").lower() or phrase("cannot be read")
        raise UnreadableError(
            "{path}: {reason}", hint="give one flat workload a line", path=str(path)[:200], reason=reason
        ) from error


def bounded(file: BinaryIO) -> Iterator[bytes]:
    """Lines of `file`; of one that is longer than LONGEST_LINE no more than one byte beyond it."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE + 1)


def cases(
    lines: Iterable[bytes], *, on: str | None = None, keys: Mapping[str, Any] | None = None, named: Named = machine
) -> Iterator[Case]:
    """The case of each line that is not empty."""
    machines: dict[str, tuple[Machine, tuple[Finding, ...]]] = {}
    usual = {key: value for key, value in (keys or {}).items() if value is not None}
    for number, line in enumerate(lines, start=1):
        if not line.isspace():
            yield case(number, line, on, usual, lambda text: _machine(text, named, machines))


def _machine(
    text: str, named: Named, known: dict[str, tuple[Machine, tuple[Finding, ...]]]
) -> tuple[Machine, tuple[Finding, ...]]:
    """The machine called `text` and which variant it is; a batch asks for few machines many times."""
    if text not in known:
        found = named(text)
        known[text] = (found, tuple(name_findings(text, found.accelerator)))
    return known[text]


def case(
    number: int,
    line: bytes,
    on: str | None,
    usual: Mapping[str, Any],
    named: Callable[[str], tuple[Machine, tuple[Finding, ...]]],
) -> Case:
    """The case of one line."""
    name = None
    try:
        values = flat(line)
        name = values.pop("id", None)
        text = values.pop("on", None) or on
        preset = values.pop("preset", None) or published(values)
        if preset is not None:
            values = overridden(preset_values(str(preset)), values)
        if text is not None and not isinstance(text, str):
            raise UnreadableError("`on` is not a device's name", hint='"on": "RTX 4070"')
        found, findings = named(text) if text else (None, ())
        told, others = converted({**usual, **values})
        workload = completed(told, found.n_devices if found else None)
    except TraincastError as error:
        return Case(line=number, id=name, error=error)
    if others:
        ignored = ", ".join(str(key)[:40] for key in others[:20])
        findings = (*findings, finding("keys-ignored", evidence=f"line {number}", names=ignored))
    return Case(line=number, id=name, workload=workload, machine=found, findings=findings)


def flat(line: bytes) -> dict[str, Any]:
    """The keys of one line. Raises UnreadableError."""
    if len(line) > LONGEST_LINE:
        raise UnreadableError("a line is longer than 1 MiB", hint="one flat workload a line")
    try:
        values = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error)[: 200 - len("not JSON: ")]
        raise UnreadableError("not JSON: {reason}", hint="one flat workload a line", reason=reason) from error
    if not isinstance(values, dict):
        raise UnreadableError("a line is no JSON object", hint='write {"id": 1, "on": "H100x8", "n_layer": 12, ...}')
    return values
