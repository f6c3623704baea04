"""Measured runs whose sources no fit has seen, as a user would tell them.

Of the first table the widths of intervals take account (`calibrate.widths`); nothing rests on the second.
"""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec

from accuracy.facts import Run, contradicts, evidence, seconds, whole, workload
from traincast.catalog.devices import accelerators
from traincast.cost import step
from traincast.machine import Machine
from traincast.workload import Workload

FIRST = Path(__file__).parent / "blind_runs.csv"
SECOND = Path(__file__).parent / "blind_runs_2.csv"


def rows(table: Path = FIRST) -> list[dict[str, str]]:
    """All rows of `table`."""
    with table.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def told(row: dict[str, str]) -> Workload:
    """The workload of a row as a user would tell it."""
    w = workload(row)
    if row["arch"] != "t5":
        return w
    ends = {key: whole(row[key]) for key in ("encoder_layers", "target_len")}
    return msgspec.structs.replace(w, arch="t5", **ends)


def run(row: dict[str, str]) -> Run:
    """A row as a run."""
    w = told(row)
    machine = Machine(
        accelerator=accelerators()[row["accelerator"]], n_devices=w.n_devices or 1,
        devices_per_node=w.devices_per_node or 8,
    )  # fmt: skip
    took = seconds(row, w)
    assert took is not None, row["id"]
    return Run(
        id=row["id"], source=row["source"], model=row["model"], workload=w, machine=machine, seconds=took,
        never_fit=True, row=row,
    )  # fmt: skip


def impossible(blind: list[Run]) -> dict[str, str]:
    """Id -> why a row cannot be true."""
    floor = step.floor_seconds(evidence(blind).c)
    found = {one.id: "tokens/s, step time and batch differ" for one in blind if contradicts(one.row)}
    faster = {one.id: "above the peak" for one, least in zip(blind, floor, strict=True) if one.seconds < least}
    return faster | found


def everything(table: Path = FIRST) -> list[Run]:
    """All runs of `table`."""
    return [run(row) for row in rows(table)]


def unseen(table: Path = FIRST) -> list[Run]:
    """Those that do not contradict themselves."""
    told = everything(table)
    away = impossible(told)
    return [one for one in told if one.id not in away]
