"""The wire format of protocol buffers, as far as reading fields by number needs it.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The integer at `at` and where the next field begins; raises ValueError where it is cut."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise ValueError("cut or endless varint")


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field: integers for varints and fixed widths (as raw bits), bytes for the rest.

    Raises ValueError where the message is damaged.
    """
    at, end = 0, len(data)
    while at < end:
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ValueError("field number 0")
        if wire == VARINT:
            value, at = varint(data, at)
            yield number, value
            continue
        if wire == BYTES:
            length, at = varint(data, at)
        else:
            length = {FIXED64: 8, FIXED32: 4}.get(wire, -1)
        if length < 0 or at + length > end:
            raise ValueError("cut field")
        piece = data[at : at + length]
        at += length
        yield number, piece if wire == BYTES else int.from_bytes(piece, "little")


def double(bits: int) -> float:
    """The float64 with these bits."""
    return float(struct.unpack("<d", bits.to_bytes(8, "little"))[0])


def single(bits: int) -> float:
    """The float32 with these bits."""
    return float(struct.unpack("<f", bits.to_bytes(4, "little"))[0])


def signed(value: int) -> int:
    """A varint as int64."""
    return value - (1 << 64) if value >= 1 << 63 else value


def text(value: int | bytes) -> str:
    """A string field; an integer where a string belongs is damage and gives nothing."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
