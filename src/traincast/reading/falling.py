"""The plan of a run by its learning rate, which falls to nothing at the end by a known law."""

from __future__ import annotations

from traincast.findings import finding
from traincast.phrases import phrase
from traincast.reading.structured.plans import roundest
from traincast.reading.values import number
from traincast.runlog import RunLog

FIRST_RATE, FALL, LEAST_DIGITS = 0.01, 0.9, 5
"""nnU-Net's learning rate: its first value, the power that it falls by, digits behind the point that it has"""
USUAL_EPOCHS = (1000, 250, 500, 100, 2000, 50, 750, 4000, 8000, 20, 10)
"""of nnU-Net's default and of its variants, the likelier ones first"""
LEAST_FALLEN = 3
"""epochs after which a falling rate tells how many there are to be"""


def plan_from_rate(log: RunLog, text: str) -> None:
    """A plan from a learning rate that falls as (1 - n/T)^0.9 of its first value, as nnU-Net's does."""
    rate = number(text)
    done = log.points[-1].step + 1 - log.counts_from if log.points else 0
    half = 0.5 * 10.0 ** -max(LEAST_DIGITS, len(text.partition(".")[2]))
    if rate is None or not 2 * half < rate < FIRST_RATE - half or done < LEAST_FALLEN:
        return
    least, most = (1 - ((rate + sign * half) / FIRST_RATE) ** (1 / FALL) for sign in (1, -1))
    low, high = (done - 1) / most, (done + 1) / least  # the rate may be of the epoch after, which is not over
    planned = next((usual for usual in USUAL_EPOCHS if low <= usual <= high), roundest(low, high))
    if planned is not None and planned > done:
        log.facts.steps_planned = planned
        how = phrase("the learning rate, which falls to nothing at the end")
        log.findings.append(finding("plan-derived", plan=str(planned), how=how))
