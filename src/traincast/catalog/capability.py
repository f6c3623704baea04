"""What a device cannot do, and what was assumed of its name."""

from __future__ import annotations

from traincast.catalog.lookup import other_variants
from traincast.findings import Finding, finding
from traincast.machine import Accelerator

WITHOUT_HARDWARE = {"fp16": "precision-emulated", "bf16": "precision-emulated", "tf32": "precision-falls-back"}
"""what frameworks do with a precision that the device lacks; any other they refuse"""


def precision_findings(device: Accelerator, precision: str | None) -> list[Finding]:
    """Whether `device` has hardware for `precision`; the remedy names one that it has."""
    if precision is None or device.peak(precision) is not None:
        return []
    instead = next((name for name in ("bf16", "fp16", "tf32", "fp32") if device.peak(name) is not None), "fp32")
    code = WITHOUT_HARDWARE.get(precision, "precision-unsupported")
    return [finding(code, evidence=device.source.text, device=device.title, precision=precision, instead=instead)]


def name_findings(text: str, device: Accelerator) -> list[Finding]:
    """Which variant was taken where `text` may mean several."""
    others = other_variants(text.strip())
    if not others:
        return []
    return [finding("device-variant", asked=text.strip()[:80], device=device.name, others=", ".join(others))]
