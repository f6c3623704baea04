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
from traincast.predict.probed import replace_probed, strangeness
from traincast.predict.seen import learned
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


def columns(completed: Sequence[Completed], machines: Sequence[Machine], *, level: float = 0.9) -> Columns:
    """Predictions for workloads with shapes, each on its machine."""
    fitted = model()
    workloads = [one.workload for one in completed]
    c = cases(workloads, machines)
    assumed = np.array([one.sd for one in completed])
    pieces = step.parts(c, fitted.parameters)
    physics = sum(pieces.values(), np.zeros(len(c)))
    mu, sigma = log_seconds(c, fitted, physics=physics)
    asked = doubts.variances(c, workloads, fitted, usual=physics)
    doubt = told_doubt(asked, assumed)
    floor, hard = step.floor_seconds(c), step.floor_seconds(c, boost=step.BOOST, stretch=step.COPY_STRETCH)
    mu = np.maximum(mu, np.log(floor))
    exact = parameters(c.shape)
    measured, unsure = replace_probed(workloads, machines, exact, pieces)
    probed = ~np.isnan(measured)
    mu = np.where(probed, measured, mu)
    core = np.hypot(sigma, strangeness(machines))
    stretch = np.where(probed, 1.0, [fitted.stretch[name] for name in group(c)])
    sigma = np.where(probed, np.hypot(unsure, doubt), np.hypot(core, doubt))
    half = np.where(probed, sigma, np.hypot(stretch * core, doubts.WIDTH * doubt))
    for i, machine in enumerate(machines):
        if machine.residuals:
            before = sigma[i]
            mu[i], sigma[i] = learned((float(mu[i]), float(before)), machine, probed=bool(probed[i]))
            half[i] *= sigma[i] / before
    told = np.exp(mu) / physics
    capacity = np.array([machine.accelerator.memory_bytes or np.nan for machine in machines])
    told_total = np.array([w.params_total or np.nan for w in workloads], dtype=float)
    moe = c.shape.E > 1
    return Columns(
        c=c, workloads=workloads, mu=mu, sigma=sigma,
        half_width=half * t4_quantile(0.5 + level / 2) / t4_quantile(0.95),
        parts={name: seconds * told for name, seconds in pieces.items()}, floor=floor, hard_floor=hard,
        parameters=np.where(moe & ~np.isnan(told_total), told_total, exact),
        flops_per_token=flops.palm_flops_per_token(c.shape, matmul_parameters(c.shape)),
        tokens_per_step=c.b * c.m * c.dp * c.shape.T, doubts=shares(asked, stretch, probed, half),
        room=room.room(c, workloads, capacity, machines),
        capacity=capacity,
    )  # fmt: skip


def shares(asked: dict[str, Array], stretch: Array, probed: Array, half: Array) -> dict[str, Array]:
    """Answer not given -> share of the squared half-width that it makes up.

    The framework is one of the model's own variances; the others stand beside it.
    """
    beside = np.where(probed, 1.0, doubts.WIDTH)
    return {key: v * (stretch if key == "framework" else beside) ** 2 / half**2 for key, v in asked.items()}


def told_doubt(asked: dict[str, Array], assumed: Array) -> Array:
    """Standard deviation of log seconds that answers not given, and those filled in, add to a model that knows them."""
    added = sum((v for key, v in asked.items() if key != "framework"), np.zeros(len(assumed)))
    return np.asarray(np.sqrt(added + assumed**2))
