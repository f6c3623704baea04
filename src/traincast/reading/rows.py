"""Step lines as columns of numbers: what is handed from those who convert texts to those who count steps."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

Texts = Sequence[float | None] | None
NAMES = ("clocks", "seconds", "losses", "rates", "mfus")
"""columns of a row in order, beside its counter and its plan"""


class Rows(msgspec.Struct, kw_only=True):
    """Step lines in order, columns converted. A missing column is `None`."""

    steps: list[int]
    totals: Sequence[int | None] | None = None
    clocks: Texts = None
    """seconds on some clock"""
    seconds: Texts = None
    """of one step"""
    losses: Texts = None
    rates: Texts = None
    """units of the log a second"""
    mfus: Texts = None
    """fractions"""
