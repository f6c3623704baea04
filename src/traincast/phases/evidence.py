"""Why a stretch of a run is called what it is called, so that it can be said in any language."""

from __future__ import annotations

from typing import Any


def because(says: str, **values: str) -> dict[str, Any]:
    """The fields of a phase that hold its evidence: the sentence, its template and what fills it."""
    return {"evidence": says.format_map(values), "says": says, "values": values}
