"""Accelerators of the catalog, and those that plug-ins add, as records."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files

from traincast.machine import Accelerator
from traincast.plugins import Plugin, contributions, texts
from traincast.sources import Source

PEAKS = {
    "fp64": "fp64_tflops",
    "fp32": "fp32_tflops",
    "tf32": "tf32_tflops",
    "fp16": "fp16_tflops_fp32acc",
    "bf16": "bf16_tflops",
    "fp8": "fp8_tflops",
    "fp4": "fp4_tflops",
    "int8": "int8_tops",
}
"""precision -> column, all dense; fp16 and bf16 with fp32 accumulation, as frameworks run them"""


NEEDED = ("name", "vendor", "family", "arch", "year", "source")
"""columns that a row of a plug-in must fill"""


def rows(table: str) -> list[dict[str, str]]:
    """Rows of a table of this folder."""
    text = files("traincast.catalog").joinpath(table).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def number(cell: str, scale: float = 1.0) -> float | None:
    """The number in a cell in SI units; None where the cell is empty."""
    return float(cell) * scale if cell else None


@cache
def accelerators() -> dict[str, Accelerator]:
    """All accelerators by name: those of the catalog, then those of plug-ins."""
    return {**catalogued(), **{device.name: device for device in contributions("devices", added)}}


@cache
def catalogued() -> dict[str, Accelerator]:
    """The accelerators of the catalog itself."""
    return {row["name"]: from_row(row) for row in rows("accelerators.csv")}


def added(_: Plugin, thing: object) -> Iterator[Accelerator]:
    """The devices of a plug-in: records, or CSV files with columns of accelerators.csv. Raises ValueError."""
    if isinstance(thing, Accelerator):
        thing = [thing]
    if isinstance(thing, list | tuple) and all(isinstance(one, Accelerator) for one in thing):
        devices: Iterable[Accelerator] = thing
    else:
        devices = [device for where, text in texts(thing, ".csv") for device in from_table(where, text)]
    for device in devices:
        if device.name in catalogued():
            raise ValueError(f"the device {device.name!r} is in the catalog already")
        yield device


def from_table(where: str, text: str) -> Iterator[Accelerator]:
    """The devices in a table of a plug-in; columns that it leaves out are unknown."""
    known = list(rows("accelerators.csv")[0])
    for number_of_row, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        strange = [str(column) for column in row if column not in known]
        if strange:
            raise ValueError(f"{where}: no column is called {', '.join(strange)}")
        empty = [column for column in NEEDED if not row.get(column)]
        if empty:
            raise ValueError(f"{where}, row {number_of_row}: {', '.join(empty)} must be told")
        blank = {**dict.fromkeys(known, ""), "confidence": "secondary"}
        yield from_row({**blank, **{column: cell for column, cell in row.items() if cell}})


def from_row(row: dict[str, str]) -> Accelerator:
    """One row of accelerators.csv in SI units."""
    aliases = tuple(alias for alias in row["aliases"].split(";") if alias)
    count = number(row["sm_or_cu_count"])
    return Accelerator(
        name=row["name"],
        title=aliases[0] if aliases else row["name"],
        vendor=row["vendor"],
        family=row["family"],
        arch=row["arch"],
        year=int(row["year"]),
        memory_bytes=number(row["memory_gb"], 2**30),  # makers write GB for GiB of DRAM
        memory_bandwidth=number(row["mem_bw_gbs"], 1e9),
        l2_bytes=number(row["l2_mb"], 2**20),
        num_sm=None if count is None else int(count),
        boost_hz=number(row["boost_mhz"], 1e6),
        peaks={precision: float(row[column]) * 1e12 for precision, column in PEAKS.items() if row[column]},
        fp16_accumulate_flops=number(row["fp16_tflops_fp16acc"], 1e12),
        power_watts=number(row["tdp_w"]),
        link=row["intra_node_link"] or None,
        link_bandwidth=number(row["intra_node_gbs_per_direction"], 1e9),
        host_bandwidth=number(row["host_link_gbs"], 1e9),
        form=row["form"],
        aliases=aliases,
        source=Source(text=row["source"], confidence=row["confidence"]),  # type: ignore[arg-type]
        notes=row["memory_type"],
    )
