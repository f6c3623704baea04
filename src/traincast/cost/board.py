"""Classes of boards: what decides clocks, power and links beside the chip."""

from __future__ import annotations

from traincast.machine import Accelerator

WORKSTATION = ("rtx-a", "rtx-ada", "rtx-pro-blackwell", "quadro", "titan")


def board_class(device: Accelerator) -> str:
    """geforce, laptop, workstation, dc-pcie, dc-sxm, amd, apple, tpu, other."""
    vendor = device.vendor.lower()
    if vendor in ("amd", "apple"):
        return vendor
    if vendor == "google":
        return "tpu"
    if vendor != "nvidia":
        return "other"
    if device.form == "laptop" or "laptop" in device.family:
        return "laptop"
    if device.family.startswith("geforce"):
        return "geforce"
    if device.family.startswith(WORKSTATION):
        return "workstation"
    return {"sxm": "dc-sxm", "pcie": "dc-pcie"}.get(device.form, "other")
