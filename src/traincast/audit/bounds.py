"""Limits that physics sets: what no run on this device can beat, under the kindest reading.

Sources: METHODS of roofline bounds, Williams, Waterman & Patterson (2009), doi:10.1145/1498765.1498785; boost above the
listed clock from measured matrix products (up to 1.21 of the listed rate on GeForce boards).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from traincast.audit.stated import Stated
from traincast.machine import Accelerator

BOOST = 1.25
"""most that a board may run above its listed peak"""
STRETCH = 1.05
"""most that memory may run above its listed bandwidth"""
OPTIMIZER_BYTES = 20.0
"""per parameter and step of AdamW: gradient and two moments read, weight and moments written, at four bytes less what
mixed precision saves"""
TRAINING = ("fp32", "tf32", "fp16", "bf16", "fp8", "fp4")
SIXTEEN = ("fp16", "bf16")
NAMED_PEAKS = {"A100": 312e12}
"""peaks that trainers divide by whatever the card: nanoGPT (model.py estimate_mfu)"""


class Peak(msgspec.Struct, frozen=True, kw_only=True):
    """One rate that a table may list for a device."""

    flops: float
    kind: str
    """`dense`, `fp16-accumulate`, `sparse`"""
    precision: str = ""


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """Least time of a token or a step, and what it rests on."""

    peak: Peak
    """the kindest that the device offers"""
    listed: Peak
    """dense, at the stated precision"""
    seconds_per_token: float
    """of arithmetic at BOOST times the kindest peak, all devices together"""
    seconds_per_token_listed: float
    """the same at BOOST times the listed dense peak"""
    seconds_per_step: float
    """of memory traffic: the optimizer's, and the weights' where they do not fit the cache; 0 where unknown"""


def listed_peaks(device: Accelerator, precision: str | None) -> list[Peak]:
    """Dense peaks a run may have been at: that of `precision`, or of every training precision of the device."""
    names = [precision] if precision in device.peaks else [name for name in TRAINING if name in device.peaks]
    return [Peak(flops=device.peaks[name], kind="dense", precision=name) for name in names if name is not None]


def all_peaks(device: Accelerator, precision: str | None) -> list[Peak]:
    """Dense peaks, and what tables quote beside them: fp16 accumulation, and two-in-four sparsity of 16-bit rates."""
    found = listed_peaks(device, precision)
    sixteen = precision is None or precision in SIXTEEN
    if sixteen and device.fp16_accumulate_flops:
        found.append(Peak(flops=device.fp16_accumulate_flops, kind="fp16-accumulate", precision="fp16"))
    for peak in list(found):
        if peak.kind == "dense" and peak.precision in SIXTEEN and sparse(device):
            found.append(Peak(flops=2 * peak.flops, kind="sparse", precision=peak.precision))
    return found


def sparse(device: Accelerator) -> bool:
    """Whether the device has two-in-four sparsity: NVIDIA since Ampere, AMD since CDNA3."""
    return device.year >= 2020 and device.vendor.upper() in ("NVIDIA", "AMD") and bool(device.peaks.get("bf16"))


def main_peak(device: Accelerator, precision: str | None) -> Peak | None:
    """The dense peak that MFU is told against: at `precision`, else 16 bits, else the best."""
    for name in (precision, "bf16", "fp16", "tf32", "fp32"):
        if name in device.peaks:
            assert name is not None
            return Peak(flops=device.peaks[name], kind="dense", precision=name)
    return None


def floor(known: Stated) -> Floor | None:
    """The floor of the stated run; `None` where device or model is unknown. Of ambiguous devices the fastest counts."""
    if not known.devices or known.flops_low is None:
        return None
    precision = known.workload.precision
    best: tuple[Peak, Peak, Accelerator] | None = None
    for device in known.devices:
        peaks, listed = all_peaks(device, precision), main_peak(device, precision)
        if peaks and listed:
            top = max(peaks, key=lambda peak: peak.flops)
            if best is None or top.flops > best[0].flops:
                best = (top, listed, device)
    if best is None:
        return None
    top, listed, device = best
    devices = known.n_devices or 1
    return Floor(
        peak=top,
        listed=listed,
        seconds_per_token=known.flops_low / (BOOST * top.flops * devices),
        seconds_per_token_listed=known.flops_low / (BOOST * listed.flops * devices),
        seconds_per_step=traffic_seconds(known, device),
    )


def traffic_seconds(known: Stated, device: Accelerator) -> float:
    """Least seconds of memory traffic in a step: optimizer states, shared out over all devices."""
    if not device.memory_bandwidth or not known.parameters or known.workload.lora_rank:
        return 0.0
    if not (known.workload.optimizer or "").startswith("adam") or "8bit" in (known.workload.optimizer or ""):
        return 0.0
    return known.parameters * OPTIMIZER_BYTES / (STRETCH * device.memory_bandwidth * (known.n_devices or 1))


def capacity(devices: Sequence[Accelerator]) -> float | None:
    """Bytes of memory of one device; the largest where the name is ambiguous."""
    sizes = [device.memory_bytes for device in devices if device.memory_bytes]
    return max(sizes) if sizes and len(sizes) == len(devices) else None
