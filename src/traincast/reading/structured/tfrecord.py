"""TFRecord framing: length, its checksum, data, their checksum; checksums are masked CRC-32C.

Source: https://www.tensorflow.org/tutorials/load_data/tfrecord (format), RFC 3720 (polynomial).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache

from traincast.reading.sources import Source

CHECKED = 4096
"""bytes of data up to which its checksum is verified: beyond it are graphs and pictures, which are not read"""
LARGEST = 1 << 30
"""bytes of a record; a greater length is damage"""


class Damage:
    """What was wrong with the framing."""

    def __init__(self) -> None:
        self.bad = 0
        """records whose data does not fit their checksum"""
        self.cut = False
        """the file ends in the middle of a record, or framing is lost"""
        self.records = 0


@cache
def table() -> tuple[int, ...]:
    """CRC-32C of each byte."""
    rows = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        rows.append(value)
    return tuple(rows)


def masked_crc(data: bytes) -> int:
    """The masked CRC-32C of `data`."""
    crc, rows = 0xFFFFFFFF, table()
    for byte in data:
        crc = rows[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(source: Source, damage: Damage) -> Iterator[bytes]:
    """Data of each record in order; large ones are cut to their first 4 KiB. Stops where the framing is lost."""
    buffer = b""
    chunks = source.raw_blocks()
    skip = 0
    while True:
        while len(buffer) < 12:
            chunk = next(chunks, None)
            if chunk is None:
                damage.cut = damage.cut or bool(buffer)
                return
            buffer += chunk
        length, length_crc = struct.unpack_from("<QI", buffer)
        if length > LARGEST or masked_crc(buffer[:8]) != length_crc:
            damage.cut = True
            return
        keep = min(length, CHECKED)
        total = 12 + length + 4
        while len(buffer) < min(total, 12 + keep):
            chunk = next(chunks, None)
            if chunk is None:
                damage.cut = True
                return
            buffer += chunk
        data = buffer[12 : 12 + keep]
        skip = total - len(buffer)
        while skip > 0:
            chunk = next(chunks, None)
            if chunk is None:
                damage.cut = True
                return
            buffer = chunk
            skip -= len(chunk)
            if skip <= 0:
                buffer = chunk[len(chunk) + skip :]
                total = 0
        if total:
            tail = buffer[12 + length : total]
            buffer = buffer[total:]
            if length <= CHECKED and int.from_bytes(tail, "little") != masked_crc(data):
                damage.bad += 1
                continue
        damage.records += 1
        yield data
