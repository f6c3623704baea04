"""English that can still be said in another language: a text that knows its template and what fills it."""

from __future__ import annotations


class Phrase(str):
    """English words, filled in; `template` and `values` are what they were filled from.

    A value that is a Phrase or Figures is told in the reader's language too, any other stays as it is: the name of a
    file is nobody's word.
    """

    __slots__ = ("template", "values")

    template: str
    values: dict[str, object]


class Figures(str):
    """A number and its unit as English writes them; other languages write them in their own way."""

    __slots__ = ()


def phrase(text: str, /, **values: object) -> Phrase:
    """`text` with `values` in the places of their names; without values braces stay. The catalogues hold `text`."""
    said = Phrase(text.format_map(values) if values else text)
    said.template, said.values = text, values
    return said
