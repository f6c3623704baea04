"""Measured runs as workloads on machines."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from traincast.calibrate.fit import Evidence
from traincast.calibrate.levels import levels
from traincast.calibrate.model import group, noise_group
from traincast.catalog.devices import accelerators
from traincast.cost.cases import cases
from traincast.machine import Machine
from traincast.workload import Workload
from traincast.workloads.presets import presets

TABLE = Path(__file__).parent / "measured_runs.csv"
NUMBERS = (
    "n_layer", "d_model", "n_head", "n_kv_head", "d_ff", "vocab", "seq_len", "micro_batch", "grad_accum",
    "global_batch", "n_devices", "devices_per_node", "dp", "tp", "pp", "cp", "ep", "window", "lora_rank",
    "head_dim", "num_experts", "experts_per_token",
)  # fmt: skip
UNCOMMON = (
    "num_experts", "experts_per_token", "shared_experts", "dense_layers", "dense_d_ff", "head_dim", "q_rank", "kv_rank",
    "rope_dim", "value_dim",
)  # fmt: skip
"""keys that a row does not tell, or tells of a mean layer"""
RECOMPUTE = {"no": "no", "none": "no", "full": "full", "full+offload": "full", "selective": "selective"}
ZERO = {"0": 0, "1": 1, "2": 2, "3": 3, "fsdp-full": 3, "fsdp-shard-grad-op": 2}
AGREE = 1.25
"""factor by which tokens/s and step time of a row may differ before one of them must be wrong"""
NO_LANGUAGE = ("vit", "diffusion", "resnet")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One measured run."""

    id: str
    source: str
    model: str
    workload: Workload
    machine: Machine
    seconds: float
    """of one optimizer step"""
    never_fit: bool
    row: dict[str, str]


def whole(cell: str) -> int | None:
    """An integer cell."""
    return int(float(cell)) if cell else None


def real(cell: str) -> float | None:
    """A number cell."""
    return float(cell) if cell else None


def architecture(row: dict[str, str]) -> str:
    """The kind of network."""
    if "ransformer-XL" in row["model"]:
        return "txl"
    if "WMT" in row["model"]:
        return "t5"
    return row["arch"] if row["arch"] in ("bert", "moe", "vit", "resnet") else "gpt"


def published(model: str) -> dict[str, Any]:
    """What the published configuration of a mixture tells of its attention, dense layers and shared experts."""
    found = next((values for name, values in mixtures().items() if model.lower().startswith(name)), {})
    return {key: found[key] for key in UNCOMMON if key in found}


@cache
def mixtures() -> dict[str, dict[str, Any]]:
    """Preset -> its keys, of mixtures that are no plain stack of layers alike."""
    return {name: one.values for name, one in presets().items() if one.values.get("dense_layers")}


def workload(row: dict[str, str]) -> Workload:
    """The workload of a row; what the source does not tell stays unknown."""
    told: dict[str, Any] = {name: whole(row[name]) for name in NUMBERS} | published(row["model"])
    return Workload(
        arch=architecture(row), mlp=row["mlp"] or None, params_total=real(row["params_total"]),  # type: ignore[arg-type]
        params_active=real(row["params_active"]), precision=row["precision"] or None,
        attention=row["attention"] if row["attention"] in ("flash", "naive", "sdpa") else None,  # type: ignore[arg-type]
        compile={"yes": True, "no": False}.get(row["compile"]), recompute=RECOMPUTE.get(row["recompute"]),  # type: ignore[arg-type]
        optimizer=row["optimizer"] or None, framework=row["framework"] or None, software_year=whole(row["year"]),
        zero=ZERO.get(row["zero"]), base_bits=4 if row["quantised"] else None, **told,
    )  # fmt: skip


def seconds(row: dict[str, str], w: Workload) -> float | None:
    """Seconds of a step: from tokens per second, or as told."""
    sequences = w.global_batch or (w.micro_batch or 0) * (w.grad_accum or 1) * (w.dp or 1)
    if row["tokens_per_s"] and sequences and w.seq_len:
        return sequences * w.seq_len / float(row["tokens_per_s"])
    return real(row["step_time_s"])


def contradicts(row: dict[str, str]) -> bool:
    """Whether tokens/s, step time and batch of a row exclude each other."""
    sequences = real(row["global_batch"])
    if not (row["tokens_per_s"] and row["step_time_s"] and sequences and row["seq_len"]):
        return False
    ratio = sequences * float(row["seq_len"]) / float(row["tokens_per_s"]) / float(row["step_time_s"])
    return not 1 / AGREE < ratio < AGREE


def rows() -> list[dict[str, str]]:
    """All measured rows."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def runs(keep: Callable[[dict[str, str]], bool] = lambda row: row["arch"] not in NO_LANGUAGE) -> list[Run]:
    """Language-model runs with shapes, batch, a known device and a speed."""
    found = []
    for row in rows():
        known = row["accelerator"] and all(row[name] for name in ("n_layer", "d_model", "seq_len", "micro_batch"))
        if not known or not keep(row) or contradicts(row):
            continue
        w = workload(row)
        took = seconds(row, w)
        if took is None:
            continue
        machine = Machine(
            accelerator=accelerators()[row["accelerator"]], n_devices=w.n_devices or 1,
            devices_per_node=w.devices_per_node or 8,
        )  # fmt: skip
        found.append(
            Run(
                id=row["id"], source=row["source"], model=row["model"], workload=w, machine=machine, seconds=took,
                never_fit=row["never_fit"] == "yes", row=row,
            )
        )  # fmt: skip
    return found


def evidence(measured: list[Run]) -> Evidence:
    """Columns of `measured`, with the levels that only measured rows know."""
    c = cases([run.workload for run in measured], [run.machine for run in measured])
    named = levels(c)
    named["source"] = [run.source for run in measured]
    named["source-device"] = [f"{run.source}/{run.machine.accelerator.name}" for run in measured]
    named["source-model"] = [f"{run.source}/{run.model}" for run in measured]
    return Evidence(
        c=c, y=np.log([run.seconds for run in measured]), named=named, noise_group=noise_group(c), group=group(c)
    )
