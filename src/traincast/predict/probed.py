"""Steps on machines that were probed: measured paces in place of the model that was fitted to other machines."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from traincast.cost.paced import can_pace, paced_parts, paced_spread
from traincast.cost.shape import Array
from traincast.machine import Machine
from traincast.workload import Workload


def replace_probed(
    workloads: Sequence[Workload], machines: Sequence[Machine], parameters: Array, parts: dict[str, Array]
) -> tuple[Array, Array]:
    """(log seconds, standard deviation) of a step where the pieces of the workload were measured, else not a number.

    `parts` of those rows are overwritten.
    """
    mu, sigma = (np.full(len(workloads), np.nan) for _ in range(2))
    for i, (w, machine) in enumerate(zip(workloads, machines, strict=True)):
        if machine.paces is None or not can_pace(w, machine.paces):
            continue
        pieces = paced_parts(w, machine.paces, float(parameters[i]))
        mu[i], sigma[i] = math.log(math.fsum(pieces.values())), paced_spread(w, machine.paces)
        for name, column in parts.items():
            column[i] = pieces.get(name, 0.0)
    return mu, sigma
