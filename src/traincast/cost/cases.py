"""Workloads on machines as columns: one array a quantity, one entry a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from traincast.cost.board import board_class
from traincast.cost.offered import Offered, layer_precision, link_domain, offered
from traincast.cost.parameters import parameters
from traincast.cost.shape import Array, Codes, Shape
from traincast.cost.shapes import SEES_BOTH_WAYS, shapes
from traincast.cost.software import Software, is_narrow, loops, needs_mask, packed, paged, software
from traincast.cost.stack import KERNELS, MODES, stack
from traincast.machine import Machine
from traincast.workload import Workload

NO_FLASH = ("kepler", "maxwell", "pascal", "volta", "turing")
"""chips of NVIDIA that torch's flash attention does not take: it asks for compute capability 8.0"""
MASKED_SHARE = 0.15
"""tokens that an encoder's head is asked for (Devlin et al. 2018, arXiv:1810.04805)"""


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
    python: Codes
    """whether Python issues operators that are fused by hand, one by one"""
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


class Layout(NamedTuple):
    """Ranks of each kind of parallelism, and the stage of sharding."""

    dp: float
    """ranks of data parallelism"""
    zero: float
    """stage of sharding, 0 to 3"""
    tp: float
    """ranks of tensor parallelism"""
    pp: float
    """ranks of pipeline parallelism"""
    cp: float
    """ranks of context parallelism"""
    ep: float
    """ranks of expert parallelism"""


def layout(w: Workload, n: int) -> Layout:
    """As told; ranks of `n` devices that are not told about are data parallel."""
    tp, pp, cp, ep = (float(x or 1) for x in (w.tp, w.pp, w.cp, w.ep))
    dp = float(w.dp or max(1.0, n / (tp * pp * cp)))
    return Layout(dp=dp, zero=float(w.zero or 0), tp=tp, pp=pp, cp=cp, ep=ep)


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


def columns(fields: Sequence[str], rows: Sequence[tuple[float, ...]]) -> dict[str, Array]:
    """Rows of `fields` as columns, also where there is no row."""
    return dict(zip(fields, np.array(rows, dtype=float).reshape(-1, len(fields)).T, strict=True))


def each_offer(pairs: Sequence[tuple[Workload, Machine]]) -> list[Offered]:
    """What each machine offers its workload; many workloads meet few machines."""
    seen: dict[tuple[int, str], Offered] = {}
    found = []
    for w, machine in pairs:
        key = (id(machine), layer_precision(w, machine))
        if key not in seen:
            seen[key] = offered(w, machine)
        found.append(seen[key])
    return found


def cases(workloads: Sequence[Workload], machines: Sequence[Machine]) -> Cases:
    """Columns of `workloads`, each on its machine."""
    pairs = list(zip(workloads, machines, strict=True))
    used = [stack(w.framework) for w in workloads]
    counts = [w.n_devices or machine.n_devices for w, machine in pairs]
    ranks = columns(Layout._fields, [layout(w, n) for w, n in zip(workloads, counts, strict=True)])
    runs = columns(Software._fields, [software(w) for w in workloads])
    offers = columns(Offered._fields, each_offer(pairs))
    boards = {id(machine): board_class(machine.accelerator) for machine in {id(x): x for x in machines}.values()}
    s = shapes(workloads)
    given = np.array([w.params_total or np.nan for w in workloads], dtype=float)
    params = np.where(np.isnan(given), parameters(s), given)
    capacity = np.array([machine.accelerator.memory_bytes or np.inf for machine in machines])
    rank = np.array([float(w.lora_rank or 0) for w in workloads])
    return Cases(
        **ranks, **runs, **offers,
        shape=s, params=params,
        b=np.array([sequences(w, d) for w, d in zip(workloads, ranks["dp"], strict=True)]),
        m=np.array([micro_steps(w, d) for w, d in zip(workloads, ranks["dp"], strict=True)]),
        lora=np.array([float(bool(w.lora_rank)) for w in workloads]),
        adapter=rank * s.L * (4 * s.d + 2 * s.q + 2 * s.kv),
        packed=np.array([packed(w) for w in workloads]),
        old_chip=np.array([float(machine.accelerator.arch in NO_FLASH) for machine in machines]),
        masked=np.array([float(needs_mask(w)) for w in workloads]),
        mode_told=np.array([w.compile is not None for w in workloads], dtype=np.bool_),
        loops=np.array([loops(w) for w in workloads]),
        paged=np.array([paged(*one) for one in zip(workloads, params, capacity, strict=True)]),
        pure=np.array([float(one.pure) for one in used]),
        narrow_state=np.array([float(is_narrow(w.optimizer)) for w in workloads]),
        headed=np.array([MASKED_SHARE if w.arch in SEES_BOTH_WAYS else 1.0 for w in workloads]),
        P=np.array(counts, dtype=float),
        per_node=np.array([link_domain(w, machine) for w, machine in pairs], dtype=float),
        mode_code=np.array([MODES.index(one.mode) for one in used], dtype=np.intp),
        kernel_code=np.array([KERNELS.index(one.kernels) for one in used], dtype=np.intp),
        handmade=np.array([one.mode in ("fused", "core") for one in used], dtype=np.bool_),
        python=np.array([one.python for one in used], dtype=np.bool_),
        mode=tuple(one.mode for one in used), stack=tuple(one.name for one in used),
        framework=tuple((w.framework or "").lower() for w in workloads),
        kind=tuple(kind(w, many) for w, many in zip(workloads, s.E > 1, strict=True)),
        board=tuple(boards[id(machine)] for machine in machines),
        chip=tuple(machine.accelerator.arch for machine in machines),
        device=tuple(machine.accelerator.name for machine in machines),
    )  # fmt: skip
