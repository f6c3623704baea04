"""Steps on a CPU that nobody probed."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
import pytest

from traincast.machine import Accelerator, Machine
from traincast.predict import prior
from traincast.predict.assumed import complete
from traincast.predict.columns import columns
from traincast.predict.host import on_host, replace_on_host, spread
from traincast.sources import Source
from traincast.workload import Workload

CPU = Accelerator(
    name="cpu", title="a server", vendor="amd", family="cpu", arch="", year=2022, memory_bytes=32e9,
    memory_bandwidth=30e9, l2_bytes=32e6, num_sm=2, boost_hz=2.6e9, peaks={"fp32": 4e11, "bf16": 8e11},
    source=Source(text="made up"),
)  # fmt: skip
HOST = Machine(accelerator=CPU)
GPU = Machine(accelerator=msgspec.structs.replace(CPU, name="gpu", family="cuda", vendor="nvidia"))


def small(**told: Any) -> Workload:
    """A GPT of two layers."""
    shape = {"n_layer": 2, "n_head": 4, "d_model": 128, "d_ff": 512, "vocab": 256, "seq_len": 64, "micro_batch": 4}
    usual = {"precision": "fp32", "attention": "flash", "compile": False, "recompute": "none", "optimizer": "adamw"}
    return Workload(arch="gpt", **shape | usual | {"framework": "torch"} | told)


def test_a_cpu_is_told_from_other_devices() -> None:
    """By its family."""
    assert on_host([HOST, GPU, HOST]).tolist() == [True, False, True]


def test_only_rows_of_a_cpu_are_replaced() -> None:
    """Three parts of which a CPU is spared one: 2 + 3 s of 2 + 3 + 4; a GPU keeps all and gets no answer here."""
    parts = {"matmul": np.array([2.0, 2.0]), "launch": np.array([3.0, 3.0]), "fixed": np.array([4.0, 4.0])}

    mu, sd = replace_on_host([HOST, GPU], parts)

    assert math.exp(mu[0]) == pytest.approx(5.0)
    assert parts["fixed"].tolist() == [0.0, 4.0]
    assert np.isnan([mu[1], sd[1]]).all()


def test_more_threads_are_less_certain() -> None:
    """One thread: hypot(.24, .25) = .347; e squared threads add .2."""
    assert spread(1) == pytest.approx(0.34655, abs=1e-5)
    assert spread(math.exp(2)) == pytest.approx(math.hypot(0.34655, 0.2), abs=1e-5)


def test_the_interval_of_a_step_on_a_cpu() -> None:
    """All told, two threads: .353 of log seconds."""
    mu, sigma = prior(small(), HOST)

    assert 1e-4 < math.exp(mu) < 0.1
    assert sigma == pytest.approx(0.353, abs=0.001)


@pytest.mark.parametrize("unknown", ["attention", "recompute", "compile", "precision"])
def test_an_answer_not_given_widens_it(unknown: str) -> None:
    """Also on a CPU."""
    assert prior(small(**{unknown: None}), HOST)[1] > prior(small(), HOST)[1]


def test_parts_add_up_to_the_step() -> None:
    """On a CPU as elsewhere."""
    found = columns([complete(small())], [HOST])

    assert sum(float(part[0]) for part in found.parts.values()) == pytest.approx(math.exp(float(found.mu[0])))
