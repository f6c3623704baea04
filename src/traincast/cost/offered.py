"""What a machine offers a workload: rates at its precision, bandwidths, links."""

from __future__ import annotations

from typing import NamedTuple

from traincast.catalog.measured import copy_fraction, gemm_fraction
from traincast.cost.board import board_class
from traincast.cost.stack import stack
from traincast.machine import Accelerator, Machine
from traincast.workload import Workload

HOST_BANDWIDTH = 16e9
"""bytes/s of a PCIe 3.0 x16 link, one direction, where the device's is not known"""
THROUGH_HOST = 0.5
"""of a PCIe link between GPUs: 28 to 35 of 63 GB/s between RTX 5090 (interconnects.csv)"""
RACK_SCALE = ("nvidia-gb200", "nvidia-gb300")
RACK = 72
"""devices that NVLink joins in an NVL72 rack, whatever the number in a tray"""
LOW = ("fp8", "fp4", "int8")
USUAL_FRACTION = {
    "geforce": 0.95, "laptop": 0.9, "workstation": 0.83, "dc-pcie": 0.76, "dc-sxm": 0.8, "amd": 0.6, "apple": 0.7,
    "tpu": 0.8, "other": 0.6,
}  # fmt: skip
"""large matrix products over listed peak where no measurement is known, medians of the catalog by class"""
USUAL_COPY = 0.83
"""streaming over listed bandwidth of NVIDIA boards, median of catalog/measured_copy.csv"""
EMULATED_BF16 = 0.45
"""bf16 products over listed fp32 peak where there is no hardware for bf16: V100 .64, RTX 2080 .5, GTX 16 .4, T4 .28 as
measured by users of torch.matmul (github.com/zzc0721/torch-performance-test-data)"""
NODE_BANDWIDTH = ((2023, 50e9), (2020, 25e9), (0, 12.5e9))
"""bytes/s per device between nodes by year of the device: NDR, HDR, EDR InfiniBand"""


class Offered(NamedTuple):
    """What one machine offers one workload."""

    element: float
    """bytes of an activation"""
    low: float
    """number of times that the bits of layer products are halved below 16: 0, 1 or 2"""
    rate: float
    """listed dense FLOP/s at the precision of the layers"""
    rate16: float
    """the same at 16 bits, or the layers' own where wider"""
    fraction: float
    """measured over listed rate of large products"""
    copied: float
    """measured over usual bandwidth"""
    bandwidth: float
    """listed bytes/s of memory"""
    cache: float
    """bytes of the last-level cache"""
    units: float
    """number of multiprocessors"""
    link: float
    """bytes/s inside a node, one direction"""
    node: float
    """bytes/s between nodes per device, one direction"""
    host: float
    """bytes/s of the link to the host, one direction"""


def offered(w: Workload, machine: Machine) -> Offered:
    """What `machine` offers `w`; usual figures where the catalog has none, not a number for an unlisted bandwidth."""
    device = machine.accelerator
    precision = layer_precision(w, machine)
    wide = precision in ("fp32", "tf32", "fp64")
    rate = listed_rate(machine, precision)
    return Offered(
        element=4.0 if wide else 2.0,
        low=2.0 if precision == "fp4" else float(precision in LOW),
        rate=rate,
        rate16=rate if wide or precision == "fp16" else listed_rate(machine, "bf16"),
        fraction=machine.gemm_fraction or measured_fraction(device, precision),
        copied=copied(device),
        bandwidth=device.memory_bandwidth or float("nan"),
        cache=device.l2_bytes or 6e6,
        units=device.num_sm or 80.0,
        link=peer_bandwidth(device),
        node=machine.node_bandwidth or next(rate for year, rate in NODE_BANDWIDTH if device.year >= year),
        host=device.host_bandwidth or HOST_BANDWIDTH,
    )


def layer_precision(w: Workload, machine: Machine) -> str:
    """The precision that layers run in; where not told, 16 bits if the device has them.

    Never 8 or 4, but for several devices with software that always runs so.
    """
    if w.precision is not None:
        return w.precision
    peaks = machine.accelerator.peaks
    usual = stack(w.framework).precision
    if usual and usual in peaks and (w.n_devices or machine.n_devices) > 1:
        return usual
    return next((name for name in ("bf16", "fp16", "fp32") if name in peaks), "fp32")


def listed_rate(machine: Machine, precision: str) -> float:
    """Dense FLOP/s at `precision`; where the device lacks it, that of the nearest it has, or of its emulation."""
    peaks = machine.accelerator.peaks
    if precision == "bf16" and not peaks.get("bf16") and peaks.get("fp32"):
        return EMULATED_BF16 * peaks["fp32"]
    chain = {
        "fp4": ("fp4", "fp8", "bf16", "fp16", "fp32"),
        "fp8": ("fp8", "int8", "bf16", "fp16", "fp32"),
        "int8": ("int8", "fp8", "bf16", "fp16", "fp32"),
        "bf16": ("bf16", "fp16", "fp32"),
        "fp16": ("fp16", "bf16", "fp32"),
        "tf32": ("tf32", "fp32"),
    }.get(precision, (precision, "fp32"))
    return next((peaks[name] for name in chain if peaks.get(name)), float("nan"))


FRACTIONS: dict[tuple[str, str], float] = {}


def measured_fraction(device: Accelerator, precision: str) -> float:
    """Large products over listed peak: of the device, its family or its class."""
    key = (device.name, precision)
    if key not in FRACTIONS:
        found = gemm_fraction(device, {"fp4": "fp8", "int8": "fp8"}.get(precision, precision))
        FRACTIONS[key] = found or USUAL_FRACTION[board_class(device)]
    return FRACTIONS[key]


def copied(device: Accelerator) -> float:
    """Measured over usual bandwidth; 1 where it was not measured, and on chips that the benchmark is not tuned for."""
    found = copy_fraction(device) if device.vendor.lower() == "nvidia" else None
    return found / USUAL_COPY if found else 1.0


def link_domain(w: Workload, machine: Machine) -> int:
    """Devices that the fast link joins: those of a node, of a rack where the link crosses nodes, of a torus slice."""
    device = machine.accelerator
    if device.name.startswith(RACK_SCALE):
        return RACK
    if device.link == "ici":
        return max(machine.n_devices, w.n_devices or 1)
    return w.devices_per_node or machine.devices_per_node


def peer_bandwidth(device: Accelerator) -> float:
    """Bytes/s between neighbours, one direction; over PCIe data crosses the host and reaches half the link."""
    link = device.link_bandwidth or device.host_bandwidth or HOST_BANDWIDTH
    return link * THROUGH_HOST if (device.link or "pcie").startswith("pcie") else link
