"""Connections between devices and between nodes."""

from __future__ import annotations

import difflib
from functools import cache

from traincast.catalog.devices import number, rows
from traincast.errors import UnknownNameError
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


def interconnect(name: str) -> Link:
    """The link called `name`, with case ignored. Raises UnknownNameError."""
    found = links().get(name.strip().lower())
    if found is None:
        raise UnknownNameError(
            "link", name, difflib.get_close_matches(name.lower(), links(), 3, 0.4), listing="devices"
        )
    return found


@cache
def bus_bandwidths() -> dict[tuple[str, str], tuple[tuple[float, float], ...]]:
    """(platform, collective) -> (payload bytes, bus bandwidth in bytes/s) in order of size."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in rows("busbw_by_size.csv"):
        point = (float(row["payload_bytes"]), float(row["busbw_gbs"]) * 1e9)
        found.setdefault((row["platform"], row["collective"]), []).append(point)
    return {key: tuple(sorted(points)) for key, points in found.items()}
