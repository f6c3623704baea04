"""What no machine can beat."""

from __future__ import annotations

from traincast.cost.cases import cases
from traincast.cost.step import BOOST, COPY_STRETCH, floor_seconds
from traincast.machine import Machine
from traincast.workload import Workload


def step_time_floor(
    workload: Workload, machine: Machine, *, boost: float = BOOST, stretch: float = COPY_STRETCH
) -> float:
    """Least seconds of an optimizer step of `workload`, which has shapes and a batch, on `machine`.

    FLOP that cannot be avoided at `boost` times the listed dense peak, or bytes at `stretch` times the listed
    bandwidth, whichever takes longer; with 1 and 1 the floor at the listed figures.
    """
    return float(floor_seconds(cases([workload], [machine]), boost=boost, stretch=stretch)[0])
