"""The host as the operating system shows it: cores, clock, memory, instruction set, driver and power limit."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import subprocess
import sys
import time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GPU_QUERY = "name,driver_version,power.limit,clocks.max.sm,clocks.sm,memory.total"

OLDEST = 60.0
"""seconds; a process that has just begun is not older"""


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """CPU, memory and driver; `None` is what the system does not tell."""

    system: str
    cpu: str
    vendor: str | None = None
    family: int | None = None
    flags: tuple[str, ...] = ()
    """instruction sets that matter for matrix products"""
    cores: int
    """cores this process may use"""
    virtual: bool = False
    """a virtual machine: it names the base clock of its host"""
    clock_hz: float | None = None
    """highest clock that the system names, else the present one"""
    memory_bytes: float | None = None
    last_cache_bytes: float | None = None
    load: float | None = None
    """number of processes that ran or waited during the last minute, before the probe began"""
    gpu: dict[str, str] = {}
    """name, driver, power limit, clocks, as nvidia-smi says"""


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """FLOP that one core does in a cycle with an instruction set."""

    flag: str
    vendor: str | None = None
    family: int | None = None
    flops: dict[str, float]
    source: str


@cache
def rates() -> tuple[Rate, ...]:
    """Rows of `cpu.toml`, most capable first."""
    text = files("traincast.probing").joinpath("cpu.toml").read_text(encoding="utf-8")
    return tuple(msgspec.convert(row, Rate) for row in tomllib.loads(text)["rate"])


def peaks(host: Host, cores: int | None = None) -> dict[str, float]:
    """FLOP/s per precision from instruction set, clock and `cores` (all); empty where one of them is unknown.

    The clock is the one the system names; a processor that boosts above it, or cannot hold it with wide
    instructions, reaches more or less.
    """
    if host.clock_hz is None:
        return {}
    per_cycle: dict[str, float] = {}
    for rate in rates():
        fits = rate.flag in host.flags and rate.vendor in (None, host.vendor) and rate.family in (None, host.family)
        if fits:
            per_cycle = {**rate.flops, **per_cycle}
    return {
        precision: flops * host.clock_hz * min(cores or host.cores, host.cores)
        for precision, flops in per_cycle.items()
    }


def host() -> Host:
    """This machine."""
    known = linux_cpu(read("/proc/cpuinfo")) if sys.platform == "linux" else other_cpu()
    return Host(
        system=f"{platform.system()} {platform.release()}",
        cores=usable_cores(),
        memory_bytes=memory(),
        last_cache_bytes=last_cache(Path("/sys/devices/system/cpu/cpu0/cache")),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        gpu=gpu(),
        **known,
    )


def read(path: str | Path) -> str:
    """Text of a system file; empty where it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def linux_cpu(cpuinfo: str) -> dict[str, Any]:
    """CPU, vendor, family, flags and clock from the text of /proc/cpuinfo."""
    first = {}
    for line in cpuinfo.split("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        first[key.strip()] = value.strip()
    flags = (first.get("flags") or first.get("Features") or "").split()
    highest = read("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq").strip()
    present = first.get("cpu MHz")
    family = first.get("cpu family", "")
    wanted = {rate.flag for rate in rates()}
    return {
        "cpu": first.get("model name") or platform.processor() or platform.machine(),
        "vendor": first.get("vendor_id"),
        "family": int(family) if family.isdigit() else None,
        "flags": tuple(flag for flag in dict.fromkeys(flags) if flag in wanted),
        "virtual": "hypervisor" in flags and not highest,
        "clock_hz": float(highest) * 1e3 if highest.isdigit() else float(present) * 1e6 if present else None,
    }


def other_cpu() -> dict[str, Any]:
    """CPU and flags where there is no /proc: macOS by sysctl, else what Python knows."""
    name = platform.processor() or platform.machine()
    known = ask(["sysctl", "-n", "machdep.cpu.brand_string"]).strip() if sys.platform == "darwin" else ""
    arm = platform.machine().lower() in {"arm64", "aarch64"}
    return {"cpu": known or name, "flags": ("asimd",) if arm else ()}


def usable_cores() -> int:
    """Cores that this process may use: its affinity, and a container's share where there is one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = read("/sys/fs/cgroup/cpu.max").split()
    if len(quota) == 2 and quota[0].isdigit():
        cores = min(cores, max(1, round(int(quota[0]) / int(quota[1]))))
    return cores


def memory() -> float | None:
    """Bytes of main memory."""
    with contextlib.suppress(ValueError, OSError, AttributeError):
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return None


def last_cache(folder: Path) -> float | None:
    """Bytes of the largest cache below `folder`."""
    sizes = [re.fullmatch(r"(\d+)([KM])", read(path).strip()) for path in folder.glob("index*/size")]
    found = [float(m[1]) * (1024 if m[2] == "K" else 1024**2) for m in sizes if m]
    return max(found, default=None)


def process_age() -> float:
    """Seconds since this process was started, as Linux tells; 0 elsewhere, and where it says more than a minute.

    A sandbox may show the start by another clock than its own.
    """
    fields = read("/proc/self/stat").rpartition(")")[2].split()  # the name before it may hold anything
    if len(fields) < 20 or not hasattr(time, "CLOCK_BOOTTIME"):
        return 0.0
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - started
    return age if 0 <= age < OLDEST else 0.0


def ask(command: list[str]) -> str:
    """What `command` prints; empty where it is not there, fails or takes longer than two seconds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def gpu() -> dict[str, str]:
    """The first GPU's name, driver, power limit and clocks as nvidia-smi says; empty without it."""
    lines = ask(["nvidia-smi", f"--query-gpu={GPU_QUERY}", "--format=csv,noheader"]).splitlines()
    values = [value.strip() for value in lines[0].split(",")] if lines else []
    return dict(zip(GPU_QUERY.split(","), values, strict=False))
