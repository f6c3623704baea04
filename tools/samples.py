"""Sample reports for the documentation, from the project's own log: `python tools/samples.py`."""

from __future__ import annotations

import sys
from pathlib import Path

from traincast.cli.root import run

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "samples"
LOG = ROOT / "tests" / "logs" / "nanogpt-cpu.log"
DATE = "2026-11-24"
"""of the samples, so that they change with the words and figures alone"""


def main() -> int:
    """Every form in every language, and the charts as one picture."""
    worst = 0
    for lang in ("en", "fr"):
        log, claims = str(LOG.relative_to(ROOT)), str((TARGET / "claims.md").relative_to(ROOT))
        common = ["report", log, "--claims", claims, "--lang", lang, "--date", DATE, "-q"]
        for suffix in ("md", "html", "json"):
            worst = max(worst, run([*common, "-o", str(TARGET / f"report.{lang}.{suffix}")]))
        picture = str(TARGET / f"charts.{lang}.svg")
        worst = max(worst, run([*common, "-o", str(TARGET / f"report.{lang}.txt"), "--plot", picture]))
    return worst


if __name__ == "__main__":
    sys.exit(main())
