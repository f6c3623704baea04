"""Where a constant was read, and how sure it is."""

from __future__ import annotations

from typing import Literal

import msgspec

Confidence = Literal["datasheet", "derived", "secondary", "measured", "assumed"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The place a figure was read."""

    text: str
    """author, year, document, DOI or URL"""
    confidence: Confidence = "secondary"
    """datasheet: printed there; derived: computed from printed figures; measured; assumed: no source"""
