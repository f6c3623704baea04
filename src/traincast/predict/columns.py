"""Predictions as columns: many workloads in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from traincast.calibrate.model import group, log_seconds, model
from traincast.cost import flops, step
from traincast.cost.cases import Cases, cases
from traincast.cost.parameters import matmul_parameters, parameters
from traincast.cost.shape import Array
from traincast.machine import Machine
from traincast.predict import doubts, room
from traincast.predict.assumed import Completed
from traincast.predict.host import replace_on_host
from traincast.predict.probed import replace_probed
from traincast.predict.seen import corrected
from traincast.stats.intervals import t4_quantile
from traincast.workload import Workload


@dataclass(frozen=True, slots=True)
class Columns:
    """n predictions."""

    c: Cases
    workloads: list[Workload]
    mu: Array
    """log of a step's seconds"""
    sigma: Array
    """of the log of a step's seconds"""
    half_width: Array
    """of the log, at the level asked for"""
    parts: dict[str, Array]
    """seconds of a step by part; they add up to exp(mu)"""
    floor: Array
    """least seconds at the listed peak and bandwidth"""
    hard_floor: Array
    """least seconds at 1.25 times the peak and 1.05 times the bandwidth"""
    parameters: Array
    flops_per_token: Array
    tokens_per_step: Array
    doubts: dict[str, Array]
    """answer not given -> share of the squared half-width that it makes up"""
    room: room.Room
    capacity: Array
    """bytes of one device"""


def columns(completed: Sequence[Completed], machines: Sequence[Machine], *, level: float = 0.9) -> Columns:
    """Predictions for workloads with shapes, each on its machine."""
    fitted = model()
    workloads = [one.workload for one in completed]
    c = cases(workloads, machines)
    assumed = np.array([one.sd for one in completed])
    pieces = step.parts(c, fitted.parameters)
    physics = total(pieces)
    mu, sigma = log_seconds(c, fitted, physics=physics)
    asked = doubts.variances(c, workloads, fitted, usual=physics)
    doubt = told_doubt(asked, assumed)
    floor, hard = step.floor_seconds(c), step.floor_seconds(c, boost=step.BOOST, stretch=step.COPY_STRETCH)
    exact = parameters(c.shape)
    apart, loose, probed = unfitted(workloads, machines, exact, pieces)
    fits = np.isnan(apart)
    mu = np.where(probed, apart, np.maximum(np.where(fits, mu, apart), np.log(floor)))
    sigma = np.where(fits, sigma, loose)
    stretch = np.where(fits, [fitted.stretch[name] for name in group(c)], doubts.WIDTH)
    half = np.hypot(stretch * sigma, doubts.WIDTH * doubt)
    sigma = np.hypot(sigma, doubt)
    for i, machine in enumerate(machines):
        if machine.seen:
            before = sigma[i]
            prior = (float(mu[i]), float(before))
            mu[i], sigma[i] = corrected(prior, workloads[i], machine.seen, probed=bool(probed[i]))
            half[i] *= sigma[i] / before
    told = np.exp(mu) / total(pieces)
    capacity = np.array([machine.accelerator.memory_bytes or np.nan for machine in machines])
    told_total = np.array([w.params_total or np.nan for w in workloads], dtype=float)
    # layers of a mixture differ, and those of a DiT have weights for its time and class that no key tells
    uneven = (c.shape.E > 1) | np.array([w.arch == "dit" for w in workloads])
    return Columns(
        c=c, workloads=workloads, mu=mu, sigma=sigma,
        half_width=half * t4_quantile(0.5 + level / 2) / t4_quantile(0.95),
        parts={name: seconds * told for name, seconds in pieces.items()}, floor=floor, hard_floor=hard,
        parameters=np.where(uneven & ~np.isnan(told_total), told_total, exact),
        flops_per_token=flops.palm_flops_per_token(c.shape, matmul_parameters(c.shape)),
        tokens_per_step=c.b * c.m * c.dp * c.shape.T, doubts=shares(asked, np.where(fits, stretch, 0.0), half),
        room=room.room(c, workloads, capacity, machines),
        capacity=capacity,
    )  # fmt: skip


def total(parts: dict[str, Array]) -> Array:
    """Seconds of all parts."""
    return np.asarray(sum(parts.values()))


def unfitted(
    workloads: Sequence[Workload], machines: Sequence[Machine], exact: Array, parts: dict[str, Array]
) -> tuple[Array, Array, Array]:
    """(log seconds, standard deviation, whether pieces were measured) where no fit is asked; elsewhere not a number.

    That is where the pieces of a workload were measured, else on a CPU. `parts` of those rows are overwritten.
    """
    hosted, loose = replace_on_host(machines, parts)
    measured, unsure = replace_probed(workloads, machines, exact, parts)
    probed = ~np.isnan(measured)
    return np.where(probed, measured, hosted), np.where(probed, unsure, loose), probed


def shares(asked: dict[str, Array], stretch: Array, half: Array) -> dict[str, Array]:
    """Answer not given -> share of the squared half-width that it makes up.

    The framework is one of the fitted model's own variances, `stretch` times as wide (0: no fit was asked); the others
    stand beside it.
    """
    return {key: v * (stretch if key == "framework" else doubts.WIDTH) ** 2 / half**2 for key, v in asked.items()}


def told_doubt(asked: dict[str, Array], assumed: Array) -> Array:
    """Standard deviation of log seconds that answers not given, and those filled in, add to a model that knows them."""
    added = sum((v for key, v in asked.items() if key != "framework"), np.zeros(len(assumed)))
    return np.asarray(np.sqrt(added + assumed**2))
