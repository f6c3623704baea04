"""The prediction as a page."""

from __future__ import annotations

from traincast import units
from traincast.answers import PredictAnswer
from traincast.estimate import Estimate
from traincast.reports.page import Block, Fact, Facts, Page, Table
from traincast.reports.wording import spoken, translator


@spoken
def predict_page(answer: PredictAnswer, *, lang: str = "en", extra: tuple[Block, ...] = ()) -> Page:
    """Speed, time, memory, first iteration, and what they are made of; `extra` blocks explain further."""
    _ = translator(lang)
    return Page(
        title=_title(answer, lang),
        lead=_lead(answer, lang),
        blocks=(
            Facts(rows=tuple(_facts(answer, lang))),
            _step(answer, lang),
            _first(answer, lang),
            _total(answer, lang),
            _memory(answer, lang),
            *extra,
        ),
        lang="fr" if lang == "fr" else "en",
    )


def _title(answer: PredictAnswer, lang: str) -> str:
    """What on what."""
    _ = translator(lang)
    name = answer.workload.model or _("workload")
    if answer.parameters:
        name = _("{name} ({parameters} parameters)").format(name=name, parameters=units.count(answer.parameters))
    if not answer.machine.device:
        return name
    many = answer.machine.n_devices
    where = answer.machine.title if many == 1 else f"{many} x {answer.machine.title}"
    return _("{name} on {where}").format(name=name, where=where)


def _lead(answer: PredictAnswer, lang: str) -> str:
    """The answer in one sentence."""
    _ = translator(lang)
    if answer.step_time is None:
        return _("It does not fit.") if answer.memory.verdict == "no" else _("No time can be told.")
    step = _("{time} a step ({span})").format(time=units.duration(answer.step_time.value), span=_span(answer.step_time))
    if answer.total is None or answer.steps is None:
        return _("{step}.").format(step=step)
    return _("{total} for {steps} steps ({span}): {step}.").format(
        total=units.duration(answer.total.value), steps=units.whole(answer.steps), span=_span(answer.total), step=step
    )


def _span(estimate: Estimate) -> str:
    """3.1 s to 4.9 s, 90 %."""
    return units.interval(estimate).replace(" (", ", ").replace(")", "")


def _facts(answer: PredictAnswer, lang: str) -> list[Fact]:
    """The figures under the lead."""
    _ = translator(lang)
    rows = []
    if answer.tokens_per_step:
        rows.append(
            Fact(label=_("a step is"), value=_("{tokens} tokens").format(tokens=units.whole(answer.tokens_per_step)))
        )
    if answer.flops_per_token:
        rows.append(
            Fact(
                label=_("work"),
                value=_("{flop} FLOP/token").format(flop=units.count(answer.flops_per_token)),
                note=_("6N + 12 L d T (PaLM)"),
            )
        )
    if answer.tokens_per_second:
        rate = answer.tokens_per_second
        note = _("{low} to {high}").format(low=units.count(rate.low or 0), high=units.count(rate.high or 0))
        rows.append(Fact(label=_("tokens/s"), value=units.count(rate.value), note=note))
    elif answer.samples_per_second:
        rate = answer.samples_per_second
        note = _("{low} to {high}").format(low=units.count(rate.low or 0), high=units.count(rate.high or 0))
        rows.append(Fact(label=_("samples/s"), value=units.count(rate.value), note=note))
    if answer.mfu and answer.machine.peak_flops:
        note = _("of {peak} dense").format(peak=units.flops(answer.machine.peak_flops))
        rows.append(Fact(label=_("MFU"), value=units.percent(answer.mfu.value), note=note))
    if answer.floor_seconds:
        note = _("no step is faster at the listed peak and bandwidth")
        rows.append(Fact(label=_("floor"), value=units.duration(answer.floor_seconds), note=note))
    return rows


def _shares(title: str, what: str, parts: list[tuple[str, float]], lang: str) -> Table:
    """Parts of a time with their shares."""
    _ = translator(lang)
    whole = sum(seconds for _name, seconds in parts) or 1.0
    rows = tuple(
        (name, units.duration(seconds), units.percent(seconds / whole, 2))
        for name, seconds in parts
        if seconds > 0.0005 * whole
    )
    return Table(title=title, head=(what, _("time"), _("share")), rows=rows, align="lrr")


def part_names(lang: str) -> dict[str, str]:
    """What the parts of a step, a first iteration and a run are called."""
    _ = translator(lang)
    return {
        "matmul": _("matrix products"), "attention": _("attention"), "elementwise": _("element-wise"),
        "logits": _("logits and loss"), "gradient": _("gradients, casts"), "routing": _("expert routing"),
        "launch": _("launches, gaps"), "optimizer": _("optimizer"), "communication": _("communication"),
        "bubble": _("pipeline bubble"), "fixed": _("data, logging"), "compile": _("compile, warm-up"),
        "evaluation": _("evaluation"), "step": _("step"), "training": _("training"), "checkpoint": _("checkpoints"),
        "start-up": _("start-up"), "weights": _("weights"), "gradients": _("gradients"),
        "activations": _("activations"), "context": _("context"), "buffers": _("communication buffers"),
        "work": _("at work in a layer"), "update": _("the update"), "allocator": _("allocator"),
    }  # fmt: skip


def _step(answer: PredictAnswer, lang: str) -> Table:
    """The parts of a step."""
    _ = translator(lang)
    names = part_names(lang)
    parts = sorted(((names[p.name], p.seconds) for p in answer.parts), key=lambda part: -part[1])
    return _shares(_("A step"), _("part"), parts, lang)


def _first(answer: PredictAnswer, lang: str) -> Table:
    """The parts of the first iteration."""
    _ = translator(lang)
    if answer.first_iteration is None:
        return Table()
    names = part_names(lang)
    parts = [(names[p.name], p.seconds) for p in answer.first_iteration.parts]
    took = answer.first_iteration.seconds
    title = _("The first iteration: {time} ({span})").format(time=units.duration(took.value), span=_span(took))
    return _shares(title, _("part"), parts, lang)


def _total(answer: PredictAnswer, lang: str) -> Table:
    """The parts of the run."""
    _ = translator(lang)
    names = part_names(lang)
    return _shares(_("The run"), _("part"), [(names[p.name], p.seconds) for p in answer.total_parts], lang)


def _memory(answer: PredictAnswer, lang: str) -> Facts:
    """What one device must hold."""
    _ = translator(lang)
    memory = answer.memory
    if memory.peak_bytes is None:
        return Facts()
    verdicts = {"fits": _("fits"), "tight": _("tight"), "no": _("does not fit"), "unknown": ""}
    capacity = _("of {bytes}").format(bytes=units.memory(memory.capacity_bytes)) if memory.capacity_bytes else ""
    names = part_names(lang) | {"logits": _("logits"), "optimizer": _("optimizer")}
    note = ", ".join(x for x in (capacity, verdicts[memory.verdict]) if x)
    rows = [Fact(label=_("peak"), value=units.memory(memory.peak_bytes.value), note=note)]
    rows += [Fact(label=names[p.name], value=units.memory(p.bytes)) for p in memory.parts if p.bytes > 0]
    if memory.largest_micro_batch:
        rows.append(Fact(label=_("largest micro-batch"), value=units.number(memory.largest_micro_batch)))
    return Facts(title=_("Memory"), rows=tuple(rows))
