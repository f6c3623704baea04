"""A live run as a page that is drawn again and again, and as one line."""

from __future__ import annotations

from datetime import datetime

from traincast import units
from traincast.answers import WatchAnswer
from traincast.findings import Finding
from traincast.reports.page import Block, Fact, Facts, Findings, Page
from traincast.reports.unit_words import unit_name, unit_names, with_article
from traincast.reports.wording import source_name, spoken, translator

FINDINGS = 6
"""findings that the panel shows, the newest"""


@spoken
def watch_page(answer: WatchAnswer, *, lang: str = "en") -> Page:
    """When it ends, what it does, how fast it is, what was found."""
    _ = translator(lang)
    blocks: list[Block] = [Facts(rows=tuple(_facts(answer, lang)))]
    if told := _told(answer):
        blocks.append(Findings(title=_("Findings"), findings=tuple(told)))
    return Page(
        title=_("Watching {source}").format(source=source_name(answer.source, lang)),
        lead=_lead(answer, lang),
        blocks=tuple(blocks),
        lang="fr" if lang == "fr" else "en",
    )


@spoken
def watch_line(answer: WatchAnswer, *, lang: str = "en") -> str:
    """`800 of 6000 steps, steady, 3.85 s each; ends 18:02 (17:51 to 18:14)`."""
    _ = translator(lang)
    parts = [_progress(answer, lang)]
    if answer.phase:
        parts.append(phase_name(answer.phase, lang))
    if answer.step_time is not None and answer.state != "over":
        parts.append(_("{time} each").format(time=units.duration(answer.step_time.value)))
    return _("{progress}; {end}").format(progress=", ".join(parts), end=_lead(answer, lang))


def phase_name(phase: str, lang: str) -> str:
    """A phase in the reader's language."""
    _ = translator(lang)
    names = {
        "start-up": _("start-up"), "compile": _("compile"), "warm-up": _("warm-up"), "steady": _("steady"),
        "evaluation": _("evaluation"), "checkpoint": _("checkpoint"), "slowdown": _("slowdown"),
        "recompile": _("recompile"), "resume": _("resume"), "quiet": _("quiet"), "over": _("over"),
    }  # fmt: skip
    return names.get(phase, phase)


def _lead(answer: WatchAnswer, lang: str) -> str:
    """When it ends, in one sentence."""
    _ = translator(lang)
    left = answer.remaining
    if answer.state == "over":
        return _("the run is over")
    if left is None:
        return _("no end can be told yet")
    if left.low is None or left.high is None or answer.finish_at is None:
        return _("{time} to go").format(time=units.duration(left.value))
    at = datetime.fromisoformat(answer.finish_at).timestamp()
    return _("{time} to go, ends {finish} ({low} to {high})").format(
        time=units.duration(left.value),
        finish=hour(at, left.value),
        low=hour(at + left.low - left.value, left.value),
        high=hour(at + left.high - left.value, left.value),
    )


def hour(at: float, ahead: float) -> str:
    """Unix seconds as local time: with seconds within ten minutes, with the date beyond 20 hours."""
    form = "%H:%M:%S" if ahead < 600 else "%H:%M" if ahead < 72000 else "%a %d %b %H:%M"
    return f"{datetime.fromtimestamp(at).astimezone():{form}}"


def _progress(answer: WatchAnswer, lang: str) -> str:
    """How far it is."""
    _ = translator(lang)
    if not answer.steps_total:
        return _("{done} {units}").format(done=units.number(answer.steps_done), units=unit_names(answer.unit, lang))
    return _("{done} of {total} {units}").format(
        done=units.number(answer.steps_done),
        total=units.number(answer.steps_total),
        units=unit_names(answer.unit, lang),
    )


def _facts(answer: WatchAnswer, lang: str) -> list[Fact]:
    """The figures under the lead."""
    _ = translator(lang)
    share = units.percent(answer.steps_done / answer.steps_total) if answer.steps_total else ""
    rows = [Fact(label=_("done"), value=_progress(answer, lang), note=share)]
    if answer.phase:
        rows.append(Fact(label=_("phase"), value=phase_name(answer.phase, lang)))
    if answer.step_time is not None:
        rows.append(
            Fact(
                label=with_article(_("a {unit}").format(unit=unit_name(answer.unit, lang))),
                value=units.duration(answer.step_time.value),
                note=units.interval(answer.step_time),
            )
        )
    if answer.prior_weight:
        rows.append(Fact(label=_("from the prediction"), value=units.percent(answer.prior_weight)))
    if answer.mfu is not None and (mfu := answer.mfu.rebased or answer.mfu.printed) is not None:
        note = (
            _("of the dense peak of {device}").format(device=answer.mfu.device)
            if answer.mfu.rebased
            else _("as printed")
        )
        rows.append(Fact(label=_("MFU"), value=units.percent(mfu), note=note))
    if (ahead := answer.next_evaluation) is not None:
        note = "" if ahead.seconds is None else _("in {time}").format(time=units.duration(ahead.seconds))
        rows.append(
            Fact(
                label=_("next evaluation"),
                value=_("{unit} {step}").format(unit=unit_name(answer.unit, lang), step=units.number(ahead.step)),
                note=note,
            )
        )
    if answer.probability_by_deadline is not None:
        rows.append(Fact(label=_("by the deadline"), value=units.percent(answer.probability_by_deadline)))
    return rows


def _told(answer: WatchAnswer) -> list[Finding]:
    """Findings that the panel has room for: warnings before the rest."""
    ranked = sorted(answer.findings, key=lambda one: one.severity == "info")
    return ranked[:FINDINGS]
