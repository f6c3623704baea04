"""Workloads on machines as columns: one array a quantity, one entry a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from traincast.catalog.measured import copy_fraction, gemm_fraction
from traincast.cost.board import board_class
from traincast.cost.inferred import GATED, experts, head_width
from traincast.cost.parameters import parameters
from traincast.cost.shape import Array, Codes, Shape, shape
from traincast.cost.software import is_narrow, loops, needs_mask, packed, paged, software
from traincast.cost.stack import KERNELS, MODES, stack
from traincast.machine import Accelerator, Machine
from traincast.workload import Workload

SEES_BOTH_WAYS = ("bert", "vit", "dit", "encoder")
NO_FLASH = ("kepler", "maxwell", "pascal", "volta", "turing")
"""chips of NVIDIA that torch's flash attention does not take: it asks for compute capability 8.0"""
HOST_BANDWIDTH = 16e9
"""bytes/s of a PCIe 3.0 x16 link, one direction, where the device's is not known"""
THROUGH_HOST = 0.5
"""of a PCIe link between GPUs: 28 to 35 of 63 GB/s between RTX 5090 (interconnects.csv)"""
RACK_SCALE = ("nvidia-gb200", "nvidia-gb300")
RACK = 72
"""devices that NVLink joins in an NVL72 rack, whatever the number in a tray"""
MASKED_SHARE = 0.15
"""tokens that an encoder's head is asked for (Devlin et al. 2018, arXiv:1810.04805)"""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """n cases. Floats except where said; unknown answers are probabilities between 0 and 1."""

    shape: Shape
    params: Array
    """parameters, all experts"""
    b: Array
    """sequences per micro-step and replica"""
    m: Array
    """micro-steps per optimizer step"""
    lora: Array
    """share of frozen weights: 1 with LoRA"""
    adapter: Array
    """parameters of the adapters"""
    packed: Array
    """bytes of a frozen weight that is unpacked before each use; 0 where it is ready for use"""
    element: Array
    """bytes of an activation"""
    low: Array
    """8-bit layer products count 1, 4-bit ones 2, others 0"""
    flash: Array
    """probability of flash attention"""
    old_chip: Array
    """share of runs on chips that torch has no flash kernels for, so that it takes memory-efficient ones: 1 or 0"""
    masked: Array
    """1 where a window is given to torch's attention as a mask, which its flash kernels do not take"""
    compiled: Array
    """probability that element-wise work is compiled"""
    mode_told: Codes
    """whether it is told that element-wise work is compiled or not"""
    recompute: Array
    """share of layers run again in the backward pass"""
    score_recompute: Array
    """share of layers whose attention scores alone are run again"""
    fused: Array
    """probability that the optimizer is fused"""
    muon: Array
    """share of runs with Muon (or SOAP): 1 or 0"""
    loops: Array
    """share of runs whose Newton-Schulz iterations are issued matrix by matrix: 1 or 0"""
    paged: Array
    """bytes a parameter of optimizer states that have no room and cross the link to the host and back"""
    pure: Array
    """share of weights, gradients and moments that are 16 bits wide: 1 or 0"""
    narrow_state: Array
    """1 where the optimizer's moments are 8 bits wide"""
    recurrent: Array
    """1 for Transformer-XL: relative positions and a memory"""
    dropout: Array
    """probability that dropout is on"""
    headed: Array
    """share of tokens that the head sees: the masked ones alone in an encoder"""
    year: Array
    """year of the software"""
    dp: Array
    """ranks of data parallelism"""
    zero: Array
    """stage of sharding, 0 to 3"""
    tp: Array
    """ranks of tensor parallelism"""
    pp: Array
    """ranks of pipeline parallelism"""
    cp: Array
    """ranks of context parallelism"""
    ep: Array
    """ranks of expert parallelism"""
    P: Array
    """devices"""
    per_node: Array
    """devices of a node"""
    rate: Array
    """listed dense FLOP/s at the precision of the layers"""
    rate16: Array
    """the same at 16 bits (or the layers' own where wider): attention and head"""
    fraction: Array
    """measured over listed rate of large products"""
    copied: Array
    """measured over listed bandwidth, 1 for a usual board"""
    bandwidth: Array
    """listed bytes/s of memory"""
    cache: Array
    """bytes of the last-level cache"""
    units: Array
    """number of multiprocessors"""
    host: Array
    """bytes/s of the link to the host, one direction"""
    link: Array
    """bytes/s inside a node, one direction"""
    node: Array
    """bytes/s between nodes per device, one direction"""
    mode_code: Codes
    """place of the mode in MODES"""
    kernel_code: Codes
    """place of the attention kernels in KERNELS"""
    handmade: Codes
    """whether the stack keeps its mode, compiled or not"""
    mode: tuple[str, ...]
    """eager, compiled, fused, core: how the stack runs element-wise work"""
    stack: tuple[str, ...]
    framework: tuple[str, ...]
    """as told; empty where it is not"""
    kind: tuple[str, ...]
    """decoder, moe, encoder, recurrent"""
    board: tuple[str, ...]
    chip: tuple[str, ...]
    device: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.mode)


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


def shapes(workloads: Sequence[Workload]) -> Shape:
    """Shapes of `workloads`, which all have n_layer, d_model and seq_len."""

    def column(name: str, default: float) -> Array:
        return np.array([default if (x := getattr(w, name)) is None else x for w in workloads], dtype=float)

    width, heads = column("d_model", 1), np.array([w.n_head or max(1, (w.d_model or 64) // 64) for w in workloads])
    gates = np.array([2.0 if w.mlp in GATED else 1.0 for w in workloads])
    pair = np.array([experts(w) for w in workloads]).reshape(-1, 2)
    both_ways = [w.arch in SEES_BOTH_WAYS for w in workloads]
    return shape(
        L=column("n_layer", 1),
        d=width,
        V=column("vocab", 32000),
        T=column("seq_len", 1024),
        H=heads,
        kv_heads=np.array([w.n_kv_head or h for w, h in zip(workloads, heads, strict=True)]),
        head=np.array([head_width(w, h) for w, h in zip(workloads, heads, strict=True)]),
        F=np.array([w.d_ff or (8 / 3 if g > 1 else 4) * d for w, d, g in zip(workloads, width, gates, strict=True)]),
        g=gates,
        window=np.array([w.window or w.seq_len or 1024 for w in workloads]),
        causal=np.array([0.0 if both else 1.0 for both in both_ways]),
        tied=np.array([(w.mlp not in GATED) if w.tied is None else w.tied for w in workloads], dtype=float),
        E=pair[:, 0],
        k=pair[:, 1],
        biases=np.array([float(both) for both in both_ways]),
        positions=np.array([w.positions == "learned" for w in workloads], dtype=float),
        **uncommon(workloads),
    )


UNCOMMON = {
    "shared": "shared_experts", "dense": "dense_layers", "Fd": "dense_d_ff", "q_rank": "q_rank",
    "kv_rank": "kv_rank", "rope": "rope_dim", "value": "value_dim", "encoders": "encoder_layers",
    "target": "target_len",
}  # fmt: skip
"""letter -> key that few workloads have"""


def uncommon(workloads: Sequence[Workload]) -> dict[str, Any]:
    """Columns of the keys that few workloads have; where one lacks a key, what the other keys imply."""
    found: dict[str, Any] = {}
    for letter, key in UNCOMMON.items():
        told = [getattr(w, key) for w in workloads]
        if any(told):
            usual = {"value_dim": "head_dim", "target_len": "seq_len"}.get(key)
            found[letter] = np.array(
                [x or (usual and getattr(w, usual)) or 0 for x, w in zip(told, workloads, strict=True)], dtype=float
            )
    return found


def _layout(w: Workload, n: int) -> tuple[float, ...]:
    """(dp, zero, tp, pp, cp, ep): as told; ranks that are not told about are data parallel."""
    tp, pp, cp, ep = (float(x or 1) for x in (w.tp, w.pp, w.cp, w.ep))
    dp = float(w.dp or max(1.0, n / (tp * pp * cp)))
    return dp, float(w.zero or 0), tp, pp, cp, ep


def micro_steps(w: Workload, dp: float) -> float:
    """Micro-steps per optimizer step; from the global batch where they are not told."""
    if w.grad_accum:
        return float(w.grad_accum)
    if w.global_batch and w.micro_batch:
        return max(1.0, w.global_batch / (w.micro_batch * dp))
    return 1.0


def sequences(w: Workload, dp: float) -> float:
    """Sequences per micro-step and replica; from the global batch where they are not told."""
    if w.micro_batch:
        return float(w.micro_batch)
    return max(1.0, w.global_batch / (dp * (w.grad_accum or 1))) if w.global_batch else 1.0


def kind(w: Workload, many_experts: bool) -> str:
    """decoder, moe, encoder or recurrent: what of a network changes its software."""
    if many_experts:
        return "moe"
    return {"txl": "recurrent", "transformer-xl": "recurrent"}.get(
        w.arch or "", "encoder" if w.arch in SEES_BOTH_WAYS else "decoder"
    )


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


def _machine(w: Workload, machine: Machine) -> tuple[float, ...]:
    """Columns of the machine."""
    device = machine.accelerator
    precision = layer_precision(w, machine)
    wide = precision in ("fp32", "tf32", "fp64")
    rate = listed_rate(machine, precision)
    rate16 = rate if wide or precision == "fp16" else listed_rate(machine, "bf16")
    fraction = machine.gemm_fraction or measured_fraction(device, precision)
    node = machine.node_bandwidth or next(rate for year, rate in NODE_BANDWIDTH if device.year >= year)
    low = 2.0 if precision == "fp4" else float(precision in LOW)
    return (
        4.0 if wide else 2.0, low, rate, rate16, fraction, copied(device), device.memory_bandwidth or float("nan"),
        device.l2_bytes or 6e6, device.num_sm or 80.0, peer_bandwidth(device), node,
    )  # fmt: skip


def cases(workloads: Sequence[Workload], machines: Sequence[Machine]) -> Cases:
    """Columns of `workloads`, each on its machine."""
    pairs = list(zip(workloads, machines, strict=True))
    used = [stack(w.framework) for w in workloads]
    counts = [w.n_devices or machine.n_devices for w, machine in pairs]
    layouts = [_layout(w, n) for w, n in zip(workloads, counts, strict=True)]
    dp, zero, tp, pp, cp, ep = np.array(layouts, dtype=float).reshape(-1, 6).T
    used_by = np.array([software(w) for w in workloads], dtype=float).reshape(-1, 9).T
    seen: dict[tuple[int, str], tuple[float, ...]] = {}
    keys = [(id(machine), layer_precision(w, machine)) for w, machine in pairs]  # many workloads meet few machines
    for (w, machine), key in zip(pairs, keys, strict=True):
        if key not in seen:
            seen[key] = _machine(w, machine)
    columns = np.array([seen[key] for key in keys], dtype=float).reshape(-1, 11).T
    boards = {id(machine): board_class(machine.accelerator) for machine in {id(x): x for x in machines}.values()}
    s = shapes(workloads)
    given = np.array([w.params_total or np.nan for w in workloads], dtype=float)
    params = np.where(np.isnan(given), parameters(s), given)
    capacity = np.array([machine.accelerator.memory_bytes or np.inf for machine in machines])
    lora = np.array([float(bool(w.lora_rank)) for w in workloads])
    rank = np.array([float(w.lora_rank or 0) for w in workloads])
    flash, compiled, recompute, score, fused, muon, recurrent, dropout, year = used_by
    element, low, rate, rate16, fraction, streamed, bandwidth, cache, units, link, node = columns
    return Cases(
        shape=s, params=params,
        b=np.array([sequences(w, d) for w, d in zip(workloads, dp, strict=True)]),
        m=np.array([micro_steps(w, d) for w, d in zip(workloads, dp, strict=True)]),
        lora=lora, adapter=rank * s.L * (4 * s.d + 2 * s.q + 2 * s.kv),
        packed=np.array([packed(w) for w in workloads]),
        element=element, low=low, flash=flash,
        old_chip=np.array([float(machine.accelerator.arch in NO_FLASH) for machine in machines]),
        masked=np.array([float(needs_mask(w)) for w in workloads]), compiled=compiled,
        mode_told=np.array([w.compile is not None for w in workloads], dtype=np.bool_), recompute=recompute,
        score_recompute=score, fused=fused, muon=muon, loops=np.array([loops(w) for w in workloads]),
        paged=np.array([paged(*one) for one in zip(workloads, params, capacity, strict=True)]),
        pure=np.array([float(one.pure) for one in used]),
        narrow_state=np.array([float(is_narrow(w.optimizer)) for w in workloads]), recurrent=recurrent, dropout=dropout,
        headed=np.array([MASKED_SHARE if w.arch in SEES_BOTH_WAYS else 1.0 for w in workloads]), year=year,
        dp=dp, zero=zero, tp=tp, pp=pp, cp=cp, ep=ep, P=np.array(counts, dtype=float),
        per_node=np.array([link_domain(w, machine) for w, machine in pairs], dtype=float),
        rate=rate, rate16=rate16, fraction=fraction, copied=streamed, bandwidth=bandwidth, cache=cache, units=units,
        host=np.array([machine.accelerator.host_bandwidth or HOST_BANDWIDTH for machine in machines]),
        link=link, node=node, mode_code=np.array([MODES.index(one.mode) for one in used], dtype=np.intp),
        kernel_code=np.array([KERNELS.index(one.kernels) for one in used], dtype=np.intp),
        handmade=np.array([one.mode in ("fused", "core") for one in used], dtype=np.bool_),
        mode=tuple(one.mode for one in used), stack=tuple(one.name for one in used),
        framework=tuple((w.framework or "").lower() for w in workloads),
        kind=tuple(kind(w, many) for w, many in zip(workloads, s.E > 1, strict=True)),
        board=tuple(boards[id(machine)] for machine in machines),
        chip=tuple(machine.accelerator.arch for machine in machines),
        device=tuple(machine.accelerator.name for machine in machines),
    )  # fmt: skip
