"""What a run trains on: accelerators, links, machines."""

from __future__ import annotations

from typing import Literal

import msgspec

from traincast.sources import Source
from traincast.workload import Workload

Precision = Literal["fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8"]


class Accelerator(msgspec.Struct, frozen=True, kw_only=True):
    """One device at its vendor's dense peak, as a framework sees it (one die, one GCD, one chip)."""

    name: str
    """identity in the catalog, `nvidia-rtx-4070`"""
    title: str
    """what drivers print, `NVIDIA GeForce RTX 4070`"""
    vendor: str
    family: str
    arch: str
    year: int
    memory_bytes: float | None
    memory_bandwidth: float | None
    """bytes/s"""
    l2_bytes: float | None = None
    num_sm: int | None = None
    """streaming multiprocessors, compute units or cores"""
    boost_hz: float | None = None
    peaks: dict[str, float] = {}
    """dense FLOP/s per precision; fp16 and bf16 with fp32 accumulation, as frameworks run them"""
    fp16_accumulate_flops: float | None = None
    """FLOP/s of fp16 with fp16 accumulation: no framework trains so, tables of claims quote it"""
    power_watts: float | None = None
    link: str | None = None
    """name of the link between devices of one node"""
    link_bandwidth: float | None = None
    """bytes/s, one direction"""
    host_bandwidth: float | None = None
    """bytes/s to the host, one direction"""
    form: str = ""
    """desktop, laptop, pcie, sxm, ..."""
    aliases: tuple[str, ...] = ()
    source: Source
    notes: str = ""

    def peak(self, precision: str) -> float | None:
        """Dense FLOP/s at `precision`; `None` where the device has no hardware for it."""
        return self.peaks.get(precision)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of connection."""

    name: str
    kind: str
    bandwidth: float | None
    """bytes/s, one direction"""
    latency_seconds: float | None = None
    achieved_fraction: float | None = None
    """measured bus bandwidth over `bandwidth`"""
    source: Source
    notes: str = ""


class Paces(msgspec.Struct, frozen=True, kw_only=True):
    """What the pieces of a training step cost on a machine that was probed; features are those of `cost.paced`."""

    layer: dict[str, tuple[float, ...]] = {}
    """precision -> seconds per call, FLOP, activation, query, score and weight of one layer, forward and backward"""
    head: dict[str, tuple[float, ...]] = {}
    """precision -> seconds per call, FLOP, activation, logit and weight of the head and the loss"""
    optimizer: tuple[float, float]
    """seconds per call and per parameter of clipping and update"""
    compiled: tuple[float, float] = (0.4, 0.5)
    """share of the cost per call, and per activation, of a layer that compilation leaves"""
    compiled_spread: float = 0.15
    """standard deviation of log(true / predicted) of a compiled step because of that (assumed where not measured)"""
    spread: float
    """standard deviation of log(measured / fitted) over the pieces"""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was seen on a machine."""

    workload: Workload
    log_error: float
    """log(true / predicted) of the seconds of its step"""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Devices, how many, and how they are joined."""

    accelerator: Accelerator
    n_devices: int = 1
    devices_per_node: int = 8
    node_bandwidth: float | None = None
    """bytes/s per device between nodes, one direction; `None` uses the usual network of the device's year"""
    gemm_fraction: float | None = None
    """measured large-GEMM rate over the dense peak; `None` uses the catalog"""
    copy_bandwidth: float | None = None
    """measured bytes/s of a copy, read plus write; `None` uses the listed bandwidth"""
    paces: Paces | None = None
    """measured pieces of a training step; `None` where the machine was not probed"""
    seen: tuple[Seen, ...] = ()
    """runs of other workloads on this very machine"""
