"""How far a forecast may be off, from what the log shows: a quantile regression over many finished runs.

ln h = c0 + c_lines ln n + c_noise ln e + c_left ln u + c_seconds ln t + c_steps ln k (+ c_measured) (+ c_off_clock),
where h is the half-width (log) of the 90 % interval, n the lines since warm-up, e the error that the noise of the
lines and of their blocks leaves on a mean, u the share of the run that remains, t and k the seconds and steps seen:
surprises come by the hour, or by the thousand steps. A floor adds to h in squares: the quietest run drifts. What
matters most is whether the cost of evaluations is known or off the clock: runs whose next evaluation cannot be seen
coming are off by three times as much. A run that began with a cheap evaluation has nothing dear to come: h = c_began e,
and what evaluations like it would take, where that is less.
"""

from __future__ import annotations

import itertools
import math

import msgspec

from traincast.forecast.expected import first_evaluation
from traincast.phases import Anatomy
from traincast.phases.first import UNSEEN
from traincast.runlog import RunLog
from traincast.stats.intervals import t4_quantile
from traincast.stats.robust import (
    effective_count,
    hidden_by_rounding,
    lag_correlation,
    quantisation_spread,
    relative_spread,
)

CHEAP = 20.0
"""plain steps; a first iteration that took less beyond a step hides no dear evaluation"""
USUAL_INTERVAL = 1000
"""steps between evaluations, assumed where nobody says (nanoGPT's configurations: 250 to 2000)"""
BLOCKS = 8
"""parts of the series whose means are compared"""
WIDEST = 0.0
"""ln of the widest half-width (log): a factor e either way"""
NOISE_FLOOR = 0.0015
"""no mean is known better: clocks, rounding"""


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """What the size of the error depends on."""

    lines: int
    noise: float
    """relative error of the mean"""
    left: float
    """share of the run that remains"""
    seconds: float
    """time that was seen"""
    steps: int
    """that were seen"""
    measured: bool
    """the cost of an evaluation is in the data"""
    off_clock: bool
    """pauses are not on the clock, so that none can come as a surprise"""
    cheap: bool
    """the run began with an evaluation that cost little, or evaluations are not on the clock"""
    hidden: float = 0.0
    """share of the time that evaluations like the first would take, where nobody says how often they come"""


class Coefficients(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the calibration file."""

    constant: float
    """log half-width"""
    lines: float
    """log half-width for each factor e of lines"""
    noise: float
    """the same of the noise, log over log"""
    left: float
    """the same of the share left, log over log"""
    seconds: float
    """the same of the time seen, log over log"""
    steps: float
    """the same of the steps seen, log over log"""
    measured: float
    """log half-width added where it holds"""
    off_clock: float
    """log half-width added where it holds"""

    def log_half_width(self, signs: Signs) -> float:
        """ln h, before what a cheap first evaluation tells."""
        e = math.log(signs.noise)
        total = self.constant + self.lines * math.log(signs.lines) + self.noise * e
        total += self.left * math.log(signs.left) + self.seconds * math.log(signs.seconds)
        total += self.steps * math.log(signs.steps)
        return total + (self.measured if signs.measured else 0.0) + (self.off_clock if signs.off_clock else 0.0)


def since(found: Anatomy) -> list[int]:
    """Intervals of the present speed without warm-up; the last one where all is warm-up."""
    return [i for i in range(found.regime, len(found.rates)) if not found.warm[i]] or [len(found.rates) - 1]


def noise(found: Anatomy, *, cheap: bool) -> float:
    """Relative error of the mean step: of independent lines, of blocks of them, where drift shows, or of the clock.

    Blocks whose neighbours are alike count for fewer. Pauses with a period are counted apart and are no
    noise; in a run that began `cheap`, no named one is.
    """
    mine = since(found)
    n = len(mine)
    counted = _counted(found, cheap=cheap)
    seconds = {i: max(0.0, found.series.seconds[i] - counted.get(i, 0.0)) for i in mine}
    spread = min(3.0, relative_spread([seconds[i] / found.series.steps[i] for i in mine])) if n > 2 else UNSEEN
    blocks = min(BLOCKS, n // 3)
    wander = 0.0
    if blocks >= 2:
        cuts = [n * b // blocks for b in range(blocks + 1)]
        means = [
            math.fsum(seconds[mine[i]] for i in range(low, high))
            / sum(found.series.steps[mine[i]] for i in range(low, high))
            for low, high in itertools.pairwise(cuts)
        ]
        wander = relative_spread(means) / math.sqrt(effective_count(blocks, max(0.0, lag_correlation(means))))
    seen = math.fsum(found.series.seconds[i] for i in mine)
    ticks = quantisation_spread(found.series.resolution or 0.0) / seen if seen > 0 else 0.0
    return max(wander, spread / math.sqrt(n), min(ticks, 1.0), rounding(found, mine)) + NOISE_FLOOR


def _counted(found: Anatomy, *, cheap: bool) -> dict[int, float]:
    """Interval -> seconds of its pause that are no noise: what a pause of its rhythm takes, of a dear first one all."""
    counted = {one.index: one.seconds for one in found.stray if cheap and one.index in found.names}
    for cycle in (rhythm.cycle for rhythm in found.rhythms):
        counted |= {one.index: cycle.settled for one in cycle.pauses}
        if cycle.settled < cycle.seconds:
            counted[cycle.pauses[0].index] = cycle.pauses[0].seconds
    return counted


def rounding(found: Anatomy, mine: list[int]) -> float:
    """Relative error of the mean step that printing with few decimals leaves."""
    if not found.series.basis.startswith("printed"):
        return 0.0
    columns = ([found.rates[i] for i in mine], [found.series.seconds[i] for i in mine])
    return max(hidden_by_rounding(values) for values in columns)


def began_cheaply(found: Anatomy, log: RunLog, step: int) -> bool:
    """Whether evaluations are printed and dear ones can be ruled out: not on the clock, or the first was cheap."""
    if not any(event.kind == "evaluation" and (event.step is None or event.step <= step) for event in log.events):
        return False
    if log.clock_kind == "training" or not (found.series.pauses_inside or found.series.basis == "printed-step"):
        return True
    excess = first_evaluation(log, found)
    return excess is not None and excess < CHEAP * found.base


def is_off_clock(found: Anatomy, log: RunLog) -> bool:
    """Whether the times are those of training steps alone, so that no pause lengthens what is forecast."""
    return log.clock_kind == "training" or not found.series.pauses_inside or found.series.basis == "printed-step"


def signs(found: Anatomy, log: RunLog, step: int, remaining: int) -> Signs:
    """The signs of a forecast of the next `remaining` steps after counter `step`."""
    seen = sum(found.series.steps)
    measured = "evaluation" in found.names.values()
    cheap = began_cheaply(found, log, step)
    first = first_evaluation(log, found) if cheap and not measured and not log.facts.eval_interval else None
    return Signs(
        lines=len(since(found)),
        noise=noise(found, cheap=cheap),
        left=max(1e-6, remaining / (remaining + seen)),
        seconds=max(1.0, math.fsum(found.series.seconds)),
        steps=max(1, seen),
        measured=measured,
        off_clock=is_off_clock(found, log),
        cheap=cheap,
        hidden=(first or 0.0) / (found.base * USUAL_INTERVAL),
    )


def cheap_noise(given: Signs) -> float:
    """The noise, more of it where its size rests on few lines: about t_{n-1} over normal at 90 %."""
    return given.noise * (1 + 1.2 / max(1, given.lines - 1))


def log_half_width(
    few: Coefficients, many: Coefficients, began: float, edges: tuple[int, int], floor: float, given: Signs
) -> float:
    """ln h; `few` holds below the first of `edges` (lines), `many` from the second on, a mixture between.

    `floor` is a half-width (log) that adds in squares: what no line shows yet, such as drift and other users.
    """
    low, high = (math.log(edge) for edge in edges)
    share = min(1.0, max(0.0, (math.log(given.lines) - low) / (high - low)))
    half = (1 - share) * few.log_half_width(given) + share * many.log_half_width(given)
    half = math.log(math.hypot(math.exp(min(half, WIDEST)), floor))
    if given.cheap:
        half = min(half, math.log(math.hypot(math.exp(began) * cheap_noise(given), given.hidden)))
    return min(half, WIDEST)


def sigma(log_half: float) -> float:
    """Scale of log(true / forecast), t_4, whose 90 % interval has the half-width exp(`log_half`)."""
    return math.exp(log_half) / t4_quantile(0.95)
