"""Connections between devices and between nodes."""

from __future__ import annotations

from functools import cache

from traincast.catalog.devices import number, rows
from traincast.machine import Link
from traincast.sources import Source


@cache
def links() -> dict[str, Link]:
    """All links by name."""
    return {
        row["name"]: Link(
            name=row["name"],
            kind=row["kind"],
            bandwidth=number(row["per_direction_gbs"], 1e9),
            latency_seconds=number(row["latency_us"], 1e-6),
            achieved_fraction=number(row["typical_achieved_busbw_fraction"]),
            source=Source(text=row["source"]),
        )
        for row in rows("interconnects.csv")
    }
