"""Groups that share a software offset: device, board, stack and their meetings."""

from __future__ import annotations

import numpy as np

from traincast.cost.cases import Cases

LEVELS = (
    "device", "board", "chip", "chip-mode", "stack", "stack-tier", "framework", "stack-board", "stack-device", "kind",
    "kind-board", "mode-board", "precision-device", "source", "source-device", "source-model",
)  # fmt: skip
AT_A_DESK = ("geforce", "laptop", "workstation", "apple")
"""classes of boards that sit in somebody's computer: small enough that software rarely leaves them idle"""
BY_MODE = ("chip-mode", "mode-board")
"""levels that hang on how element-wise work runs"""
PRIVATE = ("source", "source-device", "source-model")
"""levels that only measured rows know; a prediction meets them as unknown"""


def width(c: Cases) -> list[str]:
    """low, half or wide: the kind of arithmetic."""
    return list(np.where(c.low > 0, "low", np.where(c.element > 2, "wide", "half")).tolist())


def mode(c: Cases) -> list[str]:
    """compiled, eager or empty where it is not told; hand-made stacks keep their own."""
    told = np.where(c.compiled > 0.95, "compiled", np.where(c.compiled < 0.05, "eager", "")).tolist()
    return [own if own in ("fused", "core") else now for own, now in zip(c.mode, told, strict=True)]


def levels(c: Cases) -> dict[str, list[str]]:
    """Name of each level a case belongs to; empty where it is unknown."""
    stack = ["" if name == "unknown" else name for name in c.stack]
    arithmetic, modes = width(c), mode(c)
    # one offset for one device and for many: two would let a second device make both faster
    tier = ["desk" if board in AT_A_DESK else "rack" for board in c.board]
    return {
        "device": list(c.device),
        "board": list(c.board),
        "chip": joined(c.chip, arithmetic),
        "chip-mode": joined(c.chip, arithmetic, modes),
        "stack": joined(stack, modes),
        "stack-tier": joined(stack, modes, tier),
        "framework": list(c.framework),
        "stack-board": joined(stack, c.board),
        "stack-device": joined(stack, c.device),
        "kind": joined(c.kind, arithmetic),
        "kind-board": joined(c.kind, arithmetic, c.board),
        "mode-board": joined(modes, arithmetic, c.board),
        "precision-device": joined(arithmetic, c.device),
    }


def joined(*parts: list[str] | tuple[str, ...]) -> list[str]:
    """Names made of several; empty where one of them is."""
    return ["/".join(names) if all(names) else "" for names in zip(*parts, strict=True)]
