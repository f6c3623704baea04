"""Fit the model that ships: `python -m accuracy.calibrate [--date YYYY-MM-DD]`."""

from __future__ import annotations

import argparse
import datetime
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np

from accuracy.facts import Run, evidence, runs
from accuracy.folds import LeftOut, left_out
from accuracy.scores import LEVEL, cell_weights, quantile_of_others, regime, summary, weighted_quantile
from accuracy.unseen import unseen
from traincast.calibrate import fit as fitting
from traincast.calibrate.fit import Evidence
from traincast.calibrate.levels import LEVELS, PRIVATE
from traincast.calibrate.model import Model, log_seconds
from traincast.cost.shape import Array
from traincast.predict import doubts
from traincast.predict.doubts import WIDTH

TAU = {
    "device": 0.025, "board": 0.287, "chip": 0.0167, "chip-mode": 0.0925, "stack": 0.1125, "stack-tier": 0.0374,
    "framework": 0.1, "stack-board": 0.0417, "stack-device": 0.0223, "kind": 0.052, "kind-board": 0.096,
    "mode-board": 0.015, "precision-device": 0.0416, "source": 0.0811, "source-device": 0.0234, "source-model": 0.0363,
}  # fmt: skip
"""sd of the offsets of each level, log seconds, by what left-out devices and sources say; small: physics is believed,
and what stands out is given room by the tail of its prior"""
NOISE = {"single": 0.035, "compiled": 0.035, "multi": 0.0563, "moe": 0.28}
"""sd that no level explains, found with them"""


LEAST_SOURCES = 3
"""of runs that no fit has seen, for a regime to take account of them"""


def kept(measured: list[Run]) -> Array:
    """Rows that may be fitted: never the acceptance cases."""
    return np.flatnonzero([not run.never_fit for run in measured])


def scored(known: Evidence, measured: list[Run]) -> tuple[dict[str, dict[str, float]], dict[str, float], fitting.Fit]:
    """Scores of left-out rows by group, half-widths over sigma by regime, and the fit of all rows."""
    keep, levels, noise = kept(measured), fitting.nested(known, TAU), fitting.noise_sd(known, NOISE)
    scores: dict[str, dict[str, float]] = {}
    stretch: dict[str, float] = {}
    for title, key in (("left-out device", "device"), ("left-out source", "source")):
        out, whole = left_out(known, known.named[key], keep, levels, noise)
        half = quantile_of_others(known, out, known.named[key], keep)
        for name, rows in regime(known, keep).items():
            scores[f"{title}: {name}"] = summary(known.y, out, half, rows)
        if key == "source":
            now = model_of(known, whole, len(keep), date="", scores={}, stretch={})
            stretch = widths(known, out, measured, now)
    return scores, stretch, whole


def widths(known: Evidence, out: LeftOut, measured: list[Run], found: Model) -> dict[str, float]:
    """Half-width of the 90 % interval over sigma, by regime, from sources that were left out and those no fit has seen.

    Sigma is the one that a prediction without its source has. Answers that a row does not give widen its interval
    beside sigma, and what they explain of its error is not sigma's. A regime of few unseen sources borrows nothing.
    """
    keep, strange = kept(measured), unseen()
    fresh = evidence(strange)
    mu, sigma = log_seconds(fresh.c, found)
    left = beyond(known, measured, found, out.mu, sigma_without_source(known, measured))[keep]
    away = beyond(fresh, strange, found, mu, sigma)
    weights, others = cell_weights(known, keep), cell_weights(fresh, np.arange(len(strange)))
    groups, theirs = np.array(known.group)[keep], np.array(fresh.group)
    widened: dict[str, float] = {}
    for name in sorted(set(known.group)):
        here, there = groups == name, theirs == name
        if len({strange[i].source for i in np.flatnonzero(there)}) < LEAST_SOURCES:
            there = np.zeros_like(there)
        error, weight = np.append(left[here], away[there]), np.append(weights[here], others[there])
        widened[name] = weighted_quantile(error, weight, LEVEL)
    return widened


def beyond(known: Evidence, measured: list[Run], found: Model, mu: Array, sigma: Array) -> Array:
    """Errors over sigma, less what answers that were not given explain."""
    asked = doubts.variances(known.c, [run.workload for run in measured], found)
    beside = WIDTH**2 * sum(v for key, v in asked.items() if key != "framework")
    return np.asarray(np.sqrt(np.maximum((mu - known.y) ** 2 - beside, 0.0)) / sigma)


def sigma_without_source(known: Evidence, measured: list[Run]) -> Array:
    """Sigma of each row as a prediction has it that knows of the other sources alone."""
    keep = kept(measured)
    variance = fitting.noise_sd(known, NOISE) ** 2
    source = np.array(known.named["source"], dtype=object)
    for level in LEVELS:
        share = np.ones(len(known.y))
        if level not in PRIVATE:
            names = np.array(known.named[level], dtype=object)
            everywhere = Counter(names[keep])
            here = Counter(zip(names[keep], source[keep], strict=True))
            left = [everywhere[n] - here[n, s] if n else 0 for n, s in zip(names, source, strict=True)]
            share = np.array([fitting.remaining_share(n, TAU[level]) for n in left])
        variance = variance + TAU[level] ** 2 * share
    return np.asarray(np.sqrt(variance))


def fitted(measured: list[Run], *, date: str) -> Model:
    """The model on all rows that may be fitted, with what left-out rows said of it."""
    known, keep = evidence(measured), kept(measured)
    scores, stretch, whole = scored(known, measured)
    return model_of(known, whole, len(keep), date=date, scores=scores, stretch=stretch)


def model_of(
    known: Evidence, whole: fitting.Fit, rows: int, *, date: str, scores: dict[str, dict[str, float]],
    stretch: dict[str, float],
) -> Model:  # fmt: skip
    """The record of a fit."""
    public = {k: v for k, v in fitting.offsets(known, whole, TAU).items() if k not in PRIVATE}
    return Model(
        date=date, rows=rows, parameters=dict(zip(fitting.names(), np.exp(whole.theta).tolist(), strict=True)),
        tau=TAU, noise=NOISE, stretch=stretch, offsets=public, scores=scores,
    )  # fmt: skip


def text(found: Model) -> str:
    """The model as TOML, figures to four digits."""
    lines = [
        "# Written by `make calibrate`: physical constants (meanings: priors.toml), offsets of log seconds, spreads.",
        f'date = "{found.date}"',
        f"rows = {found.rows}",
    ]
    for name in ("parameters", "tau", "noise", "stretch"):
        lines += ["", f"[{name}]", *table(getattr(found, name))]
    for level in (level for level in LEVELS if level in found.offsets):
        lines += ["", f'[offsets."{level}"]  # name = [offset, share of the variance that remains]']
        lines += [f"{quoted(k)} = [{a:.4f}, {b:.3f}]" for k, (a, b) in found.offsets[level].items()]
    for name, figures in found.scores.items():
        lines += ["", f"[scores.{quoted(name)}]", *table(figures)]
    return "\n".join(lines) + "\n"


def table(figures: Mapping[str, float]) -> list[str]:
    """Lines `name = figure`."""
    return [f"{quoted(name)} = {figure:.4g}" for name, figure in figures.items()]


def quoted(name: str) -> str:
    """A TOML key."""
    return msgspec.json.encode(name).decode()


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", default=datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat())
    found = fitted(runs(), date=parser.parse_args().date)
    target = Path(str(files("traincast.calibrate").joinpath("fitted.toml")))
    target.write_text(text(found), encoding="utf-8")
    print(f"{found.rows} runs -> {target}")
    for name, figures in found.scores.items():
        print(f"{name:45s}", *(f"{key} {figure:.3g}" for key, figure in figures.items()))


if __name__ == "__main__":
    main()
