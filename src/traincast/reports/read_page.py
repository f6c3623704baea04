"""What one log says, as a page."""

from __future__ import annotations

from traincast import units
from traincast.answers import Phase, RunAnswer
from traincast.reports.page import Fact, Facts, Page, Table
from traincast.reports.unit_words import unit_name, unit_names, with_article
from traincast.reports.wording import figures, source_name, spoken, translator


@spoken
def read_page(run: RunAnswer, *, lang: str = "en") -> Page:
    """Speed, progress, phases."""
    _ = translator(lang)
    return Page(
        title=_("{source} ({dialect})").format(source=source_name(run.source, lang), dialect=run.dialect),
        lead=_lead(run, lang),
        blocks=(Facts(rows=tuple(_facts(run, lang))), _phases(run, lang)),
        lang="fr" if lang == "fr" else "en",
    )


def _lead(run: RunAnswer, lang: str) -> str:
    """The true speed in one sentence."""
    _ = translator(lang)
    if run.step_time is None:
        return _("The log holds no timing.")
    if any(note.code == "first-interval" for note in run.findings):
        unsteady = _("Not steady yet: a {unit} took {time} so far, start-up and all.")
        return with_article(
            unsteady.format(unit=unit_name(run.steps.unit, lang), time=units.duration(run.step_time.value))
        )
    return _("A steady {unit} takes {time}.").format(
        unit=unit_name(run.steps.unit, lang), time=units.duration(run.step_time.value)
    )


def _facts(run: RunAnswer, lang: str) -> list[Fact]:
    """The figures under the lead."""
    _ = translator(lang)
    rows = [Fact(label=_("seen"), value=_seen(run, lang))]
    if run.step_time is not None:
        rows.append(
            Fact(
                label=_("step time"),
                value=units.duration(run.step_time.value),
                note=_span(run, lang),
            )
        )
    if run.mean_step_seconds is not None:
        rows.append(Fact(label=_("with pauses"), value=units.duration(run.mean_step_seconds)))
    if run.tokens_per_second is not None:
        rows.append(Fact(label=_("tokens/s"), value=units.count(round(run.tokens_per_second.value))))
    if run.samples_per_second is not None:
        rows.append(Fact(label=_("samples/s"), value=units.digits(run.samples_per_second.value)))
    rows += _mfu(run, lang)
    if run.elapsed_seconds is not None:
        rows.append(Fact(label=_("elapsed"), value=units.duration(run.elapsed_seconds)))
    if run.starts > 1:
        rows.append(Fact(label=_("starts"), value=units.number(run.starts)))
    first, last = run.losses.get("first"), run.losses.get("last")
    if first is not None and last is not None:
        rows.append(
            Fact(
                label=_("loss"), value=_("{first} to {last}").format(first=units.digits(first), last=units.digits(last))
            )
        )
    return rows


def _seen(run: RunAnswer, lang: str) -> str:
    """Which steps the log shows, and of how many."""
    _ = translator(lang)
    text = (
        _("no step")
        if run.steps.first is None
        else _("{units} {first} to {last}").format(
            units=unit_names(run.steps.unit, lang),
            first=units.number(run.steps.first),
            last=units.number(run.steps.last),
        )
    )
    return (
        text
        if run.steps.planned is None
        else _("{steps} of {total}").format(steps=text, total=units.number(run.steps.planned))
    )


def _span(run: RunAnswer, lang: str) -> str:
    """The interval, and from where on the run is steady."""
    _ = translator(lang)
    assert run.step_time is not None
    text = units.interval(run.step_time)
    if run.steady_from_step is None:
        return text
    return _("{interval}, steady from step {step}").format(interval=text, step=units.number(run.steady_from_step))


def _mfu(run: RunAnswer, lang: str) -> list[Fact]:
    """MFU as printed, and on the peak of the device."""
    _ = translator(lang)
    if run.mfu is None:
        return []
    rows = []
    if run.mfu.printed is not None:
        peak = run.mfu.printed_peak_flops
        note = _("relative to {peak}").format(peak=units.flops(peak)) if peak else ""
        rows.append(Fact(label=_("MFU printed"), value=units.percent(run.mfu.printed), note=note))
    if run.mfu.rebased is not None and run.mfu.device is not None:
        rows.append(
            Fact(
                label=_("MFU"),
                value=units.percent(run.mfu.rebased),
                note=_("of the dense peak of {device}").format(device=run.mfu.device),
            )
        )
    return rows


def _phases(run: RunAnswer, lang: str) -> Table:
    """Phases in order, with evidence."""
    _ = translator(lang)
    return Table(
        title=_("Phases"),
        head=(_("phase"), _("steps"), _("times"), _("time"), _("evidence")),
        rows=tuple(_phase(phase, lang) for phase in run.phases[:40]),
        align="lrrrl",
    )


def _phase(phase: Phase, lang: str) -> tuple[str, ...]:
    """One row."""
    _ = translator(lang)
    names = {
        "start-up": _("start-up"), "compile": _("compile"), "warm-up": _("warm-up"), "steady": _("steady"),
        "evaluation": _("evaluation"), "checkpoint": _("checkpoint"), "pause": _("pause"), "stall": _("stall"),
        "slowdown": _("slowdown"), "recompile": _("recompile"), "resume": _("resume"),
    }  # fmt: skip
    ends = [units.number(step) for step in (phase.first_step, phase.last_step) if step is not None]
    steps = "-".join(dict.fromkeys(ends))
    return (
        names[phase.kind],
        steps,
        units.number(phase.count),
        "" if phase.seconds is None else units.duration(phase.seconds),
        evidence(phase, lang),
    )


def evidence(phase: Phase, lang: str) -> str:
    """Why a stretch is what it is called."""
    if lang == "en" or not phase.says:
        return phase.evidence
    return translator(lang)(phase.says).format_map(figures(phase.values))
