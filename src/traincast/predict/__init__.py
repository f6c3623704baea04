"""How fast, how long, does it fit, what will the first step cost: from workload and machine alone."""

from __future__ import annotations

from traincast.answers import PredictAnswer
from traincast.machine import Machine
from traincast.predict.assumed import complete
from traincast.workload import Workload


def prior(workload: Workload, machine: Machine) -> tuple[float, float]:
    """(mean, sigma) of the log of seconds per step, for weighing with what a log shows.

    Sigma is that of the Gaussian with the same 90 % interval.
    """
    from traincast.predict import counted
    from traincast.predict.columns import columns

    if counted.is_counted(workload):
        return counted.prior(workload, machine)
    found = columns([complete(workload)], [machine])
    return float(found.mu[0]), float(found.half_width[0] / 1.6449)


def predict(
    workload: Workload, machine: Machine | None, *, steps: int | None = None, level: float = 0.9
) -> PredictAnswer:
    """The whole answer for `workload` on `machine`; without a machine, parameters and FLOP alone."""
    from traincast.predict.answer import predict as answer

    return answer(workload, machine, steps=steps, level=level)
