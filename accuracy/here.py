"""Did predictions come true on this machine: a grid of small trainings on its CPU, predicted in four ways.

    python -m accuracy.here                     # prints the table, writes docs/accuracy-here.md and .svg
    python -m accuracy.here --clock wall        # on a machine that has nothing else to do
    python -m accuracy.here --keep FILE         # keeps what was measured; --again FILE predicts it anew

(a) from what the system says of its CPU, (b) with a 20 s probe, (c) with ten logged steps of another workload on top,
(d) with ten logged steps of the workload itself. Logged steps and the steps that give the truth are taken in turn, in
rounds that go through the whole grid, so that a slow minute falls on all of them alike. CPU time of one thread is the
default clock: wall time on a machine that other jobs use too would measure them.
"""

from __future__ import annotations

import argparse
import math
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import torch

from accuracy.here_chart import chart
from traincast import api, units
from traincast.answers import ReadAnswer
from traincast.estimate import Estimate, log_estimate
from traincast.machine import Machine, Seen
from traincast.predict import prior
from traincast.predict.seen import corrected
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
SETTLE = 2
"""steps at the start of a round that are not counted: the caches still hold the case before"""
ROUND_SECONDS = 1.5
SHAPES: list[dict[str, Any]] = [
    {"n_layer": 2, "n_head": 2, "d_model": 64, "seq_len": 64, "micro_batch": 16},
    {"n_layer": 5, "n_head": 5, "d_model": 160, "seq_len": 48, "micro_batch": 14},
    {"n_layer": 8, "n_head": 4, "d_model": 128, "seq_len": 128, "micro_batch": 4},
    {"n_layer": 3, "n_head": 6, "d_model": 192, "seq_len": 256, "micro_batch": 2, "grad_accum": 3},
    {"n_layer": 4, "n_head": 8, "d_model": 256, "seq_len": 128, "micro_batch": 8},
    {"n_layer": 2, "n_head": 6, "d_model": 384, "seq_len": 64, "micro_batch": 8, "grad_accum": 2},
    {"n_layer": 2, "n_head": 4, "d_model": 256, "seq_len": 512, "micro_batch": 2},
    {"n_layer": 2, "n_head": 8, "d_model": 512, "seq_len": 32, "micro_batch": 16},
]
MODES = [("fp32", False), ("bf16", False)] * 4
COMPILED = (1, 2, 4, 6, 0, 3, 5, 7)
"""shapes that are also run compiled, in fp32 and bf16 in turn"""
COLUMNS = ("system", "probe", "other", "own")
TITLES = {
    "system": "(a) what the system says",
    "probe": "(b) a 20 s probe",
    "other": "(c) and ten steps of another workload",
    "own": "(d) and ten steps of itself",
}


class Case(msgspec.Struct, kw_only=True):
    """One workload of the grid, what was predicted, and what came true."""

    asked: Recipe
    logged: list[str] = []
    rounds: list[list[float]] = []
    predicted: dict[str, Estimate] = {}

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


class Measured(msgspec.Struct, kw_only=True):
    """What one run of this script measured."""

    clock: str
    profile: Profile
    cases: list[Case]


def grid() -> list[Case]:
    """Every shape in one precision, some compiled as well."""
    modes = list(zip(SHAPES, MODES, strict=True))
    modes += [(SHAPES[i], (("fp32", "bf16")[n % 2], True)) for n, i in enumerate(COMPILED)]
    shared: dict[str, Any] = {"steps": 1000, "eval_interval": 0}
    return [Case(asked=recipe(**shape, precision=p, compile=c, **shared)) for shape, (p, c) in modes]


def step(training: Training, clock: Clock) -> tuple[float, float]:
    """Seconds and loss of one more step."""
    begin = clock()
    loss = training.advance().item()
    return clock() - begin, loss


def run(cases: Sequence[Case], clock: Clock, say: Callable[[str], None]) -> None:
    """The first step of each case, which compiles; then rounds of logged steps and of steps that are the truth."""
    trainings = [Training(case.asked, Text(SHIPPED, case.asked.seq_len), Place("cpu", 0, 1)) for case in cases]
    for case, training in zip(cases, trainings, strict=True):
        say(case.name)
        case.logged = [log_line(0, *step(training, clock))]
    for number in range(ROUNDS):
        say(f"round {number + 1} of {ROUNDS}")
        for case, training in zip(cases, trainings, strict=True):
            for _ in range(SETTLE):
                training.advance()
            for _ in range(LOGGED // ROUNDS):
                case.logged.append(log_line(len(case.logged), *step(training, clock)))
            steps: list[float] = []
            while len(steps) < ROUND_STEPS and (sum(steps) < ROUND_SECONDS or len(steps) < 3):
                steps.append(step(training, clock)[0])
            case.rounds.append(steps)


def log_line(number: int, seconds: float, loss: float) -> str:
    """A line of the trainer's log; logged steps are numbered as if no other had run."""
    return f"iter {number}: loss {loss:.4f}, time {seconds * 1e3:.2f}ms"


def measure(clock_name: str, budget: float) -> Measured:
    """Probe the machine, then train the grid on it."""
    clock: Clock = time.process_time if clock_name == "cpu" else time.perf_counter
    torch.set_num_threads(1)
    torch._dynamo.config.recompile_limit = (
        100  # one process compiles many models; beyond the limit they would run eager
    )
    profile = probe(TorchBackend("cpu", 1), budget=budget, clock=clock)
    cases = grid()
    run(cases, clock, lambda text: print(text, flush=True))
    return Measured(clock=clock_name, profile=profile, cases=cases)


def predict(cases: Sequence[Case], system: Machine, probed: Machine, profile: Path) -> None:
    """Fill in the four predictions of every case; none sees the truth."""
    for case in cases:
        w = case.asked.workload()
        for column, machine in (("system", system), ("probe", probed)):
            mu, sigma = prior(w, machine)
            case.predicted[column] = log_estimate(math.exp(mu), 1.645 * sigma)
        case.predicted["own"] = from_own_log(case, profile)
    for case in cases:
        companion, w = other(case, cases), case.asked.workload()
        error = math.log(seen_step(companion) / companion.predicted["probe"].value)
        seen = Seen(workload=companion.asked.workload(), log_error=error)
        mu, sigma = corrected(prior(w, probed), w, [seen], probed=True)
        case.predicted["other"] = log_estimate(math.exp(mu), 1.645 * sigma)


def other(case: Case, cases: Sequence[Case]) -> Case:
    """The next case of the grid in the same precision and mode: what a user of this software would have at hand."""
    mode = (case.asked.compile, case.asked.precision)
    same = [one for one in cases if (one.asked.compile, one.asked.precision) == mode]
    return same[(same.index(case) + 1) % len(same)]


def seen_step(case: Case) -> float:
    """Seconds of a step as the ten logged lines tell it."""
    found = read_log(case).runs[0].step_time
    assert found is not None, "eleven lines give a step time"
    return found.value


def read_log(case: Case) -> ReadAnswer:
    """What traincast reads in the logged lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.log"
        path.write_text("\n".join(case.logged) + "\n", encoding="utf-8")
        return api.read(str(path))


def from_own_log(case: Case, profile: Path) -> Estimate:
    """Seconds of a step as traincast forecasts it from the logged lines and the probe."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.log"
        path.write_text("\n".join(case.logged) + "\n", encoding="utf-8")
        found = api.forecast(str(path), steps=1000, workload=case.asked.workload(), on=str(profile))
    assert found.step_time is not None, "eleven lines give a forecast"
    return found.step_time


def scores(cases: Sequence[Case], column: str) -> tuple[float, float, float, float, float]:
    """(median, 90th percentile, worst) relative error, coverage, and median half-width as a factor, of a column."""
    found = [case.predicted[column] for case in cases]
    errors = [abs(case.predicted[column].value / case.truth - 1) for case in cases]
    held = [case.predicted[column].contains(case.truth) for case in cases]
    factors = [math.sqrt(one.high / one.low) for one in found if one.low and one.high]
    return median(errors), quantile(errors, 0.9), max(errors), sum(held) / len(held), median(factors)


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
        "median step in each; ten more steps, two a round, are the log. Error is |predicted / true - 1|; an interval "
        "of 90 % should hold the truth in 9 of 10.",
        "",
        "| predicted from | median | 90th percentile | worst | intervals that hold | half-width |",
        "|---|---|---|---|---|---|",
    ]
    for column in COLUMNS:
        middle, high, worst, held, half = scores(cases, column)
        lines.append(f"| {TITLES[column]} | {middle:.1%} | {high:.1%} | {worst:.1%} | {held:.0%} | x{half:.2f} |")
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
    parser.add_argument("--keep", type=Path, help="write what was measured to this file")
    parser.add_argument("--again", type=Path, help="measure nothing; take what --keep wrote")
    options = parser.parse_args()
    if options.again:
        found = msgspec.json.decode(options.again.read_bytes(), type=Measured)
    else:
        found = measure(options.clock, options.budget)
    if options.keep:
        options.keep.write_bytes(msgspec.json.encode(found))
    cases = found.cases
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "here.json"
        save(found.profile, path)
        predict(cases, unprobed(found.profile.host, 1), machine_of(found.profile), path)
    text = document(cases, found.profile, found.clock)
    print(text)
    options.docs.mkdir(exist_ok=True)
    (options.docs / "accuracy-here.md").write_text(text, encoding="utf-8")
    ratios = {case.name: [case.predicted[column].value / case.truth for column in COLUMNS] for case in cases}
    (options.docs / "accuracy-here.svg").write_text(chart(ratios, list(TITLES.values())), encoding="utf-8")


if __name__ == "__main__":
    main()
