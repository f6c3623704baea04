"""Fit the model that ships: `python -m accuracy.calibrate [--date YYYY-MM-DD]`."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import msgspec
import numpy as np

from accuracy.facts import Run, evidence, runs
from accuracy.folds import left_out
from accuracy.scores import quantile_of_others, regime, summary
from traincast.calibrate import fit as fitting
from traincast.calibrate.fit import Evidence
from traincast.calibrate.levels import LEVELS, PRIVATE
from traincast.calibrate.model import Model
from traincast.cost.shape import Array

TAU = {
    "device": 0.055, "board": 0.13, "chip": 0.052, "chip-mode": 0.081, "stack": 0.10, "stack-tier": 0.13,
    "framework": 0.12, "stack-board": 0.10, "stack-device": 0.041, "kind": 0.052, "kind-board": 0.064,
    "mode-board": 0.043, "precision-device": 0.069, "source": 0.114, "source-device": 0.043, "source-model": 0.079,
}  # fmt: skip
"""sd of the offsets of each level, log seconds: greatest marginal likelihood of the rows, rounded"""
NOISE = {"single": 0.079, "multi": 0.051, "moe": 0.212}
"""sd that no level explains, found with them"""


def kept(measured: list[Run]) -> Array:
    """Rows that may be fitted: never the acceptance cases."""
    return np.flatnonzero([not run.never_fit for run in measured])


def scored(known: Evidence, keep: Array) -> tuple[dict[str, dict[str, float]], dict[str, float], fitting.Fit]:
    """Scores of left-out rows by group, half-widths over sigma by regime, and the fit of all rows."""
    levels, noise = fitting.nested(known, TAU), fitting.noise_sd(known, NOISE)
    scores: dict[str, dict[str, float]] = {}
    stretch: dict[str, float] = {}
    for title, key in (("left-out device", "device"), ("left-out source", "source")):
        out, whole = left_out(known, known.named[key], keep, levels, noise)
        half = quantile_of_others(known, out, known.named[key], keep)
        for name, rows in regime(known, keep).items():
            scores[f"{title}: {name}"] = summary(known.y, out, half, rows)
        if key == "source":
            stretch = widths(known, out.mu, out.sigma, keep)
    return scores, stretch, whole


def widths(known: Evidence, mu: Array, sigma: Array, keep: Array) -> dict[str, float]:
    """Half-width of the 90 % interval over sigma, by regime, from sources that were left out."""
    error = np.abs(mu - known.y) / sigma
    groups = np.array(known.noise_group)
    return {name: float(np.quantile(error[keep][groups[keep] == name], 0.9)) for name in sorted(set(known.noise_group))}


def fitted(measured: list[Run], *, date: str) -> Model:
    """The model on all rows that may be fitted, with what left-out rows said of it."""
    known, keep = evidence(measured), kept(measured)
    scores, stretch, whole = scored(known, keep)
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


def text(model: Model) -> str:
    """The model as TOML, figures to four digits."""
    lines = [
        "# Written by `make calibrate`: physical constants (meanings: priors.toml), offsets of log seconds, spreads.",
        f'date = "{model.date}"',
        f"rows = {model.rows}",
    ]
    for name in ("parameters", "tau", "noise", "stretch"):
        lines += ["", f"[{name}]", *table(getattr(model, name))]
    for level in (level for level in LEVELS if level in model.offsets):
        lines += ["", f'[offsets."{level}"]  # name = [offset, share of the variance that remains]']
        lines += [f"{quoted(k)} = [{a:.4f}, {b:.3f}]" for k, (a, b) in model.offsets[level].items()]
    for name, figures in model.scores.items():
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
    model = fitted(runs(), date=parser.parse_args().date)
    target = Path(str(files("traincast.calibrate").joinpath("fitted.toml")))
    target.write_text(text(model), encoding="utf-8")
    print(f"{model.rows} runs -> {target}")
    for name, figures in model.scores.items():
        print(f"{name:45s}", *(f"{key} {figure:.3g}" for key, figure in figures.items()))


if __name__ == "__main__":
    main()
