"""The forms a report can be written in: those that are built in, and those of plug-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import msgspec

from traincast.answers import ReportAnswer, to_json
from traincast.errors import PluginError, TraincastError, UsageError
from traincast.phrases import phrase
from traincast.plugins import Plugin, contributions

Writer = Callable[..., "str | bytes"]


class Format(msgspec.Struct, frozen=True):
    """One form: its name, the endings of its files, and `write(answer, lang=...)`, the report as text or bytes."""

    name: str
    suffixes: tuple[str, ...]
    write: Writer


def text(answer: ReportAnswer, *, lang: str) -> str:
    """As text."""
    from traincast.reports.report_page import report_page
    from traincast.reports.text import plain

    return plain(report_page(answer, lang=lang))


def markdown(answer: ReportAnswer, *, lang: str) -> str:
    """As a note."""
    from traincast.reports.markdown import markdown as note
    from traincast.reports.report_page import report_page

    return note(report_page(answer, lang=lang), date=answer.date)


def html(answer: ReportAnswer, *, lang: str) -> str:
    """As a page; with words in place of the charts where they cannot be drawn."""
    from traincast.reports.charts import can_draw, specs, svg
    from traincast.reports.html import page_html
    from traincast.reports.report_page import report_page

    drawings = {}
    if can_draw():
        drawings = {name: svg(spec, lang=lang) for name, spec in specs(answer, lang=lang).items()}
    return page_html(report_page(answer, lang=lang), drawings=drawings, date=answer.date)


def json(answer: ReportAnswer, *, lang: str) -> str:  # noqa: ARG001 (all forms are called alike)
    """As the document of `--json`."""
    return to_json(answer).decode("utf-8") + "\n"


BUILT_IN = {
    "text": Format("text", (".txt",), text),
    "markdown": Format("markdown", (".md", ".markdown"), markdown),
    "html": Format("html", (".html", ".htm"), html),
    "json": Format("json", (".json",), json),
}


@cache
def formats() -> dict[str, Format]:
    """All forms by name."""
    return {**BUILT_IN, **{one.name: one for one in contributions("reports", added)}}


def added(plugin: Plugin, thing: object) -> Iterator[Format]:
    """The form that a plug-in adds: a function, whose `suffixes` may name endings. Raises ValueError."""
    if not callable(thing):
        raise ValueError(f"a {type(thing).__name__} is no function write(answer, lang=...)")
    if plugin.name in BUILT_IN:
        raise ValueError(f"a form called {plugin.name!r} is built in already")
    suffixes = tuple(str(one).lower() for one in getattr(thing, "suffixes", ()))

    def write(answer: ReportAnswer, *, lang: str) -> str | bytes:
        try:
            written = thing(answer, lang=lang)
        except TraincastError:
            raise
        except Exception as error:
            raise PluginError(
                "the report {name!r} of {package} failed: {kind}: {reason}",
                hint="take another --format, and tell its authors",
                name=plugin.name,
                package=plugin.package,
                kind=type(error).__name__,
                reason=str(error),
            ) from error
        if not isinstance(written, str | bytes):
            raise PluginError(
                "the report {name!r} of {package} gave no text",
                hint="tell its authors",
                name=plugin.name,
                package=plugin.package,
            )
        return written

    yield Format(plugin.name, suffixes, write)


def named(name: str) -> Format:
    """The form called `name`; plug-ins are looked for where it is not built in. Raises UsageError."""
    found = BUILT_IN.get(name) or formats().get(name)
    if found is None:
        raise UsageError(
            "no {kind} is called {asked!r}",
            hint="one of {names}",
            kind=phrase("format"),
            asked=name,
            names=", ".join(formats()),
        )
    return found


def of_file(target: str | None) -> Format:
    """The form that the ending of the file `target` asks for; text where it asks for none."""
    ending = Path(target or "").suffix.lower()
    known = {} if not ending else {suffix: one for one in BUILT_IN.values() for suffix in one.suffixes}
    if not ending or ending in known:
        return known.get(ending, BUILT_IN["text"])
    return next((one for one in formats().values() if ending in one.suffixes), BUILT_IN["text"])
