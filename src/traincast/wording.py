"""Wording in the reader's language, by gettext; a message is known by its English text."""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable
from functools import cache, wraps
from importlib.resources import files
from typing import Any, TypeVar

from traincast import units
from traincast.phrases import Figures, Phrase

Answer = TypeVar("Answer")
LANGUAGES = ("en", "fr")


@cache
def catalogue(lang: str) -> gettext.NullTranslations:
    """The messages of `lang`; English ones are their own translation."""
    found = files("traincast").joinpath("locale", lang, "LC_MESSAGES", "traincast.mo")
    if lang == "en" or not found.is_file():
        return gettext.NullTranslations()
    return gettext.GNUTranslations(io.BytesIO(found.read_bytes()))


def translator(lang: str) -> Callable[[str], str]:
    """The function that turns an English message into `lang`."""
    return catalogue(lang).gettext


def counter(lang: str) -> Callable[[str, str, int], str]:
    """The function that picks the form for a count: (one, many, count) -> message."""
    return catalogue(lang).ngettext


def told(text: str, lang: str) -> str:
    """A Phrase or Figures in `lang`; any other text as it is."""
    if lang != "en" and isinstance(text, Figures):
        with units.speaking(lang):
            return units.localised(text)
    if lang == "en" or not isinstance(text, Phrase) or not text:
        return text
    said = translator(lang)(text.template)
    values = {name: told(one, lang) if isinstance(one, str) else one for name, one in text.values.items()}
    return said.format_map(values) if values else said


def spoken(page: Callable[..., Answer]) -> Callable[..., Answer]:
    """Decorator: numbers in the answer of `page` are written as its keyword `lang` writes them."""

    @wraps(page)
    def in_language(*arguments: Any, **options: Any) -> Answer:
        with units.speaking(options.get("lang", "en")):
            return page(*arguments, **options)

    return in_language
