"""Pages of `traincast dialects`: the list, one dialect, and how a dialect file fares on a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from traincast import units
from traincast.reading.dialect import Dialect, Layer, Meaning, markers
from traincast.reading.structured import formats
from traincast.reports.page import Block, Fact, Facts, Page, Prose, Table
from traincast.reports.unit_words import unit_name
from traincast.reports.wording import spoken, translator
from traincast.runlog import RunLog

Lang = Literal["en", "fr"]


@spoken
def dialects_page(dialects: Sequence[Dialect], *, lang: Lang = "en") -> Page:
    """All log formats that are known."""
    _ = translator(lang)
    text = tuple((one.name, one.title, unit_name(one.unit, lang), times(one, lang)) for one in dialects)
    return Page(
        title=_("Dialects"),
        lead=_("{text} text formats and {structured} structured ones.").format(
            text=len(text), structured=len(formats())
        ),
        blocks=(
            Table(title=_("Text"), head=(_("name"), _("written by"), _("counts"), _("tells")), rows=text, align="llll"),
            Prose(title=_("Structured"), paragraphs=(", ".join(formats()),)),
        ),
        lang=lang,
    )


def times(dialect: Dialect, lang: str) -> str:
    """What the step lines of a dialect tell about time, in words."""
    _ = translator(lang)
    kinds = {meaning.is_ for layer in dialect.layers for meaning in layer.meaning.values()}
    kinds |= {"clock"} if any("(?P<clock>" in layer.step for layer in dialect.layers) else set()
    words = {
        "step-time": _("time per step"), "interval-time": _("time of the interval"), "step-rate": _("steps a second"),
        "elapsed": _("elapsed time"), "clock": _("clock"), "countdown": _("countdown"), "rate": _("rate"),
    }  # fmt: skip
    return ", ".join(word for kind, word in words.items() if kind in kinds) or _("no time")


@spoken
def dialect_page(dialect: Dialect, *, lang: Lang = "en") -> Page:
    """All that is known of one dialect."""
    _ = translator(lang)
    blocks: list[Block] = [
        layer_facts(layer, _("Step line") if not i else _("Or else"), lang) for i, layer in enumerate(dialect.layers)
    ]
    around = [(_("header"), one.marker, one.pattern) for one in dialect.header]
    around += [(event_name(one.kind, lang), one.marker, one.pattern) for one in dialect.event]
    if around:
        blocks.append(
            Table(title=_("Other lines"), head=(_("kind"), _("marker"), _("pattern")), rows=tuple(around), align="lll")
        )
    blocks.append(
        Prose(title=_("Sample"), paragraphs=tuple(line for line in dialect.sample[0].text.strip().split("\n")))
    )
    if dialect.source:
        blocks.append(Facts(rows=(Fact(label=_("source"), value=dialect.source),)))
    return Page(title=dialect.title, lead=dialect.about, blocks=tuple(blocks), lang=lang)


def event_name(kind: str | None, lang: str) -> str:
    """What a line tells of besides steps."""
    _ = translator(lang)
    names = {
        "start": _("start"), "resume": _("resume"), "evaluation": _("evaluation"), "checkpoint": _("checkpoint"),
        "compile": _("compile"), "epoch": _("epoch"), "end": _("end"), "error": _("error"), None: _("fact"),
    }  # fmt: skip
    return names.get(kind, str(kind))


def layer_facts(layer: Layer, title: str, lang: str) -> Facts:
    """One shape of step line as facts."""
    _ = translator(lang)
    rows = [
        Fact(label=_("marker"), value=" | ".join(markers(layer))),
        Fact(label=_("pattern"), value=layer.step),
        Fact(
            label=_("counts"), value=unit_name(layer.unit, lang), note=_("from {first}").format(first=layer.counts_from)
        ),
    ]
    rows += [Fact(label=name, value=in_words(meaning)) for name, meaning in layer.meaning.items()]
    return Facts(title=title, rows=tuple(rows))


def in_words(meaning: Meaning) -> str:
    """A meaning in one line."""
    parts = [meaning.is_, meaning.unit and f"in {meaning.unit}", meaning.per == "device" and "of one device"]
    parts += [meaning.last_index and "last index", meaning.field]
    return ", ".join(str(part) for part in parts if part)


@spoken
def check_page(path: str, logs: Sequence[RunLog], failures: Sequence[str], *, lang: Lang = "en") -> Page:
    """How a dialect file fares on a log."""
    _ = translator(lang)
    rows = []
    for log in logs:
        first, last = (log.points[0], log.points[-1]) if log.points else (None, None)
        rows.append(
            (
                units.count(len(log.points)),
                "-" if first is None else f"{first.step}",
                "-" if last is None else f"{last.step}",
                "-" if log.facts.steps_planned is None else f"{log.facts.steps_planned}",
                "-" if last is None or last.step_seconds is None else units.duration(last.step_seconds),
                log.clock_kind,
                f"{log.unread_lines}",
            )
        )
    head = (_("points"), _("first"), _("last"), _("plan"), _("step time"), _("clock"), _("unread"))
    blocks: list[Block] = [Table(title=_("Runs"), head=head, rows=tuple(rows), align="rrrrrlr")]
    if failures:
        blocks.append(Prose(title=_("Samples that are read otherwise than they say"), paragraphs=tuple(failures)))
    lead = _("All samples are read as they say.") if not failures else _("{n} samples fail.").format(n=len(failures))
    return Page(title=path, lead=lead, blocks=tuple(blocks), lang=lang)
