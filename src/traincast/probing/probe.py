"""Measure a machine piece by piece until all is sure or the budget is spent."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path

from traincast.estimate import Estimate
from traincast.findings import Finding, finding
from traincast.probing.backend import Backend
from traincast.probing.clock import Clock, Figure, measure
from traincast.probing.collective import all_reduces, bus_bytes
from traincast.probing.host import Host, host, peaks
from traincast.probing.pieces import Piece, plan
from traincast.probing.profile import Measured, Profile
from traincast.workload import Workload

LEAST_SECONDS = 0.05
"""time left below which nothing more is begun"""
Progress = Callable[[int, int, str], None]


def probe(
    backend: Backend,
    *,
    budget: float = 20.0,
    workload: Workload | None = None,
    since: float | None = None,
    clock: Clock = time.perf_counter,
    progress: Progress | None = None,
) -> Profile:
    """What this machine reaches, in `budget` seconds from `since` (now, unless a reading of `clock` is given).

    With a `workload`, its own shapes come first.
    """
    begin = clock() if since is None else since
    here = host()
    warm(backend)
    with tempfile.TemporaryDirectory(prefix="traincast-probe-") as folder:
        pieces = plan(backend, here, workload, Path(folder))
        together = [reduced(size, backend.world, found) for size, found in all_reduces(backend, budget, clock)]
        measured, skipped = run(pieces, begin + budget, clock, progress)
    return Profile(
        made_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        backend=backend.name,
        kind=backend.kind,
        device=backend.title or here.cpu,
        n_devices=backend.world,
        threads=backend.threads,
        host=here,
        peaks=promised(here, backend.threads, measured) if backend.kind == "cpu" else {},
        measured=together + measured,
        budget_seconds=budget,
        spent_seconds=clock() - begin,
        findings=notes(measured, skipped, here),
    )


def warm(backend: Backend) -> None:
    """Make a small call of each kind of pass: the first one of a process loads code, and no figure should hold that."""
    for action in (backend.layer(1, 8, 8, 1, backend.precisions[0]), backend.head(8, 8, 8, backend.precisions[0])):
        if action is not None:
            action(1)


def run(
    pieces: Sequence[Piece], end: float, clock: Clock, progress: Progress | None = None
) -> tuple[list[Measured], list[str]]:
    """Figures of the pieces that there was time for, and the kinds of those there was not.

    Each piece may take its share of what is left; what a sure one leaves over goes to those after it.
    """
    measured: list[Measured] = []
    skipped: list[str] = []
    for i, piece in enumerate(pieces):
        left = end - clock()
        share = left * piece.weight / sum(later.weight for later in pieces[i:])
        if left < LEAST_SECONDS + piece.setup or too_long(piece, measured, left):
            skipped.append(piece.kind)
            continue
        if progress:
            progress(i, len(pieces), piece.kind)
        begin = clock()
        action = piece.make()
        if action is not None:
            made = clock() - begin
            measured.append(result(piece, measure(action, budget=max(share - made, LEAST_SECONDS), clock=clock)))
    return measured, skipped


def promised(here: Host, threads: int | None, measured: Sequence[Measured]) -> dict[str, float]:
    """FLOP/s per precision that the instruction set allows, at the clock that the system names or products imply.

    A virtual machine names its base clock; a product that is faster than that clock allows shows the true one.
    """
    named = peaks(here, threads)
    rates = [(one.precision or "", one.rate.value) for one in measured if one.kind == "matmul" and one.rate]
    faster = max((rate / named[precision] for precision, rate in rates if precision in named), default=1.0)
    return {precision: peak * max(1.0, faster) for precision, peak in named.items()}


def too_long(piece: Piece, measured: Sequence[Measured], left: float) -> bool:
    """Whether one call would outlast the budget, as far as what was measured of its kind tells."""
    rates = [one.rate.value for one in measured if one.kind == piece.kind and one.rate]
    return bool(rates and piece.work and piece.work / min(rates) > left)


def reduced(size: int, world: int, figure: Figure) -> Measured:
    """An all-reduce with its bus bandwidth."""
    rate = Estimate(value=bus_bytes(size, world) / figure.seconds.value, level=figure.seconds.level, unit="byte/s")
    return Measured(kind="all-reduce", shape={"bytes": size, "processes": world}, figure=figure, rate=rate)


def result(piece: Piece, figure: Figure) -> Measured:
    """A figure with the name and the rate of its piece."""
    rate = figure.seconds.inverse(piece.work, unit=piece.unit) if piece.work and lower(figure) else None
    if rate is None and piece.work:
        rate = Estimate(value=piece.work / figure.seconds.value, level=figure.seconds.level, unit=piece.unit)
    return Measured(
        kind=piece.kind,
        shape=piece.shape,
        precision=piece.precision,
        form=piece.form,
        purpose="workload" if piece.purpose == "workload" else "machine",
        figure=figure,
        rate=rate,
    )


def lower(figure: Figure) -> bool:
    """Whether both ends of the interval are positive, so that a rate has ends too."""
    return figure.seconds.low is not None and figure.seconds.low > 0


def notes(measured: Sequence[Measured], skipped: Sequence[str], here: Host) -> list[Finding]:
    """What the reader of a profile should know."""
    found = []
    if skipped:
        kinds = ", ".join(dict.fromkeys(skipped))
        found.append(finding("probe-budget", number=str(len(skipped)), kinds=kinds))
    unsure = [one for one in measured if not one.figure.settled]
    if unsure:
        found.append(finding("probe-unsettled", number=str(len(unsure)), of=str(len(measured))))
    if here.load is not None and here.load > 0.25 * here.cores:
        found.append(finding("probe-loaded", load=f"{here.load:.1f}", cores=str(here.cores)))
    return found
