"""Fit the model that ships: `python -m accuracy.calibrate [--date YYYY-MM-DD]`."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import numpy as np

from accuracy.facts import Run, evidence, runs
from traincast.calibrate import fit as fitting
from traincast.calibrate.levels import LEVELS
from traincast.calibrate.model import Model

TAU = {
    "device": 0.07, "board": 0.10, "chip": 0.10, "stack": 0.16, "framework": 0.10, "stack-board": 0.09,
    "stack-device": 0.05, "kind": 0.08, "kind-board": 0.05, "mode-board": 0.06, "precision-device": 0.05,
    "source": 0.12, "source-device": 0.07, "source-model": 0.08,
}  # fmt: skip
NOISE = {"single": 0.06, "multi": 0.05, "moe": 0.15}


def fitted(measured: list[Run], tau: dict[str, float], noise: dict[str, float], *, date: str) -> Model:
    """The model on all rows that may be fitted."""
    known = evidence(measured)
    keep = np.flatnonzero([not run.never_fit for run in measured])
    K, spread = fitting.covariance(known, tau), fitting.noise_sd(known, noise)
    found = fitting.fit(known, keep, K, spread, fitting.prior_columns()[0])
    kept = {
        k: v
        for k, v in fitting.offsets(known, found, tau).items()
        if k not in ("source", "source-device", "source-model")
    }
    return Model(
        date=date, rows=len(keep), parameters=dict(zip(fitting.names(), np.exp(found.theta).tolist(), strict=True)),
        tau=tau, noise=noise, stretch={"single": 1.9, "multi": 1.7, "moe": 2.2}, offsets=kept,
    )  # fmt: skip


def text(model: Model) -> str:
    """The model as TOML, figures to four digits."""
    lines = [
        "# Written by `make calibrate`. Physical constants, offsets of the log of seconds, spreads. Meanings: priors.toml.",
        f'date = "{model.date}"', f"rows = {model.rows}",
    ]  # fmt: skip
    for name in ("parameters", "tau", "noise", "stretch"):
        lines += ["", f"[{name}]", *table(getattr(model, name))]
    for level in LEVELS:
        if level in model.offsets:
            lines += ["", f'[offsets."{level}"]  # name = [offset, share of the variance that remains]']
            lines += [f"{quoted(k)} = [{a:.4f}, {b:.3f}]" for k, (a, b) in model.offsets[level].items()]
    for name, figures in model.scores.items():
        lines += ["", f'[scores."{name}"]', *table(figures)]
    return "\n".join(lines) + "\n"


def table(figures: Mapping[str, float]) -> list[str]:
    """Lines `name = figure`."""
    return [f"{quoted(name)} = {figure:.4g}" for name, figure in figures.items()]


def quoted(name: str) -> str:
    """A TOML key."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", default=datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat())
    model = fitted(runs(), TAU, NOISE, date=parser.parse_args().date)
    target = Path(str(files("traincast.calibrate").joinpath("fitted.toml")))
    target.write_text(text(model), encoding="utf-8")
    print(f"{model.rows} runs -> {target}")


if __name__ == "__main__":
    main()
