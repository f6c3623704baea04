"""Runs the reference trainer and keeps its logs, each with the truth measured from outside beside it.

    python examples/make_logs.py tests/logs            # all of them, a few minutes
    python examples/make_logs.py tests/logs nanogpt-cpu

The truth is what this process sees: when the trainer was started, when each line arrived, when it ended. Nothing in
it comes from the trainer's own clock.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RUNS: dict[str, dict[str, Any]] = {
    "nanogpt-cpu": {
        "about": "compiled, two micro-steps, every step logged, one thread on a machine of two cores",
        "options": "--n-layer 4 --n-head 4 --d-model 192 --seq-len 128 --micro-batch 8 --grad-accum 2 --compile "
        "--steps 1200 --eval-interval 200 --eval-batches 40 --checkpoint-interval 400 --threads 1",
    },
    "nanogpt-cpu-busy": {
        "about": "two threads on two cores that other jobs use too: steps wait for a thread that has no core",
        "options": "--n-layer 4 --n-head 4 --d-model 192 --seq-len 128 --micro-batch 8 --grad-accum 2 --compile "
        "--steps 1500 --eval-interval 250 --eval-batches 40 --checkpoint-interval 500 --threads 2",
    },
    "nanogpt-cpu-killed": {
        "about": "killed by SIGKILL at the line of step 230, resumed from the checkpoint of step 200",
        "options": "--preset small --steps 400 --eval-interval 100 --eval-batches 20 --checkpoint-interval 50 "
        "--log-interval 5 --threads 1",
        "kill_at": "iter 230:",
    },
    "nanogpt-cpu-stamped": {
        "about": "date and time before each line, every tenth step logged",
        "options": "--preset small --steps 500 --eval-interval 200 --eval-batches 50 --log-interval 10 --threads 1 "
        "--precision bf16 --stamps",
    },
}


def follow(command: list[str], begin: float, *, kill_at: str | None = None) -> tuple[list[str], list[float], int]:
    """Lines of `command`, seconds from `begin` to the arrival of each, exit status; killed at a line if asked."""
    lines: list[str] = []
    arrivals: list[float] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            arrivals.append(round(time.monotonic() - begin, 4))
            if kill_at and line.startswith(kill_at):
                process.kill()
                break
    return lines, arrivals, process.returncode


def make(name: str, folder: Path) -> None:
    """Write NAME.log and NAME.json."""
    run = RUNS[name]
    options = run["options"].split()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "traincast", "train", *options, "--out", out, "--resume"]
        starts = [0.0]
        lines, arrivals, status = follow(command, begin, kill_at=run.get("kill_at"))
        if "kill_at" in run:
            starts.append(round(time.monotonic() - begin, 4))
            more, later, status = follow(command, begin)
            lines, arrivals = lines + more, arrivals + later
    total = time.monotonic() - begin
    if status:
        raise SystemExit(f"{name}: the trainer ended with status {status}")
    truth = {
        "about": run["about"],
        "command": f"traincast train {run['options']}",
        "steps": int(options[options.index("--steps") + 1]),
        "wall_seconds": round(total, 3),
        "start_seconds": starts,
        "line_seconds": arrivals,
        "machine": {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count(), "shared": True},
    }
    text = "".join(lines).replace(out, "out")
    (folder / f"{name}.log").write_text(text, encoding="utf-8")
    (folder / f"{name}.json").write_text(json.dumps(truth) + "\n", encoding="utf-8")
    sys.stderr.write(f"{name}: {len(lines)} lines, {total:.1f} s\n")


def make_profile(folder: Path) -> None:
    """Write cpu-profile.json: what one thread of this CPU reaches; in CPU time, so that other jobs do not count."""
    from traincast.probing.probe import probe
    from traincast.probing.profile import save
    from traincast.probing.with_torch import TorchBackend

    save(probe(TorchBackend("cpu", 1), budget=20.0, clock=time.process_time), folder / "cpu-profile.json")


if __name__ == "__main__":
    for wanted in sys.argv[2:] or [*RUNS, "cpu-profile"]:
        if wanted == "cpu-profile":
            make_profile(Path(sys.argv[1]))
        else:
            make(wanted, Path(sys.argv[1]))
