"""Peaks of memory that sources state, as workloads: `python -m accuracy.collect_memory RUNS.csv`.

Rows of the collected runs are written anew; those of logs (read by hand) and those measured here stay as they are.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

from accuracy.collect import derived

TABLE = Path(__file__).parent / "measured_memory.csv"
TOLD = (
    "arch", "n_layer", "d_model", "n_head", "n_kv_head", "d_ff", "mlp", "vocab", "seq_len", "window", "tied",
    "micro_batch", "grad_accum", "n_devices", "dp", "zero", "tp", "pp", "precision", "attention", "compile",
    "recompute", "dropout", "optimizer", "framework", "positions", "params_total", "num_experts", "experts_per_token",
)  # fmt: skip
COLUMNS = ("id", "device", "kind", "peak_bytes", "source", "locator", "never_fit", *TOLD)
UNITS = {"GB": 1e9, "MB": 1e6, "GiB": 2**30, "MiB": 2**20}
STATED = (
    (re.compile(r"nvidia_smi_mib=(?P<size>\d+)"), "device", "MiB"),
    (re.compile(r"; memory (?P<size>[\d.]+) (?P<unit>GB)"), "reserved", ""),
    (re.compile(r"peak_vram (?P<size>\d+) MB"), "allocated", "MiB"),
    (re.compile(r"\bpeak (?:mem |VRAM )?(?P<size>[\d.]+) (?P<unit>GB|MiB)"), "allocated", ""),
    (re.compile(r"; mem (?P<size>[\d.]+) (?P<unit>GB)"), "allocated", ""),
)
"""text in a note, what it counts (device: all the driver shows), its unit; torch's MB of 2^20 are MiB"""
RECOMPUTE = {"none": "no", "no": "no", "full": "full", "selective": "selective"}


def stated(note: str) -> tuple[str, float] | None:
    """(what is counted, bytes) of the first peak in a note."""
    for pattern, kind, unit in STATED:
        if found := pattern.search(note):
            return kind, float(found["size"]) * UNITS[unit or found["unit"]]
    return None


def told(row: dict[str, str]) -> dict[str, str]:
    """Keys of the workload of a run."""
    keys = {name: row.get(name, "") for name in TOLD}
    attention = row["attention"] if row["attention"] in ("flash", "naive", "sdpa") else ""
    tied = re.search(r"\b(un)?tied", row["notes"])
    # torch compiles nothing in llm.c, which says n/a
    return keys | {
        "arch": "moe" if row["arch"] == "moe" else "gpt", "attention": attention, "window": derived(row)["window"],
        "recompute": RECOMPUTE.get(row["recompute"], ""), "compile": {"yes": "yes", "no": "no"}.get(row["compile"], ""),
        "tied": "" if tied is None else "no" if tied[1] else "yes", "mlp": row["mlp"],
    }  # fmt: skip


def collected(source: Path) -> list[dict[str, str]]:
    """Rows of reliable runs that state a peak, a device and shapes."""
    with source.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["reliable"] == "yes"]
    found = []
    for row in rows:
        peak = stated(row["notes"])
        if peak is None or not all(
            row[name] for name in ("accelerator", "n_layer", "d_model", "seq_len", "micro_batch")
        ):
            continue
        head = {
            "id": row["id"], "device": row["accelerator"], "kind": peak[0], "peak_bytes": f"{peak[1]:.0f}",
            "source": row["source"], "locator": row["locator"],
            "never_fit": "yes" if "NEVER FIT" in row["notes"] else "",
        }  # fmt: skip
        found.append({**head, **told(row)})
    return found


def rows() -> list[dict[str, str]]:
    """All measured peaks."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(found: list[dict[str, str]]) -> None:
    """Write the table."""
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(found)


def main() -> None:
    """Write the rows of the collected runs before those that are there."""
    kept = [row for row in rows() if row["source"].startswith(("log ", "here"))] if TABLE.exists() else []
    found = collected(Path(sys.argv[1]))
    write([*found, *kept])
    print(f"{len(found)} of runs, {len(kept)} kept")


if __name__ == "__main__":
    main()
