"""Did predictions come true on this machine: a grid of small trainings on its CPU, predicted in four ways.

    python -m accuracy.here                     # prints the table, writes docs/accuracy-here.md and .svg
    python -m accuracy.here --clock wall        # on a machine that has nothing else to do

(a) from what the system says of its CPU, (b) with a 20 s probe, (c) with ten logged steps of another workload on top,
(d) with ten logged steps of the workload itself. The truth is the mean of later steps, taken in rounds that go through
the whole grid, so that a slow minute falls on all workloads alike. CPU time of one thread is the default clock: wall
time on a machine that other jobs use too would measure them.
"""

from __future__ import annotations

import argparse
import math
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from accuracy.here_chart import chart
from traincast import api, units
from traincast.estimate import Estimate, log_estimate
from traincast.machine import Machine
from traincast.predict import prior
from traincast.predict.seen import corrected
from traincast.probing.host import host
from traincast.probing.machines import machine_of, unprobed
from traincast.probing.probe import probe
from traincast.probing.profile import Profile, save
from traincast.probing.with_torch import TorchBackend
from traincast.stats.robust import median, quantile
from traincast.training.gpt import SHIPPED, Text, Training
from traincast.training.place import Place
from traincast.training.recipe import Recipe, recipe

Clock = Callable[[], float]
LOGGED = 10
ROUNDS = 5
ROUND_STEPS = 8
ROUND_SECONDS = 1.5
SHAPES: list[dict[str, Any]] = [
    {"n_layer": 2, "n_head": 2, "d_model": 64, "seq_len": 64, "micro_batch": 16},
    {"n_layer": 4, "n_head": 4, "d_model": 128, "seq_len": 64, "micro_batch": 12},
    {"n_layer": 8, "n_head": 4, "d_model": 128, "seq_len": 128, "micro_batch": 4},
    {"n_layer": 3, "n_head": 6, "d_model": 192, "seq_len": 256, "micro_batch": 2, "grad_accum": 3},
    {"n_layer": 4, "n_head": 8, "d_model": 256, "seq_len": 128, "micro_batch": 8},
    {"n_layer": 2, "n_head": 6, "d_model": 384, "seq_len": 64, "micro_batch": 8, "grad_accum": 2},
    {"n_layer": 2, "n_head": 4, "d_model": 256, "seq_len": 512, "micro_batch": 2},
    {"n_layer": 2, "n_head": 8, "d_model": 512, "seq_len": 32, "micro_batch": 16},
]
MODES = [("fp32", False), ("bf16", False)] * 4
COMPILED = (1, 2, 4, 6)
"""shapes that are also run compiled, in fp32 and bf16 in turn"""
COLUMNS = ("system", "probe", "other", "own")
TITLES = {
    "system": "(a) what the system says",
    "probe": "(b) a 20 s probe",
    "other": "(c) and ten steps of another workload",
    "own": "(d) and ten steps of itself",
}


@dataclass(slots=True)
class Case:
    """One workload of the grid, what was predicted, and what came true."""

    asked: Recipe
    training: Training
    logged: list[str] = field(default_factory=list)
    rounds: list[list[float]] = field(default_factory=list)
    predicted: dict[str, Estimate] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Shape, precision and mode in a few words."""
        r = self.asked
        mode = "compiled" if r.compile else "eager"
        return f"{r.n_layer} x {r.d_model}, {r.micro_batch} x {r.seq_len}, x{r.grad_accum}, {r.precision} {mode}"

    @property
    def truth(self) -> float:
        """Seconds of a step: mean over the rounds of the median step of each."""
        return sum(median(steps) for steps in self.rounds) / len(self.rounds)

    def step(self, clock: Clock) -> float:
        """Seconds of one more step; a line of log where it is among the first."""
        number, begin = self.training.step, clock()
        loss = self.training.advance().item()
        seconds = clock() - begin
        if number <= LOGGED:
            self.logged.append(f"iter {number}: loss {loss:.4f}, time {seconds * 1e3:.2f}ms")
        return seconds


def grid() -> list[Case]:
    """Every shape in one precision, some compiled as well."""
    modes = list(zip(SHAPES, MODES, strict=True))
    modes += [(SHAPES[i], (("fp32", "bf16")[n % 2], True)) for n, i in enumerate(COMPILED)]
    recipes = [recipe(**shape, precision=p, compile=c, steps=1000, eval_interval=0) for shape, (p, c) in modes]
    return [Case(r, Training(r, Text(SHIPPED, r.seq_len), Place("cpu", 0, 1))) for r in recipes]


def run(cases: Sequence[Case], clock: Clock, say: Callable[[str], None]) -> None:
    """Ten logged steps of each case, then the rounds that give the truth."""
    for case in cases:
        say(case.name)
        for _ in range(LOGGED + 1):
            case.step(clock)
    for number in range(ROUNDS):
        say(f"round {number + 1} of {ROUNDS}")
        for case in cases:
            steps: list[float] = []
            while len(steps) < ROUND_STEPS and (sum(steps) < ROUND_SECONDS or len(steps) < 3):
                steps.append(case.step(clock))
            case.rounds.append(steps)


def predict(cases: Sequence[Case], system: Machine, probed: Machine, profile: Path) -> None:
    """Fill in the four predictions of every case; none sees the truth."""
    for case in cases:
        w = case.asked.workload()
        for column, machine in (("system", system), ("probe", probed)):
            mu, sigma = prior(w, machine)
            case.predicted[column] = log_estimate(math.exp(mu), 1.645 * sigma)
        case.predicted["own"] = from_own_log(case, profile)
    for case in cases:
        residual = math.log(seen_step(other(case, cases)) / other(case, cases).predicted["probe"].value)
        mu, sigma = corrected(prior(case.asked.workload(), probed), [residual])
        case.predicted["other"] = log_estimate(math.exp(mu), 1.645 * sigma)


def other(case: Case, cases: Sequence[Case]) -> Case:
    """The next case of the grid that runs in the same mode: what a user of this software would have at hand."""
    same = [one for one in cases if one.asked.compile == case.asked.compile]
    return same[(same.index(case) + 1) % len(same)]


def seen_step(case: Case) -> float:
    """Seconds of a step as the ten logged lines tell it."""
    found = read_log(case).runs[0].step_time
    assert found is not None, "eleven lines give a step time"
    return found.value


def read_log(case: Case) -> Any:
    """What traincast reads in the logged lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.log"
        path.write_text("\n".join(case.logged) + "\n", encoding="utf-8")
        return api.read(str(path))


def from_own_log(case: Case, profile: Path) -> Estimate:
    """Seconds of each step to come as traincast forecasts them from the logged lines and the probe."""
    steps = 1000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.log"
        path.write_text("\n".join(case.logged) + "\n", encoding="utf-8")
        found = api.forecast(str(path), steps=steps, workload=case.asked.workload(), on=str(profile))
    assert found.remaining is not None, "eleven lines give a forecast"
    return found.remaining.scaled(1 / (steps - LOGGED - 1))


def scores(cases: Sequence[Case], column: str) -> tuple[float, float, float, float]:
    """(median, 90th percentile, worst) relative error and coverage of a column."""
    errors = [abs(case.predicted[column].value / case.truth - 1) for case in cases]
    held = [case.predicted[column].contains(case.truth) for case in cases]
    return median(errors), quantile(errors, 0.9), max(errors), sum(held) / len(held)


def document(cases: Sequence[Case], profile: Profile, clock: str) -> str:
    """The note: how it was measured, the table, the cases."""
    here = profile.host
    load = "unknown" if here.load is None else f"{here.load:.1f}"
    lines = [
        "# Accuracy on a live machine",
        "",
        f"Measured by `make accuracy-here` on {profile.made_at[:10]}: {here.cpu}, {here.cores} cores, one thread, "
        f"{profile.backend}, Python {platform.python_version()}, {here.system}. Clock: "
        + ("CPU time of the process" if clock == "cpu" else "wall time")
        + f"; {load} other processes were busy on the machine when it began. No GPU took part.",
        "",
        f"{len(cases)} trainings of the reference GPT. The truth is the mean of {ROUNDS} rounds through the grid, the "
        "median step in each. Error is |predicted / true - 1|; an interval of 90 % should hold the truth in 9 of 10.",
        "",
        "| predicted from | median | 90th percentile | worst | intervals that hold |",
        "|---|---|---|---|---|",
    ]
    for column in COLUMNS:
        middle, high, worst, held = scores(cases, column)
        lines.append(f"| {TITLES[column]} | {middle:.1%} | {high:.1%} | {worst:.1%} | {held:.0%} |")
    lines += ["", "![Predicted over true step time of every case](accuracy-here.svg)", ""]
    lines += [
        "| workload (layers x width, batch x tokens, accumulation) | true step | (a) | (b) | (c) | (d) | rounds |"
    ]
    lines += ["|---|---|---|---|---|---|---|"]
    for case in cases:
        ratios = " | ".join(f"{case.predicted[column].value / case.truth - 1:+.0%}" for column in COLUMNS)
        middles = [median(steps) for steps in case.rounds]
        lines.append(
            f"| {case.name} | {units.duration(case.truth)} | {ratios} | +-{(max(middles) / min(middles) - 1) / 2:.0%} |"
        )
    lines += ["", "`rounds`: half of the range of the rounds' medians, which no prediction can undercut.", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, predict, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--clock", choices=["cpu", "wall"], default="cpu")
    parser.add_argument("--budget", type=float, default=20.0, help="seconds of the probe")
    parser.add_argument("--docs", type=Path, default=Path(__file__).parent.parent / "docs")
    options = parser.parse_args()
    torch.set_num_threads(1)
    clock: Clock = time.process_time if options.clock == "cpu" else time.perf_counter
    profile = probe(TorchBackend("cpu", 1), budget=options.budget, clock=clock)
    cases = grid()
    run(cases, clock, lambda text: print(text, flush=True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "here.json"
        save(profile, path)
        predict(cases, unprobed(host(), 1), machine_of(profile), path)
    text = document(cases, profile, options.clock)
    print(text)
    options.docs.mkdir(exist_ok=True)
    (options.docs / "accuracy-here.md").write_text(text, encoding="utf-8")
    ratios = {case.name: [case.predicted[column].value / case.truth for column in COLUMNS] for case in cases}
    (options.docs / "accuracy-here.svg").write_text(chart(ratios, list(TITLES.values())), encoding="utf-8")


if __name__ == "__main__":
    main()
