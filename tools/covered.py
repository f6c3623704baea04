"""Lines and branches of src that the tests reach, each against its floor: `python -m tools.covered REPORT.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

FLOORS = {"statements": 92.0, "branches": 85.0}
"""percent"""
WORST = 12
"""files that are listed"""


def main() -> int:
    """Print both figures and the files with most unreached lines; 1 where a figure lies below its floor."""
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    total = report["totals"]
    reached = {
        "statements": 100 * total["covered_lines"] / total["num_statements"],
        "branches": 100 * total["covered_branches"] / total["num_branches"],
    }
    files = sorted(report["files"].items(), key=lambda item: -item[1]["summary"]["missing_lines"])
    for name, one in files[:WORST]:
        summary = one["summary"]
        print(f"  {name}: {summary['missing_lines']} lines, {summary['missing_branches']} branches not reached")
    for what, percent in reached.items():
        print(f"{what}: {percent:.1f} % (floor {FLOORS[what]:.0f} %)")
    return int(any(percent < FLOORS[what] for what, percent in reached.items()))


if __name__ == "__main__":
    sys.exit(main())
