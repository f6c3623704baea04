"""Beside another predictor, on the rows that it takes: `python -m accuracy.versus` writes docs/accuracy-rivals.md.

Where llm-analysis is not installed the page is left as it is, with the reason on standard output.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from accuracy import llm_analysis_rival, rivals
from accuracy.calibrate import NOISE, TAU, kept
from accuracy.facts import evidence, runs
from accuracy.folds import left_out
from accuracy.report import table
from accuracy.scores import regime
from traincast.calibrate import fit as fitting
from traincast.calibrate.fit import Evidence
from traincast.cost.shape import Array

TARGET = Path(__file__).parent.parent / "docs" / "accuracy-rivals.md"


def errors(mu: Array, known: Evidence, rows: Array) -> str:
    """Median and 90th percentile of the error in %, and the bias."""
    log = (mu - known.y)[rows]
    ape = 100 * np.abs(np.expm1(log))
    return f"{np.median(ape):.1f} / {np.quantile(ape, 0.9):.0f} ({np.median(log):+.2f})"


def page(known: Evidence, keep: Array, ours: Array, theirs: Array) -> str:
    """The whole page."""
    taken = ~np.isnan(theirs)
    constant = rivals.best_constant_mfu(known, known.named["device"], keep)
    lines = []
    for name, group in regime(known, keep).items():
        rows = group[taken[group] & ~np.isnan(ours[group])]
        if len(rows) < 5:
            continue
        columns = [errors(mu, known, rows) for mu in (ours, theirs, constant, rivals.roofline(known))]
        lines.append([name, f"{len(rows)} of {len(group)}", *columns])
    settings = ", ".join(f"{key} {value:g}" for key, value in llm_analysis_rival.SETTINGS.items())
    head = [
        "group",
        "rows",
        "traincast, device left out",
        f"llm-analysis ({settings})",
        "best constant MFU",
        "roofline",
    ]
    return "\n\n".join([INTRODUCTION, table(head, lines)]) + "\n"


INTRODUCTION = """# Beside other predictors

Written by `python -m accuracy.versus`, a part of `make accuracy`, where llm-analysis 0.2.2 (Apache-2.0,
github.com/cli99/llm-analysis) is installed. It is given what the row tells of shapes, batch, accumulation, parallelism,
ZeRO, recomputation and attention, and the device as the catalog lists it. Shares of peak and bandwidth are those that
its manual names where nothing was measured: 0.5 is reported for large training runs, 0.9 is an aggressive target for
memory; with both at their default of 1 it gives a lower bound. It takes 16-bit decoders; rows of encoders, adapters and
other precisions, and those that its own checks refuse, are left out for all.

Errors of the time of a step: median / 90th percentile in %, in brackets the bias (median of the log). The best constant
MFU is that of the rows of other devices."""


def main() -> None:
    """Print and write."""
    measured = runs()
    known, keep = evidence(measured), kept(measured)
    theirs = llm_analysis_rival.log_seconds(known)
    if theirs is None:
        print(f"llm-analysis is not installed (pip install llm-analysis): {TARGET.name} stays as it is")
        return
    levels, noise = fitting.nested(known, TAU), fitting.noise_sd(known, NOISE)
    ours, _ = left_out(known, known.named["device"], keep, levels, noise)
    text = page(known, keep, ours.mu, theirs)
    TARGET.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
