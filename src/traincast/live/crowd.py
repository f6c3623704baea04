"""What else the machine did while a command ran: another run of it, alone or beside more, takes another time."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

STAT = Path("/proc/stat")
ACCELERATORS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg", "/dev/accel0", "/dev/dri/renderD128")
"""device files of NVIDIA, AMD, WSL, TPU and Intel drivers"""


class Crowd:
    """Measures from its making on."""

    def __init__(self, *, path: Path = STAT) -> None:
        self.path = path
        self._began = busy(path)
        self._own = own_seconds()
        self._at = time.monotonic()

    def share(self) -> float:
        """Share by which another run may be off because of others, once the command has ended; 0 where not known.

        What others used of the machine, as far as the command needed a processor at all and few were free: a program
        that waits for a device is not slowed down by them.
        """
        before, after = self._began, busy(self.path)
        passed = time.monotonic() - self._at
        if before is None or after is None or passed <= 0:
            return 0.0
        own = (own_seconds() - self._own) / passed
        all_of_it = min(1.0, (after[0] - before[0]) / (passed * after[1]))
        others = max(0.0, all_of_it - own / after[1])
        return others * min(1.0, own) * max(0.0, 2 * all_of_it - 1)


def place() -> str:
    """`accelerator` where a driver of one is loaded (Apple's always is), else `cpu`."""
    return "accelerator" if sys.platform == "darwin" or any(map(os.path.exists, ACCELERATORS)) else "cpu"


def busy(path: Path) -> tuple[float, int] | None:
    """(seconds that all processors worked since the machine started, number of processors); `None` without /proc."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        fields = [int(field) for field in lines[0].split()[1:]]
    except (OSError, ValueError, IndexError):
        return None
    user, nice, system, _, _, irq, softirq = fields[:7]
    count = sum(line.startswith("cpu") for line in lines) - 1
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK"), max(1, count)


def own_seconds() -> float:
    """Processor seconds of this process and of its children that have ended."""
    uses = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(use.ru_utime + use.ru_stime for use in uses)
