"""Writers of small files in the formats that are read: each made by hand from the format's description."""

from __future__ import annotations

import io
import json
import struct
import zlib
from typing import Any

from traincast.reading.named import open_sources
from traincast.reading.sources import Source
from traincast.reading.structured import read_structured
from traincast.reading.structured.tfrecord import masked_crc
from traincast.runlog import RunLog


def source(content: bytes | str) -> Source:
    """A source that holds `content`."""
    data = content.encode() if isinstance(content, str) else content
    return open_sources("-", stdin=io.BytesIO(data))[0]


def runs(content: bytes | str) -> list[RunLog]:
    """The runs of `content`; empty where it is of no structured format."""
    return read_structured(source(content)) or []


def lines(*rows: dict[str, Any], before: str = "") -> str:
    """`rows` as JSON lines."""
    return "".join(before + json.dumps(row) + "\n" for row in rows)


def steps(log: RunLog) -> list[int]:
    """Counters of all points."""
    return [point.step for point in log.points]


def clocks(log: RunLog) -> list[float | None]:
    """Clocks of all points."""
    return [point.clock for point in log.points]


def times(log: RunLog) -> list[float | None]:
    """Printed step times of all points."""
    return [point.step_seconds for point in log.points]


def codes(log: RunLog) -> set[str]:
    """Codes of all findings."""
    return {found.code for found in log.findings}


def varint(value: int) -> bytes:
    """A protocol buffer integer."""
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: bytes | int | float) -> bytes:
    """A protocol buffer field: bytes, integer or double."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    return varint(number << 3) + varint(value)


def tfrecord(data: bytes) -> bytes:
    """`data` in TFRecord framing."""
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked_crc(length)) + data + struct.pack("<I", masked_crc(data))


def event(wall: float, step: int, **scalars: float) -> bytes:
    """A TensorBoard event with simple values."""
    summary = b"".join(
        field(1, field(1, tag.encode()) + varint(2 << 3 | 5) + struct.pack("<f", value))
        for tag, value in scalars.items()
    )
    return tfrecord(field(1, wall) + field(2, step) + field(5, summary))


def event_file(*events: bytes) -> bytes:
    """A TensorBoard event file."""
    return tfrecord(field(1, 1e9) + field(3, b"brain.Event:2")) + b"".join(events)


def wandb_file(*records: bytes) -> bytes:
    """A `.wandb` file: records in 32 KiB blocks, split where they do not fit."""
    out = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
    for record in records:
        first = True
        while True:
            left = 32768 - len(out) % 32768
            if left < 7:
                out += bytes(left)
                left = 32768
            part, record = record[: left - 7], record[left - 7 :]
            kind = (1 if first else 4) if not record else (2 if first else 3)
            out += struct.pack("<IHB", zlib.crc32(part, zlib.crc32(bytes([kind]))), len(part), kind) + part
            first = False
            if not record:
                break
    return out


def wandb_items(number: int, **values: Any) -> bytes:
    """A wandb record of kind `number` with JSON values."""
    items = b"".join(
        field(1, field(1, key.encode()) + field(16, json.dumps(value).encode())) for key, value in values.items()
    )
    return field(number, items)
