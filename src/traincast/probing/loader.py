"""Data from disk: as fast as the disk gives it, and as a trainer draws its batches."""

from __future__ import annotations

import mmap
import os
import random
from pathlib import Path

from traincast.probing.clock import Action

CHUNK = 4 << 20
"""bytes of one read"""


def token_file(folder: Path, size: int) -> Path:
    """A file of `size` random bytes in `folder`, made once and flushed to the disk."""
    path = folder / f"tokens-{size}"
    if not path.exists():
        piece = random.Random(0).randbytes(1 << 20)
        with path.open("wb") as file:
            for _ in range(size >> 20):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    return path


def forget(file: int) -> None:
    """Ask the system to drop `file` from its page cache, where it can be asked."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)


def sequential(folder: Path, size: int) -> Action:
    """Read the whole file, not from the page cache where the system lets it be dropped."""
    path = token_file(folder, size)

    def action(calls: int) -> None:
        for _ in range(calls):
            with path.open("rb", buffering=0) as file:
                forget(file.fileno())
                while file.read(CHUNK):
                    pass

    return action


def batches(folder: Path, size: int, sequences: int, tokens: int) -> Action:
    """Draw a batch of windows (two bytes a token) from the file through a memory map, as nanoGPT does."""
    path = token_file(folder, size)
    length = 2 * (tokens + 1)
    with path.open("rb") as file:
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    draw = random.Random(0)
    last = max(1, size - length)

    def action(calls: int) -> None:
        for _ in range(calls):
            for _ in range(sequences):
                start = draw.randrange(last)
                view[start : start + length]

    return action
