"""Facts of the collected runs, their free text left behind: `python -m accuracy.collect RUNS.csv`."""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE / "measured_runs.csv"
COPIED = (
    "id", "accelerator", "device_ambiguous", "source", "locator", "kind", "model", "arch", "params_total",
    "params_active", "n_layer", "d_model", "n_head", "n_kv_head", "d_ff", "mlp", "vocab", "seq_len", "micro_batch",
    "grad_accum", "global_batch", "n_devices", "devices_per_node", "device", "precision", "attention", "compile",
    "recompute", "dp", "zero", "tp", "pp", "cp", "ep", "optimizer", "framework", "tokens_per_s", "step_time_s",
    "year",
)  # fmt: skip
DERIVED = (
    "never_fit", "lora_rank", "quantised", "window", "images_per_s", "forward_gmacs", "head_dim", "num_experts",
    "experts_per_token", "peak_memory_bytes",
)  # fmt: skip


def derived(row: dict[str, str]) -> dict[str, str]:
    """Figures that the source tells in words."""
    text = f"{row['model']}; {row['notes']}"
    lora = re.search(r"\blora\b|qlora", row["model"], re.I) or re.search(
        r"\bLoRA[:;]|finetuning LoRA|LoRA fine", row["notes"]
    )
    rank = re.search(r"\br\s?=\s?(\d+)", text)
    images = re.search(r"samples_per_s=([\d.]+)|throughput ([\d.]+) images/s", row["notes"])
    gmacs = re.search(r"fwd_gmacs=([\d.]+)", row["notes"])
    attended = re.search(r"(?:effective attention length sum|mask \(.*sum) (\d+)", row["notes"])
    head = re.search(r"head_dim (\d+)", row["notes"])
    experts = re.search(r"(\d+) (?:routed )?experts top-(\d+)(?: \+ (\d+) shared)?", row["notes"])
    if "every other layer" in row["notes"]:
        experts = None  # the mean of a layer follows from the parameters
    peak = re.search(r"peak (?:mem|VRAM) ([\d.]+) ?(GB|MiB|GiB)", row["notes"])
    scale = {"GB": 1e9, "GiB": 2**30, "MiB": 2**20}
    return {
        "never_fit": "yes" if "NEVER FIT" in row["notes"] else "",
        "lora_rank": (rank[1] if rank else "16") if lora else "",
        "quantised": "yes" if re.search(r"qlora|4-bit", row["model"], re.I) else "",
        "window": str(round(int(attended[1]) / int(row["n_layer"]))) if attended and row["n_layer"] else "",
        "images_per_s": next((x for x in images.groups() if x), "") if images else "",
        "forward_gmacs": gmacs[1] if gmacs else "",
        "head_dim": head[1] if head else "",
        "num_experts": experts[1] if experts else "",
        "experts_per_token": str(int(experts[2]) + int(experts[3] or 0)) if experts else "",
        "peak_memory_bytes": f"{float(peak[1]) * scale[peak[2]]:.0f}" if peak else "",
    }


def collect(source: Path) -> int:
    """Write `measured_runs.csv` from reliable rows of `source`; how many."""
    with source.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["reliable"] == "yes"]
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*COPIED, *DERIVED], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**{name: row[name] for name in COPIED}, **derived(row)} for row in rows)
    return len(rows)


if __name__ == "__main__":
    print(f"{collect(Path(sys.argv[1]))} rows")
