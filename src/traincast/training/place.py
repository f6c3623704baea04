"""Where a process computes, and which of how many it is."""

from __future__ import annotations

import os
import shutil
from typing import NamedTuple

import torch

from traincast.errors import UsageError


class Place(NamedTuple):
    """One process on one device."""

    device: str
    """cpu, cuda, cuda:1, mps, xpu"""
    rank: int
    world: int

    @property
    def kind(self) -> str:
        """The device without its number."""
        return self.device.partition(":")[0]

    def wait(self) -> None:
        """Return when the device has done what it was given: until then a clock measures only the giving."""
        if self.kind != "cpu":
            getattr(torch, self.kind).synchronize()


def find_place(device: str | None = None) -> Place:
    """`device`, else the accelerator that is there, else the CPU; under torchrun, one of it per process."""
    kind = device or best_kind()
    if kind != "cpu" and not (hasattr(torch, kind) and getattr(torch, kind).is_available()):
        raise UsageError("torch sees no {kind} device here", hint="leave out --device to take what is there", kind=kind)
    if "RANK" not in os.environ:
        return Place(kind, 0, 1)
    if kind == "cuda":
        kind = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(kind)
    if not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl" if kind.startswith("cuda") else "gloo")
    return Place(kind, int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))


def best_kind() -> str:
    """cuda (ROCm too), xpu, mps or cpu: the first that is there."""
    for kind in ("cuda", "xpu", "mps"):
        if hasattr(torch, kind) and getattr(torch, kind).is_available():
            return kind
    return "cpu"


def check_compiler(place: Place) -> None:
    """Raise UsageError where torch.compile would look for a C++ compiler in vain."""
    if place.kind == "cpu" and not any(map(shutil.which, (os.environ.get("CXX", "g++"), "clang++"))):
        raise UsageError("torch.compile needs a C++ compiler on a CPU", hint="install g++, or leave out --compile")
