"""Wording in the reader's language, by gettext."""

from __future__ import annotations

from collections.abc import Callable


def translator(lang: str) -> Callable[[str], str]:
    """The function that turns an English message into `lang`."""
    return str
