"""Predicted against measured peaks of memory: `python -m accuracy.peaks` prints and writes docs/accuracy-memory.md.

A row states what a framework allocated, what its allocator reserved, or all that the driver shows; the prediction is
taken at the same place. One factor common to all rows is learned from the rows of other sources, and both are told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from accuracy.collect_memory import rows
from accuracy.facts import runs
from accuracy.report import table
from accuracy.scatter import scatter
from traincast.catalog.devices import accelerators
from traincast.cost.cases import cases
from traincast.machine import Accelerator, Machine
from traincast.predict.assumed import complete
from traincast.predict.plan import gaussian_half_width
from traincast.predict.room import Room, overflow_probability, room, verdict
from traincast.sources import Source
from traincast.workload import Workload

TARGET = Path(__file__).parent.parent / "docs" / "accuracy-memory.md"
PICTURE = TARGET.with_suffix(".svg")
WHOLE = (
    "n_layer", "d_model", "n_head", "n_kv_head", "d_ff", "vocab", "seq_len", "window", "micro_batch", "grad_accum",
    "n_devices", "dp", "tp", "pp", "num_experts", "experts_per_token",
)  # fmt: skip
TEXT = ("arch", "mlp", "precision", "attention", "recompute", "optimizer", "framework", "positions")
SWITCH = ("compile", "tied", "dropout")
ZERO = {"": None, "0": 0, "1": 1, "2": 2, "3": 3, "fsdp-full": 3, "fsdp-shard-grad-op": 2}
HOST = Accelerator(
    name="cpu", title="a host's processor", vendor="cpu", family="cpu", arch="", year=2024, memory_bytes=None,
    memory_bandwidth=1e10, peaks={"fp32": 1e11, "bf16": 1e11},
    source=Source(text="stands for any", confidence="assumed"),
)  # fmt: skip
Row = dict[str, str]


def workload(row: Row) -> Workload:
    """The workload of a row; what the source does not tell stays unknown."""
    keys: dict[str, Any] = {name: int(float(row[name])) for name in WHOLE if row.get(name)}
    keys |= {name: row[name] for name in TEXT if row.get(name)}
    keys |= {name: row[name] == "yes" for name in SWITCH if row.get(name)}
    if row.get("params_total"):
        keys["params_total"] = float(row["params_total"])
    return Workload(zero=ZERO[row["zero"]], **keys)  # type: ignore[arg-type]


def machine(row: Row) -> Machine:
    """The machine of a row."""
    device = HOST if row["device"] == "cpu" else accelerators()[row["device"]]
    return Machine(accelerator=device, n_devices=int(row["n_devices"] or 1))


def predicted(measured: list[Row]) -> tuple[np.ndarray[Any, Any], Room]:
    """Bytes of each row at the place that it states, and all parts."""
    workloads, machines = [workload(row) for row in measured], [machine(row) for row in measured]
    c = cases(workloads, machines)
    capacity = np.array([one.accelerator.memory_bytes or np.nan for one in machines])
    found = room(c, workloads, capacity, machines)
    kinds = np.array([row["kind"] for row in measured])
    inside = np.where(kinds == "device", 0.0, found.parts["context"])
    inside = inside + np.where(kinds == "allocated", found.parts["allocator"], 0.0)
    return found.need - inside, found


def group(row: Row) -> str:
    """The rows that are scored together."""
    if row["device"] == "cpu":
        return "this CPU, torch"
    return "several devices" if int(row["n_devices"] or 1) > 1 else "one GPU"


def common_factor(error: np.ndarray[Any, Any], sources: list[str]) -> np.ndarray[Any, Any]:
    """Log errors after the median of those of all other sources is taken off."""
    names = np.array(sources)
    return np.array([e - np.median(error[names != name]) for e, name in zip(error, names, strict=True)])


def scores(measured: list[Row]) -> str:
    """Median, 90th percentile, bias and coverage by group."""
    mu, found = predicted(measured)
    truth = np.array([float(row["peak_bytes"]) for row in measured])
    error = np.log(mu / truth)
    moved = common_factor(error, [row["source"] for row in measured])
    half = found.sigma * gaussian_half_width(0.9)
    names = np.array([group(row) for row in measured])
    source = np.array([row["source"] for row in measured])
    lines = []
    for name in ["all", *sorted(set(names))]:
        here = np.flatnonzero((names == name) | (name == "all"))
        ape = 100 * np.abs(np.expm1(error[here]))
        each = [
            np.median(100 * np.abs(np.expm1(error[here][source[here] == one]))) for one in sorted(set(source[here]))
        ]
        lines.append(
            [
                name, str(len(here)), str(len(each)), f"{np.median(ape):.1f} %", f"{np.quantile(ape, 0.9):.0f} %",
                f"{np.median(each):.1f} %", f"{np.median(error[here]):+.3f}",
                f"{np.median(100 * np.abs(np.expm1(moved[here]))):.1f} %",
                f"{100 * np.mean(np.abs(error[here]) < half[here]):.0f} %",
            ]
        )  # fmt: skip
    head = ["group", "peaks", "sources", "median", "90th pct", "median of sources' medians", "bias (log)",
            "median, common factor of other sources", "coverage of 90 %"]  # fmt: skip
    return table(head, lines)


def every_row(measured: list[Row]) -> str:
    """Each peak with its prediction."""
    mu, found = predicted(measured)
    lines = []
    for i, row in enumerate(measured):
        truth = float(row["peak_bytes"])
        largest = sorted(found.parts, key=lambda name, i=i: -found.parts[name][i])[:3]  # type: ignore[misc]
        shape = f"{row['n_layer']} x {row['d_model']}, {row['micro_batch']} x {row['seq_len']}"
        lines.append(
            [
                row["id"], row["source"][:44], row["device"], shape, row["kind"], f"{truth / 1e9:.3g}",
                f"{mu[i] / 1e9:.3g}", f"{100 * (mu[i] / truth - 1):+.0f} %",
                ", ".join(f"{name} {found.parts[name][i] / 1e9:.2g}" for name in largest),
            ]
        )  # fmt: skip
    head = [
        "row",
        "source",
        "device",
        "layers x width, batch x tokens",
        "states",
        "measured, GB",
        "predicted, GB",
        "error",
        "largest parts, GB",
    ]
    return table(head, lines)


def fitted_rows() -> list[Row]:
    """All rows but those that no model may see."""
    return [row for row in rows() if not row["never_fit"]]


def chart(measured: list[Row]) -> str:
    """Predicted against measured peaks as an SVG."""
    mu, _ = predicted(measured)
    points: dict[str, list[tuple[float, float]]] = {}
    for row, size in zip(measured, mu.tolist(), strict=True):
        points.setdefault(group(row), []).append((float(row["peak_bytes"]) / 1e9, size / 1e9))
    return scatter(points, title="Peaks of memory", unit="GB")


def ran() -> tuple[list[str], np.ndarray[Any, Any]]:
    """(verdict, chance of an overflow) of every measured run of a language model: all of them did fit."""
    measured = runs()
    workloads, machines = [complete(one.workload).workload for one in measured], [one.machine for one in measured]
    c = cases(workloads, machines)
    capacity = np.array([one.accelerator.memory_bytes or np.nan for one in machines])
    found = room(c, workloads, capacity, machines)
    return verdict(found, capacity), overflow_probability(found, capacity)


def page() -> str:
    """The whole page."""
    measured = fitted_rows()
    verdicts, chance = ran()
    fitted = RAN.format(
        n=len(verdicts), fits=verdicts.count("fits"), tight=verdicts.count("tight"), no=verdicts.count("no"),
        wrong=int(np.sum(chance > 0.5)),
    )  # fmt: skip
    picture = f"![Predicted against measured peaks]({PICTURE.name})"
    parts = [INTRODUCTION, scores(measured), picture, NOTES, fitted, "## Every peak", every_row(measured)]
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """# Accuracy of memory

Written by `make accuracy` from `accuracy/measured_memory.csv`. A peak is what the framework allocated, what its
allocator reserved, or all that the driver shows for the device; the prediction is taken at the same place."""
NOTES = """The model counts tensors that autograd saves (`src/traincast/cost/kept.py`), by software
(`src/traincast/cost/memory.toml`); nothing is fitted by least squares. It is no blind test all the same: what a program
keeps was read from its code while its rows were in sight (OLMo's clamp, nanotron's gradients, nanochat's stream), what
the allocator cannot reuse was set on the GPT-2 124M rows of one script, and the CPU rows are networks that the counts
were checked with. The column before the last shows what one factor, common to all rows and taken from the rows of the
other sources, would change.

Far off: autoresearch on an MI300X and an RTX 4000 Ada (a window reaches attention as a mask, and which kernel takes it
is not told), its runs with recomputation (what is recomputed is not told)."""

RAN = """Of {n} measured runs of language models, which all fitted their device, {fits} are said to fit, {tight} to be
tight and {no} to be impossible; {wrong} are given a chance of more than a half to overflow. Where sharding or
recomputation is not told, the prediction takes what makes the run fit."""


def main() -> None:
    """Print and write."""
    text = page()
    TARGET.write_text(text, encoding="utf-8")
    PICTURE.write_text(chart(fitted_rows()), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
