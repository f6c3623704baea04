"""The report on a run as a page: the five questions a user asks, then the claims, the method and the sources."""

from __future__ import annotations

from traincast import units
from traincast.answers import ReportAnswer
from traincast.estimate import Estimate
from traincast.explanation import FirstSplit
from traincast.reports.page import Block, Chart, Fact, Facts, Findings, Page, Prose, Table
from traincast.reports.report_method import claims_part, method_part
from traincast.reports.report_words import cause_name, part_name, scenario_name
from traincast.reports.wording import counter, spoken, translator


@spoken
def report_page(answer: ReportAnswer, *, lang: str = "en") -> Page:
    """All parts that something is known for."""
    _ = translator(lang)
    blocks: list[Block] = [
        *first_part(answer, lang),
        *speed_part(answer, lang),
        *total_part(answer, lang),
        *mfu_part(answer, lang),
        *wait_part(answer, lang),
        *claims_part(answer, lang),
        Findings(title=_("What to know"), findings=tuple(answer.findings)),
        *method_part(answer, lang),
    ]
    return Page(title=answer.title, lead=lead(answer, lang), blocks=tuple(blocks), lang="fr" if lang == "fr" else "en")


def spread(estimate: Estimate | None, lang: str) -> str:
    """A time with its interval in words."""
    _ = translator(lang)
    if estimate is None:
        return _("unknown")
    if estimate.low is None or estimate.high is None or estimate.low == estimate.high:
        return units.duration(estimate.value)
    return _("{value} ({low} to {high} with probability {level})").format(
        value=units.duration(estimate.value),
        low=units.duration(estimate.low),
        high=units.duration(estimate.high),
        level=units.percent(estimate.level, 2),
    )


def lead(answer: ReportAnswer, lang: str) -> str:
    """Speed and end in one sentence."""
    _ = translator(lang)
    run, ahead = answer.run, answer.forecast
    if run is None or run.step_time is None:
        return _("The log tells no steady speed yet.")
    text = _("A step takes {time}.").format(time=units.duration(run.step_time.value))
    if ahead is not None and ahead.remaining is not None:
        if ahead.remaining.value == 0:
            return text + " " + _("The run is over after {steps} steps.").format(steps=units.whole(ahead.steps_done))
        text += " " + _("{time} to go.").format(time=spread(ahead.remaining, lang))
    return text


def first_part(answer: ReportAnswer, lang: str) -> list[Block]:
    """Why the first iteration was slow."""
    _ = translator(lang)
    found = answer.explanation.first if answer.explanation else None
    title = _("Why the first iteration was slow")
    if found is None:
        return [Prose(title=title, paragraphs=(_("The log does not tell the time of its first iteration."),))]
    return [
        Prose(title=title, paragraphs=tuple(first_words(found, lang))),
        first_table(found, lang),
        course_chart(answer, lang),
    ]


def first_words(found: FirstSplit, lang: str) -> list[str]:
    """What the first iteration took, and what to make of it."""
    _ = translator(lang)
    texts = []
    if found.seconds is not None and found.parts:
        step = found.parts[-1].seconds.value
        texts.append(
            _(
                "The first iteration took {time}, {factor} times a normal one. It is no measure of the run's speed."
            ).format(time=units.duration(found.seconds), factor=units.digits(found.seconds / step))
        )
        texts.append(found.parts[0].evidence[0].upper() + found.parts[0].evidence[1:] + ".")
    elif found.seconds is not None:
        texts.append(
            _("The first iteration took {time}: not slower than the rest.").format(time=units.duration(found.seconds))
        )
    else:
        texts.append(_("The log does not tell the time of its first iteration."))
    if found.start_up_seconds:
        texts.append(_("Before it, {time} went into start-up.").format(time=units.duration(found.start_up_seconds)))
    return texts


def first_table(found: FirstSplit, lang: str) -> Table:
    """The parts of the first iteration."""
    _ = translator(lang)
    rows = tuple(
        (
            part_name(part.name, lang),
            units.duration(part.seconds.value),
            units.interval(part.seconds).rsplit(" (", 1)[0],
            part.evidence if i else _("what is left of the first iteration"),
        )
        for i, part in enumerate(found.parts)
    )
    return Table(head=(_("part"), _("time"), _("between"), _("because")), rows=rows, align="lrll")


def course_chart(answer: ReportAnswer, lang: str) -> Chart:
    """Step time over steps."""
    _ = translator(lang)
    if len(answer.course) < 3 or answer.run is None or answer.run.step_time is None:
        return Chart(name="course", alt="")
    slowest = max(answer.course, key=lambda point: point.step_seconds)
    return Chart(
        name="course",
        alt=_(
            "Time of each step from step {first} to step {last}: {steady} when steady, {slowest} at most, at step {at}."
        ).format(
            first=units.whole(answer.course[0].step),
            last=units.whole(answer.course[-1].step),
            steady=units.duration(answer.run.step_time.value),
            slowest=units.duration(slowest.step_seconds),
            at=units.whole(slowest.step),
        ),
    )


def speed_part(answer: ReportAnswer, lang: str) -> list[Block]:
    """Expected speed beside the speed seen."""
    _ = translator(lang)
    run, expected = answer.run, answer.predict
    rows = []
    if run is not None and run.step_time is not None:
        rows.append(
            Fact(label=_("seen, a step"), value=units.duration(run.step_time.value), note=units.interval(run.step_time))
        )
        if run.tokens_per_second is not None:
            rows.append(Fact(label=_("seen, tokens per second"), value=units.count(run.tokens_per_second.value)))
        if run.samples_per_second is not None:
            rows.append(Fact(label=_("seen, samples per second"), value=units.count(run.samples_per_second.value)))
    if expected is not None and expected.step_time is not None:
        rows.append(
            Fact(
                label=_("predicted, a step"),
                value=units.duration(expected.step_time.value),
                note=units.interval(expected.step_time),
            )
        )
        if expected.floor_seconds:
            rows.append(
                Fact(
                    label=_("physics allows"),
                    value=units.duration(expected.floor_seconds),
                    note=_("at least, at the listed peak"),
                )
            )
    blocks: list[Block] = [Facts(title=_("Expected speed"), rows=tuple(rows))]
    if expected is None:
        blocks.append(Prose(paragraphs=(_("No prediction: workload or device is not known (--workload, --on)."),)))
    else:
        blocks += [speed_chart(answer, lang), cause_table(answer, lang)]
    return blocks


def speed_chart(answer: ReportAnswer, lang: str) -> Chart:
    """Predicted against seen."""
    _ = translator(lang)
    told = answer.explanation
    if told is None or told.seen_step is None or told.expected_step is None or told.ratio is None:
        return Chart(name="speed", alt="")
    inside = told.expected_step.contains(told.seen_step.value)
    text = (
        _("Seen {seen} a step, predicted {expected}: {ratio} of the prediction, inside its interval.")
        if inside
        else _("Seen {seen} a step, predicted {expected}: {ratio} of the prediction, outside its interval.")
    )
    return Chart(
        name="speed",
        alt=text.format(
            seen=units.duration(told.seen_step.value),
            expected=units.duration(told.expected_step.value),
            ratio=units.percent(told.ratio),
        ),
    )


def cause_table(answer: ReportAnswer, lang: str) -> Table:
    """Why it is slower than predicted, most likely first."""
    _ = translator(lang)
    causes = answer.explanation.causes if answer.explanation else []
    return Table(
        title=_("Why it is slower than predicted") if causes else "",
        head=(_("likely cause"), _("weight"), _("because")),
        rows=tuple((cause_name(one.name, lang), units.digits(one.weight, 2), one.evidence) for one in causes),
        align="lrl",
    )


def total_part(answer: ReportAnswer, lang: str) -> list[Block]:
    """Total time, its parts and slower courses."""
    _ = translator(lang)
    ahead, run, expected = answer.forecast, answer.run, answer.predict
    rows = []
    if ahead is not None:
        rows.append(
            Fact(
                label=_("done"),
                value=_("{done} of {total}").format(
                    done=units.whole(ahead.steps_done),
                    total=units.whole(ahead.steps_total) if ahead.steps_total else "?",
                ),
            )
        )
        if ahead.total is not None:
            rows.append(Fact(label=_("whole run, from the log"), value=spread(ahead.total, lang)))
        if ahead.remaining is not None and ahead.remaining.value:
            rows.append(Fact(label=_("still to go"), value=spread(ahead.remaining, lang)))
    if expected is not None and expected.total is not None:
        rows.append(Fact(label=_("whole run, predicted"), value=spread(expected.total, lang)))
    if run is not None and run.elapsed_seconds is not None:
        rows.append(Fact(label=_("elapsed"), value=units.duration(run.elapsed_seconds)))
    blocks: list[Block] = [Facts(title=_("Total time"), rows=tuple(rows)), scenarios(answer, lang)]
    if ahead is None:
        blocks.append(Prose(paragraphs=(_("The log does not say how many steps are planned: say it with --steps N."),)))
    return [*blocks, fan_chart(answer, lang), parts_chart(answer, lang)]


def scenarios(answer: ReportAnswer, lang: str) -> Table:
    """The whole run at slower step times."""
    _ = translator(lang)
    step = answer.run.step_time if answer.run else None
    steps = answer.forecast.steps_total if answer.forecast else answer.predict.steps if answer.predict else None
    rows: list[tuple[str, str, str]] = []
    if step is not None and steps:
        rows = [
            (
                scenario_name(name, lang),
                units.duration(step.value * factor),
                units.duration(step.value * factor * steps),
            )
            for name, factor in (("as-seen", 1.0), ("a-quarter-slower", 1.25), ("half-slower", 1.5), ("twice", 2.0))
        ]
    elif answer.predict is not None:
        rows = [
            (scenario_name(one.name, lang), units.duration(one.step_time), units.duration(one.total_seconds))
            for one in answer.predict.scenarios
            if one.total_seconds is not None
        ]
    return Table(
        title=_("If steps were slower"), head=(_("case"), _("a step"), _("all steps")), rows=tuple(rows), align="lrr"
    )


def fan_chart(answer: ReportAnswer, lang: str) -> Chart:
    """The forecast as it was made during the run."""
    _ = translator(lang)
    if len(answer.fan) < 2:
        return Chart(name="fan", alt="")
    first, last = answer.fan[0], answer.fan[-1]
    return Chart(
        name="fan",
        alt=_("Forecast of the whole run: {early} at step {first}, {late} at step {last}.").format(
            early=spread(first.total, lang),
            first=units.whole(first.step),
            late=spread(last.total, lang),
            last=units.whole(last.step),
        ),
    )


def parts_chart(answer: ReportAnswer, lang: str) -> Chart:
    """Where the time goes."""
    _ = translator(lang)
    parts = time_parts(answer)
    whole = sum(seconds for _name, seconds in parts)
    if len(parts) < 2 or whole <= 0:
        return Chart(name="parts", alt="")
    shares = ", ".join(f"{part_name(name, lang)} {units.percent(seconds / whole, 2)}" for name, seconds in parts)
    return Chart(name="parts", alt=_("Where the time goes: {shares}.").format(shares=shares))


def time_parts(answer: ReportAnswer) -> list[tuple[str, float]]:
    """(part, seconds) of a step by the prediction, or of the whole run by the log."""
    if answer.predict is not None and answer.predict.parts:
        return [(part.name, part.seconds) for part in answer.predict.parts if part.seconds > 0]
    if answer.run is None:
        return []
    totals: dict[str, float] = {}
    for phase in answer.run.phases:
        if phase.seconds and phase.kind != "slowdown":
            totals[phase.kind] = totals.get(phase.kind, 0.0) + phase.seconds
    return list(totals.items())


def mfu_part(answer: ReportAnswer, lang: str) -> list[Block]:
    """MFU and stability."""
    _ = translator(lang)
    run, told = answer.run, answer.explanation
    rows = []
    if run is not None and run.mfu is not None and run.mfu.printed is not None:
        note = ""
        if run.mfu.printed_peak_flops:
            note = _("of {peak}, whatever the card").format(peak=units.flops(run.mfu.printed_peak_flops))
        rows.append(Fact(label=_("MFU as printed"), value=units.percent(run.mfu.printed), note=note))
    if told is not None and told.mfu_seen is not None:
        peak = answer.predict.machine.peak_flops if answer.predict else None
        note = _("of {peak} dense").format(peak=units.flops(peak)) if peak else ""
        rows.append(Fact(label=_("MFU of the device"), value=units.percent(told.mfu_seen), note=note))
    if told is not None and told.mfu_expected is not None:
        wanted = told.mfu_expected
        note = ""
        if wanted.low is not None and wanted.high is not None:
            note = _("{low} to {high}").format(low=units.percent(wanted.low), high=units.percent(wanted.high))
        rows.append(Fact(label=_("normal for this model and device"), value=units.percent(wanted.value), note=note))
    texts = []
    if any(found.code == "mfu-sentinel" for found in answer.findings):
        texts.append(
            _(
                "-100 % is no measurement: nanoGPT prints it until five iterations are logged. It says "
                "nothing of the first iteration."
            )
        )
    texts += stability_words(answer, lang)
    return [Facts(title=_("MFU and stability"), rows=tuple(rows)), Prose(paragraphs=tuple(texts))]


def stability_words(answer: ReportAnswer, lang: str) -> list[str]:
    """From which step the run is stable, and what changed later."""
    _ = translator(lang)
    run = answer.run
    if run is None:
        return []
    texts = []
    if run.steady_from_step is not None:
        texts.append(
            _("By the data the run is stable from step {step} on.").format(step=units.whole(run.steady_from_step))
        )
    else:
        texts.append(_("The step times have not settled yet."))
    slow = [phase.first_step for phase in run.phases if phase.kind == "slowdown" and phase.first_step is not None]
    texts += [_("It slowed down at step {step}.").format(step=units.whole(step)) for step in slow[:3]]
    return texts


def wait_part(answer: ReportAnswer, lang: str) -> list[Block]:
    """How long to wait before the figures can be trusted."""
    _ = translator(lang)
    told, run = answer.explanation, answer.run
    first = told.first if told else None
    texts = []
    if first is not None and first.ignore_steps is not None and run is not None and run.step_time is not None:
        many = counter(lang)
        texts.append(
            many(
                "Ignore the first {count} step: it is not like the rest.",
                "Ignore the first {count} steps: they are not like the rest.",
                first.ignore_steps,
            ).format(count=first.ignore_steps)
            if first.ignore_steps
            else _("No step needs to be ignored.")
        )
        wait = (first.seconds or 0.0) + max(20, first.ignore_steps) * run.step_time.value
        texts.append(
            _("After about {time} (the first iteration and twenty more) throughput and forecast can be read.").format(
                time=units.duration(wait)
            )
        )
    if answer.forecast is not None and answer.forecast.ready:
        texts += [_("The forecast is sure enough to rely on.")]
    elif answer.forecast is not None:
        texts += [_("The forecast is not sure yet: wait for more steps.")]
    return [Prose(title=_("How long to wait"), paragraphs=tuple(texts))]
