"""Limits of physics, on cards of round figures."""

from __future__ import annotations

from typing import Any

import pytest

from traincast.audit import bounds
from traincast.audit.stated import Stated
from traincast.machine import Accelerator
from traincast.sources import Source
from traincast.workload import Workload


def card(**changes: Any) -> Accelerator:
    """1 TFLOPS of bf16 and fp16, half of it in fp32, 100 GB/s, 10 GB."""
    told: dict[str, Any] = {
        "name": "card", "title": "Card", "vendor": "nvidia", "family": "geforce", "arch": "ada", "year": 2022,
        "memory_bytes": 1e10, "memory_bandwidth": 1e11, "source": Source(text="made up"),
        "peaks": {"fp32": 0.5e12, "fp16": 1e12, "bf16": 1e12},
    }  # fmt: skip
    return Accelerator(**told | changes)


def test_listed_peaks_are_of_the_precision_or_of_all() -> None:
    """Of a precision that the device lacks, all that training may be in; never int8."""
    device = card(peaks={"fp32": 1.0, "fp16": 2.0, "int8": 9.0})

    assert [(p.flops, p.precision, p.kind) for p in bounds.listed_peaks(device, "fp16")] == [(2.0, "fp16", "dense")]
    assert [p.precision for p in bounds.listed_peaks(device, None)] == ["fp32", "fp16"]
    assert [p.precision for p in bounds.listed_peaks(device, "bf16")] == ["fp32", "fp16"]


@pytest.mark.parametrize(
    ("changes", "precision", "kinds"),
    [
        ({}, "bf16", ["dense bf16", "sparse bf16"]),
        ({}, "fp32", ["dense fp32"]),
        ({"fp16_accumulate_flops": 2e12}, "bf16", ["dense bf16", "fp16-accumulate fp16", "sparse bf16"]),
        ({"fp16_accumulate_flops": 2e12}, "fp32", ["dense fp32"]),
        ({}, None, ["dense fp32", "dense fp16", "dense bf16", "sparse fp16", "sparse bf16"]),
        ({"year": 2019}, "bf16", ["dense bf16"]),
        ({"year": 2020}, "bf16", ["dense bf16", "sparse bf16"]),
        ({"vendor": "AMD"}, "bf16", ["dense bf16", "sparse bf16"]),
        ({"vendor": "apple"}, "bf16", ["dense bf16"]),
        ({"peaks": {"fp16": 1e12}}, "fp16", ["dense fp16"]),  # no bf16: before Ampere
    ],
)
def test_peaks_that_tables_quote(changes: dict[str, Any], precision: str | None, kinds: list[str]) -> None:
    """Dense ones, fp16 accumulation, two-in-four sparsity of 16 bits."""
    found = bounds.all_peaks(card(**changes), precision)

    assert [f"{peak.kind} {peak.precision}" for peak in found] == kinds
    assert all(peak.flops == 2e12 for peak in found if peak.kind == "sparse")


@pytest.mark.parametrize(
    ("peaks", "precision", "chosen"),
    [
        ({"fp32": 1.0, "bf16": 2.0}, "fp32", "fp32"),
        ({"fp32": 1.0, "bf16": 2.0}, None, "bf16"),
        ({"fp32": 1.0, "fp16": 2.0}, "bf16", "fp16"),
        ({"fp32": 1.0, "tf32": 2.0}, "bf16", "tf32"),
        ({"fp32": 1.0}, "bf16", "fp32"),
        ({"fp64": 1.0}, "bf16", None),
    ],
)
def test_the_peak_that_mfu_is_told_against(peaks: dict[str, float], precision: str | None, chosen: str | None) -> None:
    """At the precision, else 16 bits, else the best."""
    found = bounds.main_peak(card(peaks=peaks), precision)

    assert (found.precision if found else None) == chosen
    assert found is None or (found.flops, found.kind) == (peaks[found.precision], "dense")


def known(*devices: Accelerator, **told: Any) -> Stated:
    """Facts with 1 MFLOP a token."""
    workload = told.pop("workload", Workload(precision="bf16"))
    return Stated(workload=workload, devices=devices, flops_low=1e6, **told)


def test_the_floor_by_hand() -> None:
    """1 MFLOP at 1.25 x 2 TFLOPS (sparse) and 1.25 x 1 TFLOPS (listed), over two devices half."""
    one, two = bounds.floor(known(card())), bounds.floor(known(card(), n_devices=2))

    assert one is not None
    assert two is not None
    assert one.seconds_per_token == pytest.approx(1e6 / 2.5e12)
    assert one.seconds_per_token_listed == pytest.approx(1e6 / 1.25e12)
    assert (one.peak.kind, one.listed.kind) == ("sparse", "dense")
    assert two.seconds_per_token == pytest.approx(one.seconds_per_token / 2)
    assert two.seconds_per_token_listed == pytest.approx(one.seconds_per_token_listed / 2)


def test_of_ambiguous_devices_the_fastest_counts() -> None:
    """In either order; devices without a peak are passed over."""
    slow, fast, empty = card(), card(name="fast", peaks={"bf16": 3e12}), card(name="empty", peaks={})

    for devices in ((slow, fast, empty), (empty, fast, slow)):
        found = bounds.floor(known(*devices))
        assert found is not None
        assert found.listed.flops == 3e12
    assert bounds.floor(known(empty)) is None
    assert bounds.floor(known()) is None
    assert bounds.floor(Stated(workload=Workload(), devices=(slow,))) is None


@pytest.mark.parametrize(
    ("workload", "told", "seconds"),
    [
        ({"optimizer": "adamw"}, {}, 1e9 * 20 / (1.05 * 1e11)),
        ({"optimizer": "adamw"}, {"n_devices": 4}, 1e9 * 20 / (1.05 * 1e11 * 4)),
        ({"optimizer": "adamw-8bit"}, {}, 0.0),
        ({"optimizer": "sgd"}, {}, 0.0),
        ({}, {}, 0.0),
        ({"optimizer": "adamw", "lora_rank": 8}, {}, 0.0),
        ({"optimizer": "adamw"}, {"parameters": None}, 0.0),
    ],
)
def test_traffic_of_the_optimizer(workload: dict[str, Any], told: dict[str, Any], seconds: float) -> None:
    """20 bytes a parameter of plain Adam over 1.05 x bandwidth, all devices together; nothing of what is not sure."""
    facts = known(card(), workload=Workload(**workload), **{"parameters": 1e9, **told})

    assert bounds.traffic_seconds(facts, card()) == pytest.approx(seconds)
    assert bounds.traffic_seconds(facts, card(memory_bandwidth=None)) == 0
    found = bounds.floor(facts)
    assert found is not None
    assert found.seconds_per_step == pytest.approx(seconds)


def test_capacity_of_one_device() -> None:
    """The largest of an ambiguous name; unknown where one of them is."""
    small, large, unknown = card(memory_bytes=1e10), card(memory_bytes=2e10), card(memory_bytes=None)

    assert bounds.capacity([small, large]) == 2e10
    assert bounds.capacity([small, unknown]) is None
    assert bounds.capacity([]) is None
