"""The machine that `--on` names: a device of the catalog, or a profile that a probe wrote."""

from __future__ import annotations

import re
from pathlib import Path

from traincast.catalog.lookup import accelerator
from traincast.catalog.lookup import machine as listed
from traincast.errors import UnknownNameError
from traincast.machine import Accelerator, Machine
from traincast.probing.host import Host, host, peaks
from traincast.probing.profile import Profile, read
from traincast.sources import Source
from traincast.stats.robust import median

CORE_BANDWIDTH = 15e9
"""bytes/s that one core copies where nothing was measured (assumed; server cores reach 10 to 40 GB/s)"""
ASSUMED_YEAR = 2022
BOOST = 1.4
"""clock of a busy server core over the base clock that a virtual machine names (assumed; all cores of an EPYC 9654 run
at 3.55 GHz over 2.4, of a Xeon 8480+ at 3.0 over 2.0)"""


def machine(on: str) -> Machine:
    """The machine of a device name, a device name with a count, the path of a profile, or `cpu`: that of this host.

    A path is what ends in .json or names a file. Raises UnreadableError, UnknownNameError, AmbiguousNameError.
    """
    if on.strip().lower() == "cpu":
        return unprobed(host())
    if on.endswith(".json") or Path(on).is_file():
        return load(on)
    return listed(on)


def load(path: str | Path) -> Machine:
    """The machine whose profile is in the file `path`. Raises UnreadableError."""
    return machine_of(read(path))


def machine_of(profile: Profile) -> Machine:
    """The machine of a profile: its rates as measured, its peaks as promised."""
    from traincast.probing.paces import paces  # NumPy, which naming a device of the catalog does not need

    device = accelerator_of(profile)
    fractions = [
        best / peak
        for precision, peak in device.peaks.items()
        if (best := profile.best_rate("matmul", precision)) is not None and peak
    ]
    return Machine(
        accelerator=device,
        n_devices=profile.n_devices,
        gemm_fraction=median(fractions) if fractions else None,
        copy_bandwidth=profile.best_rate("copy"),
        paces=paces(profile),
    )


def unprobed(here: Host, threads: int | None = None) -> Machine:
    """The CPU of a host as far as the system describes it: peak by instruction set, a usual bandwidth.

    Nothing is measured; `threads` (all cores) share the peak and the bandwidth.
    """
    cores = min(threads or here.cores, here.cores)
    return Machine(
        accelerator=Accelerator(
            name="cpu",
            title=here.cpu,
            vendor=here.vendor or "cpu",
            family="cpu",
            arch="",
            year=ASSUMED_YEAR,
            memory_bytes=here.memory_bytes,
            memory_bandwidth=CORE_BANDWIDTH * cores,
            l2_bytes=here.last_cache_bytes,
            num_sm=cores,
            boost_hz=here.clock_hz,
            peaks={
                precision: (BOOST if here.virtual else 1.0) * peak for precision, peak in peaks(here, cores).items()
            },
            source=Source(text="instruction set, clock and cores as the system names them", confidence="assumed"),
        )
    )


def accelerator_of(profile: Profile) -> Accelerator:
    """The catalog's entry where the driver's name is in it, else one made of what was measured."""
    if profile.kind != "cpu":
        try:
            return accelerator(profile.device)
        except UnknownNameError:
            pass
    measured = {one.precision: profile.best_rate("matmul", one.precision) for one in profile.of("matmul")}
    rates = {precision: rate for precision, rate in measured.items() if precision and rate}
    host = profile.host
    return Accelerator(
        name=re.sub(r"[^a-z0-9]+", "-", profile.device.lower()).strip("-") or profile.kind,
        title=profile.device,
        vendor=host.vendor or profile.kind,
        family=profile.kind,
        arch="",
        year=int(profile.made_at[:4]),
        memory_bytes=host.memory_bytes,
        memory_bandwidth=profile.best_rate("copy"),
        l2_bytes=host.last_cache_bytes,
        num_sm=profile.threads or host.cores,
        boost_hz=host.clock_hz,
        peaks={**rates, **profile.peaks},
        source=Source(text=f"traincast probe of {profile.made_at} with {profile.backend}", confidence="measured"),
    )
