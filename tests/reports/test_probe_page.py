"""A machine profile as a page: the two figures that decide, the host, every measurement."""

from __future__ import annotations

from typing import Any

import pytest

from traincast.estimate import Estimate
from traincast.probing.clock import Figure
from traincast.probing.host import Host
from traincast.probing.profile import Measured, Profile
from traincast.reports.probe_page import probe_page
from traincast.reports.text import plain


def measured(kind: str, seconds: float, rate: float | None = None, unit: str = "FLOP/s", **told: Any) -> Measured:
    """A figure with 10 % on either side."""
    return Measured(
        kind=kind,
        figure=Figure(
            seconds=Estimate(value=seconds, low=0.9 * seconds, high=1.1 * seconds, level=0.9, unit="s"),
            calls=10,
            blocks=5,
        ),
        rate=None if rate is None else Estimate(value=rate, low=None, high=None, level=0.9, unit=unit),
        **told,
    )


PRODUCT = measured("matmul", 2e-3, 1e11, shape={"m": 512, "n": 512, "k": 512}, precision="fp32", form="nn")
COPY = measured("copy", 0.01, 4e10, "byte/s", shape={"bytes": 200_000_000})
SMALL = measured("launch", 2e-6)
HOST = Host(system="Linux", cpu="Test CPU 3000", cores=2, clock_hz=2e9, memory_bytes=8 * 2.0**30)


def page(*figures: Measured, lang: str = "en", **told: Any) -> str:
    """The page of a profile as text."""
    known: dict[str, Any] = {
        "made_at": "2026-01-02T03:04:05+00:00", "backend": "torch 2", "kind": "cpu", "device": HOST.cpu, "threads": 2,
        "host": HOST, "peaks": {"fp32": 2e11}, "budget_seconds": 20, "spent_seconds": 19,
    }  # fmt: skip
    return plain(probe_page(Profile(measured=list(figures), **known | told), lang=lang))


def test_the_figures_that_decide_come_first() -> None:
    """Products and copies, then what they are compared with."""
    text = page(PRODUCT, COPY, SMALL)

    assert "Machine profile of Test CPU 3000" in text
    assert "It multiplies at 100 GFLOPS fp32 and copies at 40.0 GB/s." in text
    for piece in ("2 threads", "2.00 GHz", "8.00 GiB", "200 GFLOPS", "50.0 % of it measured", "of a budget of 20"):
        assert piece in text


def test_every_measurement_has_a_row() -> None:
    """Kind, size with its form, precision, time with its interval, rate (none where time is the answer)."""
    rows = [line.split("  ") for line in page(PRODUCT, COPY, SMALL).splitlines()]
    by_kind = {row[1].strip() if not row[0] else row[0].strip(): " ".join(row) for row in rows if len(row) > 2}

    assert any("matrix product" in kind for kind in by_kind)
    text = " ".join(by_kind.values())
    for piece in ("m 512 n 512 k 512 nn", "fp32", "2.00 ms", "1.80 ms to 2.20 ms", "one small operation", "copy"):
        assert piece in text


@pytest.mark.parametrize("figures", [(), (PRODUCT,), (COPY,)])
def test_too_little_time_is_said(figures: tuple[Measured, ...]) -> None:
    """Without a product and a copy there is no verdict."""
    assert "There was no time to measure matrix products and a copy." in page(*figures)


def test_what_is_not_known_has_no_row() -> None:
    """No clock, no memory, no threads, no peak; what a driver tells has."""
    host = Host(system="Linux", cpu="Test CPU 3000", cores=2, gpu={"driver_version": "555.1"})
    text = page(PRODUCT, COPY, host=host, threads=None, peaks={"bf16": 1e12})

    assert "GHz" not in text
    assert "threads" not in text
    assert "555.1" in text
    assert "of it measured" not in text  # no product in bf16


def test_the_page_speaks_french() -> None:
    """Title, table and units."""
    text = page(PRODUCT, COPY, lang="fr")

    assert "Machine profile" not in text
    assert "matrix product" not in text
