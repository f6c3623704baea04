"""Networks told by counts: FLOP, values written and kept, instead of a shape.

    micro-step = 3 FLOP b / (rate of products) + passes x element x values b / bandwidth
    step       = m x micro-step + update + a share of the gradients' all-reduce

`passes` is how often a value that the forward pass writes goes through memory, forward and backward together; it and
the rate are fitted on image networks (calibrate/counted.toml, accuracy/counted.py). No overlap is taken for granted.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec

from traincast.answers import MachineAnswer, Memory, Part, PredictAnswer, SizedPart
from traincast.cost import memory as sizes
from traincast.cost.offered import NODE_BANDWIDTH, layer_precision, listed_rate, measured_fraction, peer_bandwidth
from traincast.estimate import Estimate
from traincast.findings import Finding, finding
from traincast.machine import Machine
from traincast.predict import plan
from traincast.predict.document import between, scenarios
from traincast.predict.notes import room_findings
from traincast.predict.room import OPTIMIZER_BYTES, named_bytes
from traincast.workload import Workload

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ATTENTION = ("vit", "dit", "bert", "t5", "gpt", "llama", "encoder")
UPDATE_BYTES = 24.0
"""bytes a parameter that an update reads and writes: weights, gradients, two moments in fp32"""
EXPOSED = 0.5
"""share of the gradients' all-reduce that is not hidden (assumed)"""
MEMORY_SIGMA = 0.15


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """What image networks taught."""

    date: str
    rows: int
    rate: float
    """share of the measured rate of large products"""
    passes: float
    """times that a convolutional network crosses memory, over the bytes it writes"""
    passes_attention: float
    """the same factor of networks of attention"""
    passes_tuned: float
    """share of `passes` in code tuned by hand (MLPerf): fused norms, channels last"""
    half_width: float
    """of the log of seconds at 90 %, rows of other sources, convolution"""
    half_width_attention: float
    """the same of attention, log of seconds, which fewer runs tell of; of other networks too"""


@cache
def fitted() -> Fitted:
    """The shipped fit."""
    text = files("traincast.calibrate").joinpath("counted.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Fitted)


def is_counted(w: Workload) -> bool:
    """Whether a workload tells counts and a batch."""
    return bool(w.forward_flops and (w.micro_batch or w.global_batch))


def replicas(w: Workload, machine: Machine) -> int:
    """Ranks of data parallelism."""
    return w.dp or w.n_devices or machine.n_devices


def samples(w: Workload, machine: Machine) -> float:
    """Samples of a micro-step and replica."""
    if w.micro_batch:
        return float(w.micro_batch)
    return max(1.0, (w.global_batch or 1) / (replicas(w, machine) * (w.grad_accum or 1)))


def micro_steps(w: Workload, machine: Machine) -> int:
    """Micro-steps of a step."""
    return w.grad_accum or max(1, round((w.global_batch or 0) / (samples(w, machine) * replicas(w, machine))))


def values(w: Workload) -> float:
    """Values that one sample's forward pass writes; where not told, as in ResNet-50 or ViT-B."""
    return w.forward_values or (w.forward_flops or 0.0) / (700 if w.arch in ATTENTION else 215)


def passes(w: Workload, f: Fitted) -> float:
    """How often a value goes through memory, a count."""
    if w.arch in ATTENTION:
        usual = f.passes_attention
    else:
        usual = f.passes if w.arch in ("resnet", "unet") else math.sqrt(f.passes * f.passes_attention)
    tuned = any(word in (w.framework or "").lower() for word in ("mlperf", "ngc", "nvidia", "mxnet", "dali"))
    return usual * (f.passes_tuned if tuned or w.compile else 1.0)


def half_width(w: Workload, f: Fitted) -> float:
    """Half-width of the log of seconds at 90 %."""
    return f.half_width if w.arch in ("resnet", "unet") else f.half_width_attention


def seconds(w: Workload, machine: Machine, f: Fitted) -> dict[str, float]:
    """Seconds of a step by part."""
    device = machine.accelerator
    precision = layer_precision(w, machine)
    element = 4.0 if precision in ("fp32", "tf32", "fp64") else 2.0
    fraction = machine.gemm_fraction or measured_fraction(device, precision)
    rate = f.rate * fraction * listed_rate(machine, precision)
    bandwidth = device.memory_bandwidth or math.nan
    n, b = replicas(w, machine), samples(w, machine)
    m = micro_steps(w, machine)
    parameters = w.params_total or 0.0
    link = peer_bandwidth(device)
    if n > machine.devices_per_node:
        node = machine.node_bandwidth or next(speed for year, speed in NODE_BANDWIDTH if device.year >= year)
        link = min(link, node * machine.devices_per_node)
    return {
        "matmul": m * 3 * (w.forward_flops or 0.0) * b / rate,
        "elementwise": m * passes(w, f) * element * values(w) * b / bandwidth,
        "optimizer": UPDATE_BYTES * parameters / bandwidth,
        "communication": EXPOSED * 4 * parameters * 2 * (n - 1) / n / link,
    }


def prior(w: Workload, machine: Machine) -> tuple[float, float]:
    """(mean, sigma) of the log of seconds per step."""
    f = fitted()
    return math.log(sum(seconds(w, machine, f).values())), half_width(w, f) / 1.6449


def memory_parts(w: Workload, machine: Machine) -> dict[str, float]:
    """Bytes on one device by part."""
    wide = layer_precision(w, machine) in ("fp32", "tf32", "fp64")
    n, ranks = w.params_total or 0.0, replicas(w, machine)
    stage = w.zero or 0
    kept = (w.kept_values or 0.7 * values(w)) * (4.0 if wide else 2.5) * samples(w, machine)
    parts = {
        "weights": 4.0 * n / (ranks if stage >= 3 else 1), "gradients": 4.0 * n / (ranks if stage >= 2 else 1),
        "optimizer": named_bytes(w.optimizer, OPTIMIZER_BYTES, 8.0) * n / (ranks if stage >= 1 else 1),
        "activations": kept,
    }  # fmt: skip
    if machine.accelerator.family != "cpu":
        parts["allocator"] = sizes.SLACK * sum(parts.values())
        parts["context"] = sizes.CONTEXT + sizes.COMMUNICATOR * (ranks > 1)
    return parts


def memory_answer(w: Workload, machine: Machine, level: float) -> Memory:
    """What one device must hold."""
    parts = memory_parts(w, machine)
    need, capacity = sum(parts.values()), machine.accelerator.memory_bytes
    fits = None if capacity is None else need < capacity
    verdict = "unknown" if capacity is None else "fits" if need * sizes.MARGIN < capacity else "tight" if fits else "no"
    each = parts["activations"] / samples(w, machine) * (1 + sizes.SLACK)
    spare = None if capacity is None else capacity / sizes.MARGIN - (need - parts["activations"] * (1 + sizes.SLACK))
    return Memory(
        peak_bytes=between(need, MEMORY_SIGMA * plan.gaussian_half_width(level), level, "bytes"),
        capacity_bytes=capacity, fits=fits, verdict=verdict,  # type: ignore[arg-type]
        out_of_memory_probability=None if capacity is None else overflow(need / capacity),
        largest_micro_batch=None if spare is None or each <= 0 else max(0, int(spare / each)),
        parts=[SizedPart(name=name, bytes=size) for name, size in parts.items()],
    )  # fmt: skip


def overflow(share: float) -> float:
    """Chance that a need of `share` of the capacity exceeds it."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, 1.702 * math.log(share) / MEMORY_SIGMA))))


def answer(
    w: Workload, machine: Machine, *, steps: int | None, level: float, findings: Sequence[Finding]
) -> PredictAnswer:
    """The whole answer for a network told by counts."""
    f, device = fitted(), machine.accelerator
    parts = seconds(w, machine, f)
    total_seconds, ranks = sum(parts.values()), replicas(w, machine)
    room = memory_answer(w, machine, level)
    half = half_width(w, f) * plan.gaussian_half_width(level) / plan.gaussian_half_width(0.9)
    peak = listed_rate(machine, layer_precision(w, machine))
    batch = samples(w, machine) * micro_steps(w, machine) * ranks
    work = 3 * (w.forward_flops or 0.0) * batch
    floor = work / (peak * ranks)
    runs = room.verdict != "no" and math.isfinite(total_seconds)
    step = between(max(total_seconds, floor), half, level, "s") if runs else None
    if step is not None:
        step = Estimate(value=step.value, low=max(step.low or 0.0, floor / 1.25), high=step.high, level=level)
    planned = steps or w.steps
    parts_of_run = plan.total_parts(w, planned, step.value, w.params_total or 0.0) if step and planned else []
    whole = plan.total(parts_of_run, half, level) if parts_of_run else None
    noted = [finding("counted-network", width=f"{math.exp(half_width(w, f)):.1f}", rows=str(f.rows))]
    noted += room_findings(room) if room.verdict == "no" else []
    return PredictAnswer(
        workload=w,
        machine=MachineAnswer(
            device=device.name, title=device.title, n_devices=w.n_devices or machine.n_devices, peak_flops=peak,
            memory_bandwidth=device.memory_bandwidth, memory_bytes=device.memory_bytes,
        ),
        parameters=w.params_total, flops_per_token=None, tokens_per_step=None, samples_per_step=round(batch),
        step_time=step, tokens_per_second=None,
        samples_per_second=step.inverse(batch, unit="samples/s") if step else None,
        mfu=step.inverse(work / (peak * ranks), unit="fraction") if step else None, mfu_convention="counted",
        floor_seconds=floor,
        parts=[Part(name=name, seconds=size) for name, size in parts.items() if size > 0] if step else [],
        memory=room, first_iteration=plan.first_iteration(w, step.value, half, level) if step else None, total=whole,
        total_parts=parts_of_run, scenarios=scenarios(step, whole) if step else [], steps=planned,
        findings=[*findings, *noted],
        sources=[
            f"peak, bandwidth, memory: {device.source.text}",
            f"passes through memory: {f.rows} measured runs of image networks, {f.date} (calibrate/counted.toml)",
        ],
    )  # fmt: skip
