"""Groups that share a software offset: device, board, stack and their meetings."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from traincast.cost.cases import Cases
from traincast.cost.shape import Codes

LEVELS = (
    "device", "board", "chip", "chip-mode", "stack", "stack-tier", "framework", "stack-board", "stack-device", "kind",
    "kind-board", "mode-board", "precision-device", "source", "source-device", "source-model",
)  # fmt: skip
AT_A_DESK = ("geforce", "laptop", "workstation", "apple")
"""classes of boards that sit in somebody's computer: small enough that software rarely leaves them idle"""
BY_MODE = ("chip-mode", "mode-board")
"""levels that hang on how element-wise work runs"""
DATED = ("container", "nvidia-mlperf")
"""stacks whose versions are months"""
VERSION = re.compile(r"\s?[~<>=]{0,2}\b(v|cu)?\d[\w.+]*")
TORCH = re.compile(r"\s?\((py)?torch\)")
PRIVATE = ("source", "source-device", "source-model")
"""levels that only measured rows know; a prediction meets them as unknown"""


def width(c: Cases) -> list[str]:
    """low, half or wide: the kind of arithmetic."""
    return list(np.where(c.low > 0, "low", np.where(c.element > 2, "wide", "half")).tolist())


def mode(c: Cases) -> list[str]:
    """compiled, eager or empty where it is not told; hand-made stacks keep their own."""
    told = np.where(c.compiled > 0.95, "compiled", np.where(c.compiled < 0.05, "eager", "")).tolist()
    return [own if own in ("fused", "core") else now for own, now in zip(c.mode, told, strict=True)]


Names = tuple[str, str, str, str, str, str, str, str]
"""device, board, chip, stack, framework, kind, arithmetic and mode of a case: all that its levels hang on"""


def names(c: Cases) -> list[Names]:
    """What the levels of each case hang on."""
    return list(zip(c.device, c.board, c.chip, c.stack, c.framework, c.kind, width(c), mode(c), strict=True))


def distinct(c: Cases) -> tuple[list[Names], Codes]:
    """Each combination of names once, and which of them every case has: of many cases few differ."""
    place: dict[Names, int] = {}
    which = [place.setdefault(one, len(place)) for one in names(c)]
    return list(place), np.array(which, dtype=np.intp)


def levels(c: Cases) -> dict[str, list[str]]:
    """Name of each level a case belongs to; empty where it is unknown."""
    return levels_of(names(c))


def levels_of(named: Sequence[Names]) -> dict[str, list[str]]:
    """Name of each level of cases that are told by their names."""
    columns = [list(column) for column in zip(*named, strict=True)] or [[]] * 8
    device, board, chip, told, framework, kind, arithmetic, modes = columns
    stack = ["" if name == "unknown" else name for name in told]
    # one offset for one device and for many: two would let a second device make both faster
    tier = ["desk" if one in AT_A_DESK else "rack" for one in board]
    return {
        "device": device,
        "board": board,
        "chip": joined(chip, arithmetic),
        "chip-mode": joined(chip, arithmetic, modes),
        "stack": joined(stack, modes),
        "stack-tier": joined(stack, modes, tier),
        "framework": [unversioned(*one) for one in zip(framework, told, strict=True)],
        "stack-board": joined(stack, board),
        "stack-device": joined(stack, device),
        "kind": joined(kind, arithmetic),
        "kind-board": joined(kind, arithmetic, board),
        "mode-board": joined(modes, arithmetic, board),
        "precision-device": joined(arithmetic, device),
    }


def unversioned(framework: str, stack: str) -> str:
    """`framework` without versions, since the year tells its age, and without its basis, which some sources tell.

    A release by NVIDIA is named by its version.
    """
    return framework if stack in DATED else TORCH.sub("", VERSION.sub("", framework)).strip()


def joined(*parts: list[str] | tuple[str, ...]) -> list[str]:
    """Names made of several; empty where one of them is."""
    return ["/".join(names) if all(names) else "" for names in zip(*parts, strict=True)]
