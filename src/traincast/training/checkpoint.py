"""A checkpoint that is whole or not there, whatever moment the run dies at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from traincast.errors import UnreadableError, UsageError

NAME = "checkpoint.pt"


def save(checkpoint: dict[str, Any], folder: Path) -> None:
    """Put `checkpoint` into `folder`: it takes its name, and the place of the one before, once it is on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / (NAME + ".unfinished")
    with unfinished.open("wb") as file:
        torch.save(checkpoint, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / NAME)


def load(folder: Path, shape: list[int]) -> dict[str, Any] | None:
    """The checkpoint in `folder`, `None` where there is none yet.

    Raises UnreadableError where the file is something else, UsageError where its model has another `shape`.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        found = checkpoint["shape"]
    except Exception as error:  # torch passes on whatever the unpickler met
        raise UnreadableError(
            "{path} is not a checkpoint of this trainer", hint="give another --out", path=path
        ) from error
    if found != shape:
        raise UsageError(
            "{path} holds a model of (layers, heads, width, tokens) {found}, not {shape}",
            hint="give the settings it was made with, or another --out",
            path=path,
            found=tuple(found),
            shape=tuple(shape),
        )
    return dict(checkpoint)
