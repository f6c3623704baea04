"""How good the forecast would have been on all logs with a usable clock: python -m accuracy.backtest [--left-out].

The public logs of ../shared/logs and, in a table of its own, the project's own logs, some of which ran on a CPU that
was disturbed on purpose. Each family of logs has the same weight.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

from accuracy import forecast_page
from accuracy.forecast_cases import Run, runs
from traincast.backtest import replay, scores
from traincast.reports.backtest_page import backtest_page
from traincast.reports.text import plain
from traincast.scorecard import BacktestAnswer, Left, Replay, Score

PAUSED = 0.03
"""share of the time in pauses from which a log counts as one with pauses"""
CONSTANT = "modded-nanogpt"
GROWING = (
    "modded_2024-12_sparsify.txt",
    "modded_2025-01_sub3min.txt",
    "pgolf_HNet_ByteVsSubword_Study_train_byte260_4h.log",
)
"""logs of that family whose work per step grows by a plan that the log does not print: attention window, sequence"""


def answer(replays: list[Replay], left: Sequence[Left] = ()) -> BacktestAnswer:
    """The document of a list of replays."""
    return BacktestAnswer(level=0.9, scores=scores(replays), replays=replays, left_out=list(left))


def has_pauses(run: Run) -> bool:
    """Whether intervals above twice the median step take more than 3 % of the time of a log beyond their steps."""
    rates = sorted(s / n for s, n in zip(run.series.seconds, run.series.steps, strict=True))
    middle = rates[len(rates) // 2]
    excess = [s - middle * n for s, n in zip(run.series.seconds, run.series.steps, strict=True) if s > 2 * middle * n]
    return math.fsum(excess) > PAUSED * math.fsum(run.series.seconds)


def paused_scores(usable: Sequence[Run], replays: Sequence[Replay]) -> list[Score]:
    """Scores over the logs with pauses."""
    return scores([one for run, one in zip(usable, replays, strict=True) if has_pauses(run)])


def main(arguments: Sequence[str] = ()) -> None:
    """Prints the tables, and writes the page of the public logs."""
    usable, left = runs()
    replays = [replay(run.log, run.series, family=run.family) for run in usable]
    public = [(run, one) for run, one in zip(usable, replays, strict=True) if run.family != "own"]
    own = [one for one in replays if one.family == "own"]
    out = sys.stdout.write
    if public:
        shared = [one for _, one in public]
        paused, found = paused_scores([run for run, _ in public], shared), scores(shared)
        forecast_page.write(forecast_page.page(found, shared, paused, left), forecast_page.chart(found))
        out(plain(backtest_page(answer(shared, left if "--left-out" in arguments else ()))) + "\n")
        out(f"Logs with pauses above {PAUSED:.0%} of the time\n\n{forecast_page.pauses(paused)}\n\n")
        constant = [one for one in replays if one.family == CONSTANT and one.source not in GROWING]
        if constant:
            out(f"{CONSTANT}, constant work per step\n{plain(backtest_page(answer(constant)))}\n")
    if own:
        out(f"The project's own logs\n{plain(backtest_page(answer(own)))}\n")
    if "--left-out" not in arguments:
        out(f"{len(left)} runs left out; `python -m accuracy.backtest --left-out` names them with the reason\n")


if __name__ == "__main__":
    main(sys.argv[1:])
