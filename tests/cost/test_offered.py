"""What a machine offers a workload."""

from __future__ import annotations

import math
from typing import Any

import pytest
from test_step import case

from traincast.catalog.lookup import accelerator
from traincast.cost import offered
from traincast.machine import Accelerator, Machine
from traincast.sources import Source
from traincast.workload import Workload


def device(**changes: Any) -> Accelerator:
    """A made-up device."""
    told: dict[str, Any] = {
        "name": "x", "title": "X", "vendor": "nvidia", "family": "geforce-40", "arch": "ada", "year": 2023,
        "memory_bytes": None, "memory_bandwidth": None, "source": Source(text="made up"),
    }  # fmt: skip
    return Accelerator(**told | changes)


@pytest.mark.parametrize(
    ("peaks", "precision", "rate"),
    [
        ({"bf16": 4.0, "fp32": 1.0}, "bf16", 4.0),
        ({"fp32": 10.0}, "bf16", 4.5),  # emulated at .45 of fp32
        ({"fp16": 3.0}, "bf16", 3.0),
        ({"bf16": 4.0, "fp32": 1.0}, "fp16", 4.0),
        ({"fp16": 3.0, "bf16": 4.0}, "fp16", 3.0),
        ({"fp32": 1.0}, "fp16", 1.0),
        ({"tf32": 2.0, "fp32": 1.0}, "tf32", 2.0),
        ({"fp32": 1.0}, "tf32", 1.0),
        ({"fp8": 8.0, "bf16": 4.0}, "fp4", 8.0),
        ({"fp4": 16.0, "fp8": 8.0}, "fp4", 16.0),
        ({"bf16": 4.0}, "fp4", 4.0),
        ({"fp16": 3.0}, "fp4", 3.0),
        ({"fp32": 1.0}, "fp4", 1.0),
        ({"int8": 7.0, "bf16": 4.0}, "fp8", 7.0),
        ({"fp8": 8.0, "int8": 7.0}, "fp8", 8.0),
        ({"bf16": 4.0}, "fp8", 4.0),
        ({"fp16": 3.0}, "fp8", 3.0),
        ({"fp32": 1.0}, "fp8", 1.0),
        ({"fp8": 8.0, "int8": 7.0}, "int8", 7.0),
        ({"fp8": 8.0, "bf16": 4.0}, "int8", 8.0),
        ({"bf16": 4.0}, "int8", 4.0),
        ({"fp16": 3.0}, "int8", 3.0),
        ({"fp32": 1.0}, "int8", 1.0),
        ({"fp64": 0.5, "fp32": 1.0}, "fp64", 0.5),
        ({"fp32": 1.0}, "fp64", 1.0),
    ],
)
def test_the_nearest_rate_that_a_device_has(peaks: dict[str, float], precision: str, rate: float) -> None:
    """Its own, else the next one in the order that frameworks fall back to."""
    assert offered.listed_rate(Machine(accelerator=device(peaks=peaks)), precision) == pytest.approx(rate)


def test_a_device_without_any_rate_is_unknown() -> None:
    """Not a number, never nought."""
    assert math.isnan(offered.listed_rate(Machine(accelerator=device()), "bf16"))
    assert math.isnan(offered.listed_rate(Machine(accelerator=device(peaks={"fp64": 1.0})), "bf16"))


@pytest.mark.parametrize(
    ("peaks", "precision"),
    [({"fp8": 8.0, "bf16": 4.0}, "bf16"), ({"fp16": 3.0}, "fp16"), ({"fp32": 1.0}, "fp32"), ({}, "fp32")],
)
def test_layers_run_in_sixteen_bits_where_it_is_not_told(peaks: dict[str, float], precision: str) -> None:
    """Never in 8 or 4 unasked."""
    assert offered.layer_precision(Workload(), Machine(accelerator=device(peaks=peaks))) == precision
    assert offered.layer_precision(Workload(precision="fp8"), Machine(accelerator=device(peaks=peaks))) == "fp8"


def test_software_that_always_runs_in_eight_bits_does_so_on_several_devices() -> None:
    """NVIDIA's MLPerf language models; one device, and a device without 8 bits, stay at 16."""
    w = Workload(framework="NVIDIA NeMo Framework Release 25.01")
    able, unable = (Machine(accelerator=device(peaks=p)) for p in ({"fp8": 8.0, "bf16": 4.0}, {"bf16": 4.0}))

    assert offered.layer_precision(Workload(framework=w.framework, n_devices=8), able) == "fp8"
    assert offered.layer_precision(Workload(framework=w.framework, n_devices=8), unable) == "bf16"
    assert offered.layer_precision(w, able) == "bf16"


def test_streaming_is_that_of_usual_boards_where_it_was_not_measured() -> None:
    """0.83 of the listed bandwidth counts as 1; an L40S, which checks its memory, reaches 0.68."""
    assert offered.copied(device(family="unheard-of")) == 1.0
    assert offered.copied(accelerator("L40S")) == pytest.approx((0.671 * 0.685) ** 0.5 / 0.83)
    assert offered.copied(accelerator("MI300X")) == 1.0  # the benchmark is not tuned for it


@pytest.mark.parametrize(
    ("told", "rate"),
    [
        ({"link": "nvlink", "link_bandwidth": 3e11}, 3e11),
        ({"link": "pcie-4", "link_bandwidth": 3e10}, 1.5e10),  # through the host
        ({"host_bandwidth": 2e10}, 1e10),
        ({}, 8e9),
    ],
)
def test_bandwidth_between_neighbours(told: dict[str, Any], rate: float) -> None:
    """The link's; half of it where data crosses the host."""
    assert offered.peer_bandwidth(device(**told)) == rate


def test_devices_that_the_fast_link_joins() -> None:
    """A node's, as told or as listed; 72 in a rack; all of a torus."""
    workload = Workload(n_layer=1, d_model=64)
    node = Machine(accelerator=device(), n_devices=16, devices_per_node=4)

    assert offered.link_domain(workload, node) == 4
    assert offered.link_domain(Workload(devices_per_node=2), node) == 2
    assert offered.link_domain(workload, Machine(accelerator=device(name="nvidia-gb200"), n_devices=16)) == 72
    torus = Machine(accelerator=device(link="ici"), n_devices=256)
    assert offered.link_domain(workload, torus) == 256
    assert offered.link_domain(Workload(n_devices=512), torus) == 512


def test_share_of_the_peak_that_large_products_reach() -> None:
    """Measured where it was; of its class elsewhere; the machine's own figure before both."""
    unknown = device(name="made-up-board", family="never-measured", arch="none", form="sxm")

    assert offered.measured_fraction(unknown, "bf16") == 0.8
    assert 0.3 < offered.measured_fraction(accelerator("H100 SXM"), "bf16") < 1.0
    assert offered.measured_fraction(accelerator("H100 SXM"), "fp4") == offered.measured_fraction(
        accelerator("H100 SXM"), "fp8"
    )
    assert float(case().fraction[0]) == 0.5
