"""Predicted against measured, all folds refitted: `python -m accuracy.report` prints and writes docs/accuracy.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from accuracy import rivals
from accuracy.calibrate import NOISE, TAU, kept
from accuracy.facts import Run, evidence, rows, runs
from accuracy.folds import LeftOut, left_out, predicted
from accuracy.probe import with_one_step
from accuracy.scatter import scatter
from accuracy.scores import below_floor, quantile_of_others, regime, summary
from traincast.calibrate import fit as fitting
from traincast.calibrate.fit import Evidence, Fit, Nested
from traincast.cost.shape import Array

TARGET = Path(__file__).parent.parent / "docs" / "accuracy.md"
LADDER = "single-file GPT-2 124M Runpod GPU ladder"
Cells = list[str]


def table(head: Cells, lines: list[Cells]) -> str:
    """A Markdown table; the first column is text."""
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, rule, *lines))


def scores_table(known: Evidence, out: LeftOut, half: Array, keep: Array) -> str:
    """Scores by group."""
    lines = []
    for name, group in regime(known, keep).items():
        scored = group[~np.isnan(out.mu[group])]
        if len(scored) < 2:
            continue
        s = summary(known.y, out, half, scored)
        lines.append(
            [
                name, f"{s['n']:.0f}", f"{s['median']:.1f} %", f"{s['p90']:.0f} %", f"{s['bias']:+.3f}",
                f"{s['coverage']:.0f} %", f"x/÷{s['width']:.2f}", f"{s['interval_score']:.2f}",
                f"{below_floor(known, out.mu, scored):.0f} %",
            ]
        )  # fmt: skip
    head = [
        "group",
        "rows",
        "median",
        "90th pct",
        "bias (log)",
        "coverage",
        "half-width",
        "interval score",
        "below floor",
    ]
    return table(head, lines)


def rivals_table(known: Evidence, out: LeftOut, key: list[str], keep: Array) -> str:
    """Median and 90th percentile of the error of each rule."""
    rules = {
        "traincast": out.mu,
        "best constant MFU": rivals.best_constant_mfu(known, key, keep),
        "MFU 0.40": rivals.constant_mfu(known, rivals.POPULAR_MFU),
        "6ND / peak": rivals.six_n(known),
        "roofline": rivals.roofline(known),
    }
    lines = []
    for name, group in regime(known, keep).items():
        errors = [100 * np.abs(np.expm1((mu - known.y)[group])) for mu in rules.values()]
        lines.append([name, *(f"{np.median(e):.1f} / {np.quantile(e, 0.9):.0f}" for e in errors)])
    return table(["group, median / 90th pct, %", *rules], lines)


def acceptance(known: Evidence, measured: list[Run], whole: Fit, levels: Nested, noise: Array) -> str:
    """The rows of the card that no fit may see."""
    cases = np.flatnonzero([run.never_fit for run in measured])
    mu, sigma = predicted(known, whole, levels, noise, cases)
    lines = [
        [
            measured[i].model, f"{np.exp(known.y[i]):.3g} s", f"{np.exp(m):.3g} s",
            f"{100 * np.expm1(m - known.y[i]):+.0f} %",
            f"{np.exp(m - 2.0 * s):.3g} - {np.exp(m + 2.0 * s):.3g} s",
        ]
        for i, m, s in zip(cases, mu, sigma, strict=True)
    ]  # fmt: skip
    return table(["RTX 4070 (never fitted)", "measured", "predicted", "error", "about 90 %"], lines)


def ladder(known: Evidence, measured: list[Run], out: LeftOut, keep: Array) -> str:
    """One script on many cards, each card left out in turn: is the order right?"""
    here = np.array([i for i in keep if measured[i].source.startswith(LADDER)])
    truth, mu = known.y[here], out.mu[here]
    cards = [measured[i].machine.accelerator.name for i in here]
    pairs = [
        (truth[a] - truth[b]) * (mu[a] - mu[b]) > 0 for a in range(len(here)) for b in range(a) if cards[a] != cards[b]
    ]
    error = 100 * np.abs(np.expm1(mu - truth))
    return (
        f"GPT-2 124M by one script on {len(set(cards))} cards ({len(here)} runs): order right in "
        f"{100 * np.mean(pairs):.0f} % of {len(pairs)} pairs, median error {np.median(error):.1f} %."
    )


def worst(known: Evidence, measured: list[Run], out: LeftOut, keep: Array, n: int = 20) -> str:
    """The rows that are predicted worst."""
    order = keep[np.argsort(-np.abs((out.mu - known.y)[keep]))][:n]
    lines = [
        [
            measured[i].id, measured[i].source[:40], measured[i].model[:40], measured[i].machine.accelerator.name,
            f"{np.exp(known.y[i]):.3g} s", f"{np.exp(out.mu[i]):.3g} s", missing(measured[i]),
        ]
        for i in order
    ]  # fmt: skip
    return table(["row", "source", "model", "device", "measured", "predicted", "not told, or known cause"], lines)


def missing(run: Run) -> str:
    """What a row does not tell."""
    if run.row["quantised"]:
        return "4-bit base weights, perhaps multiplied in 32 bits (what bitsandbytes does unasked)"
    keys = ("precision", "attention", "compile", "recompute", "zero")
    return ", ".join(key for key in keys if getattr(run.workload, key) is None)


def chart(known: Evidence, out: LeftOut, keep: Array, title: str) -> str:
    """Predicted against measured step times as an SVG; one kind of run a colour."""
    told = regime(known, keep)
    single, compiled = set(told["one device"].tolist()), set(told.get("compiled decoders", keep[:0]).tolist())
    groups = {
        "one device, compiled": sorted(compiled),
        "one device, others": sorted(single - compiled),
        "several, dense": told.get("several devices, dense", keep[:0]).tolist(),
        "several, MoE": told.get("several devices, MoE", keep[:0]).tolist(),
    }
    points = {
        name: [(float(np.exp(known.y[i])), float(np.exp(out.mu[i]))) for i in rows] for name, rows in groups.items()
    }
    return scatter({name: pairs for name, pairs in points.items() if pairs}, title=title, unit="s a step")


def page(measured: list[Run]) -> tuple[str, dict[str, str]]:
    """The whole page, and its charts by file name."""
    charts: dict[str, str] = {}
    known, keep = evidence(measured), kept(measured)
    levels, noise = fitting.nested(known, TAU), fitting.noise_sd(known, NOISE)
    parts = [INTRODUCTION.format(rows=len(keep), all=len(rows()))]
    whole: Fit | None = None
    for title, key in (("device", "device"), ("source", "source")):
        names = known.named[key]
        out, whole = left_out(known, names, keep, levels, noise)
        half = quantile_of_others(known, out, names, keep)
        charts[f"accuracy-{key}.svg"] = chart(known, out, keep, f"Step times, {title} left out")
        parts += [f"## Leave one {title} out", scores_table(known, out, half, keep)]
        parts += [f"![Predicted against measured step times, {title} left out](accuracy-{key}.svg)"]
        parts += ["Rules that people use, on the same rows:", rivals_table(known, out, names, keep)]
        if key == "device":
            parts += ["## One script, many cards", ladder(known, measured, out, keep)]
        parts += [f"### Worst rows, {title} left out", worst(known, measured, out, keep)]
    assert whole is not None
    probe = with_one_step(known, measured, keep, out)
    half = quantile_of_others(known, probe, known.named["source"], keep[~np.isnan(probe.mu[keep])])
    parts += ["## With one logged step of another workload, same device and software, source left out"]
    parts += [scores_table(known, probe, half, keep)]
    parts += ["## The acceptance case", acceptance(known, measured, whole, levels, noise)]
    parts += ["## In sample", in_sample(known, whole, levels, noise, keep)]
    return "\n\n".join(parts) + "\n", charts


def in_sample(known: Evidence, whole: Fit, levels: Nested, noise: Array, keep: Array) -> str:
    """Scores of the rows that were fitted: how much the offsets can absorb, no measure of prediction."""
    mu, sigma = np.full(len(known.y), np.nan), np.full(len(known.y), np.nan)
    mu[keep], sigma[keep] = predicted(known, whole, levels, noise, keep)
    return scores_table(known, LeftOut(mu, sigma), 1.645 * sigma, keep)


INTRODUCTION = """# Accuracy of predictions

Written by `make accuracy`, which refits every fold. {rows} of {all} collected reliable runs are of language models and
tell shapes, micro-batch, device and speed; they are scored, and the others are left out. Errors are of the time of
an optimizer step. Intervals are those of 90 %: sigma times what the rows of other folds needed. The rows of the
RTX 4070 are in no fit. How far off what ships is on runs of sources that no fit has seen is on
[a page of its own](accuracy-blind.md)."""


def main() -> None:
    """Print and write."""
    text, charts = page(runs())
    TARGET.parent.mkdir(exist_ok=True)
    for name, drawn in charts.items():
        (TARGET.parent / name).write_text(drawn, encoding="utf-8")
    TARGET.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
