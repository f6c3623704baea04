"""What a device cannot do, and what was assumed of its name."""

from __future__ import annotations

from traincast.catalog.devices import accelerators
from traincast.catalog.lookup import other_variants
from traincast.errors import UnknownNameError
from traincast.findings import Finding, finding
from traincast.machine import Accelerator

WITHOUT_HARDWARE = {"fp16": "precision-emulated", "bf16": "precision-emulated", "tf32": "precision-falls-back"}
"""what frameworks do with a precision that the device lacks; any other they refuse"""
SAME = 0.06
"""variants closer than this make one answer: the GDDR6 board of an RTX 4070 has 5 % less bandwidth"""


def precision_findings(device: Accelerator, precision: str | None) -> list[Finding]:
    """Whether `device` has hardware for `precision`; the remedy names one that it has."""
    if precision is None or device.peak(precision) is not None:
        return []
    instead = next((name for name in ("bf16", "fp16", "tf32", "fp32") if device.peak(name) is not None), "fp32")
    code = WITHOUT_HARDWARE.get(precision, "precision-unsupported")
    return [finding(code, evidence=device.source.text, device=device.title, precision=precision, instead=instead)]


def name_findings(text: str, device: Accelerator) -> list[Finding]:
    """Which variant was taken where `text` may mean several that differ."""
    try:
        others = [name for name in other_variants(text) if differs(device, accelerators()[name])]
    except UnknownNameError:  # a profile of a machine, which is no name of the catalog
        return []
    if not others:
        return []
    return [finding("device-variant", asked=text.strip()[:80], device=device.name, others=", ".join(others))]


def differs(device: Accelerator, other: Accelerator) -> bool:
    """Whether memory, its bandwidth or a peak of two variants is more than SAME apart."""
    figures = [(device.memory_bytes, other.memory_bytes), (device.memory_bandwidth, other.memory_bandwidth)]
    figures += [(device.peak(precision), other.peak(precision)) for precision in ("fp32", "fp16", "bf16")]
    return any(a and b and abs(a / b - 1) > SAME for a, b in figures)
