"""Acme's flight recorder: 8 bytes of magic, then a counter (uint32) and a Unix time (float64) for each step."""

from __future__ import annotations

import struct

from traincast.reading.sources import Source
from traincast.runlog import Point, RunLog

TITLE = "Acme's flight recorder"
MAGIC = b"ACMEBOX1"
RECORD = struct.Struct("<Id")


def sniff(head: bytes, name: str) -> float:
    """How sure it is that a source with this head and name is a recording: 0 is not at all."""
    if head.startswith(MAGIC):
        return 0.99
    return 0.5 if name.endswith(".acmebox") else 0.0


def read(source: Source) -> list[RunLog]:
    """The run that was recorded; a torn record at the end is left out."""
    body = source.content()[len(MAGIC) :]
    whole = len(body) - len(body) % RECORD.size
    points = [Point(step=step, clock=clock) for step, clock in RECORD.iter_unpack(body[:whole])]
    return [RunLog(points=points, lines=len(points), clock_kind="wall")]
