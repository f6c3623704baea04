"""A machine profile: what a probe measured, saved, loaded, and made into a machine to predict on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from traincast.errors import UnreadableError
from traincast.estimate import Estimate
from traincast.findings import Finding
from traincast.probing.clock import Figure
from traincast.probing.host import Host

SCHEMA = "traincast.probe/1"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a machine."""

    kind: str
    """matmul, copy, launch, optimizer, layer, head, attention, pointwise, disk, loader, all-reduce"""
    shape: dict[str, int] = {}
    precision: str | None = None
    form: str = ""
    """of a matrix product: nn, nt, tn"""
    purpose: Literal["machine", "workload"] = "machine"
    figure: Figure
    rate: Estimate | None = None
    """FLOP/s, byte/s (a copy counts read and write) or sample/s; `None` where the time is the answer"""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """`traincast probe`: what this machine really reaches."""

    schema: str = SCHEMA
    made_at: str
    """ISO 8601"""
    backend: str
    kind: str
    """cpu, cuda, xpu, mps"""
    device: str
    """what the driver, or for a CPU the system, calls it"""
    n_devices: int = 1
    threads: int | None = None
    host: Host
    peaks: dict[str, float] = {}
    """FLOP/s per precision that a CPU's instruction set allows at its clock; of other devices the catalog knows them"""
    measured: list[Measured] = []
    budget_seconds: float
    spent_seconds: float
    findings: list[Finding] = []

    def of(self, kind: str, precision: str | None = None) -> list[Measured]:
        """Figures of one kind, of one precision where it is given."""
        return [one for one in self.measured if one.kind == kind and precision in (None, one.precision)]

    def best_rate(self, kind: str, precision: str | None = None) -> float | None:
        """The highest rate of a kind; `None` where there is none."""
        return max((one.rate.value for one in self.of(kind, precision) if one.rate), default=None)


def save(profile: Profile, path: Path) -> None:
    """Write `profile` as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(profile), indent=1) + b"\n")


def read(path: str | Path) -> Profile:
    """The profile in the file `path`. Raises UnreadableError."""
    try:
        return msgspec.json.decode(Path(path).read_bytes(), type=Profile)
    except OSError as error:
        raise UnreadableError(
            "cannot read {path}: {reason}", hint="make one: traincast probe -o FILE", path=path, reason=error.strerror
        ) from error
    except msgspec.MsgspecError as error:
        raise UnreadableError(
            "{path} is not a machine profile: {reason}",
            hint="make one: traincast probe -o FILE",
            path=path,
            reason=str(error),
        ) from error
