"""Whether a value lies in the sane range of its key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from traincast.errors import WorkloadError
from traincast.phrases import Figures
from traincast.workloads.tables import table

LIMITS: dict[str, tuple[float, float]] = {key: (low, high) for key, (low, high) in table("keys")["range"].items()}
"""key -> least and greatest value"""


def check_ranges(values: Mapping[str, Any]) -> None:
    """Sizes are positive and sane."""
    limits = LIMITS
    for key, value in values.items():
        if value is not None and key in limits:
            low, high = limits[key]
            if not low <= value <= high:
                raise WorkloadError(
                    "{key} = {value} cannot be",
                    hint="{key} lies between {low} and {high}",
                    key=key,
                    value=shown(value),
                    low=Figures(_said(low)),
                    high=Figures(_said(high)),
                )


def _said(limit: float) -> str:
    return f"{limit:,}" if limit < 1e16 else f"{limit:g}"


def shown(value: Any) -> str:
    """`value` for a message, cut where it is long."""
    said = repr(value) if not isinstance(value, int | float) or isinstance(value, bool) else str_of(value)
    return said if len(said) <= 60 else f"{said[:57]}..."


def str_of(value: float) -> str:
    """A number as it was typed; Python refuses to print integers of thousands of digits."""
    if isinstance(value, int) and value.bit_length() > 4000:
        return f"about 2^{value.bit_length()}"
    return str(value)
