"""How long the command line takes to answer, against bare Python: `python -m bench.startup`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOG = ROOT / "tests" / "logs" / "nanogpt-cpu.log"
ROUNDS = 15
TRAINCAST = [str(Path(sys.executable).parent / "traincast")]
PAIRS = [
    ("traincast --version", [*TRAINCAST, "--version"], "python -c pass", ["-c", "pass"], 4.0),
    ("traincast read LOG", [*TRAINCAST, "read", str(LOG)], "python -c 'import numpy'", ["-c", "import numpy"], 1.5),
]


def wall_seconds(command: list[str]) -> float:
    """Wall seconds of one run of `command`."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main() -> None:
    """Print the median of each command and the median of the ratios, pair by pair, so that a drift cancels."""
    for name, command, base_name, base_arguments, target in PAIRS:
        base = [sys.executable, *base_arguments]
        wall_seconds(command), wall_seconds(base)  # caches
        pairs = [(wall_seconds(command), wall_seconds(base)) for _ in range(ROUNDS)]
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = statistics.median(a / b for a, b in pairs)
        print(f"{name}: {ours * 1e3:.0f} ms, {base_name}: {theirs * 1e3:.0f} ms, ratio {ratio:.2f} (at most {target})")


if __name__ == "__main__":
    main()
