"""Where each figure of a prediction comes from."""

from __future__ import annotations

from traincast import units
from traincast.answers import PredictAnswer
from traincast.calibrate.model import model, priors
from traincast.cost.recipe import recipe
from traincast.reports.page import Block, Prose, Table
from traincast.reports.wording import spoken, translator


@spoken
def explanation(answer: PredictAnswer, *, lang: str = "en") -> tuple[Block, ...]:
    """Formulas with numbers, constants with sources, what calibrated them."""
    return (_formulas(answer, lang), _memory(answer, lang), _constants(lang), _scores(lang), _sources(answer, lang))


def _formulas(answer: PredictAnswer, lang: str) -> Prose:
    """The chain from shapes to seconds with its numbers."""
    _ = translator(lang)
    w = answer.workload
    lines = []
    if answer.parameters and answer.flops_per_token and w.n_layer and w.d_model:
        width, length = units.number(w.d_model), units.number(w.seq_len)
        lines.append(
            _("FLOP/token = 6 N + 12 L d T = {flop}").format(flop=units.whole(answer.flops_per_token))
            + f"  (N {units.whole(answer.parameters)}, L {w.n_layer}, d {width}, T {length})"
        )
    if answer.floor_seconds and answer.machine.peak_flops and answer.machine.memory_bandwidth:
        lines.append(
            _("floor = max(causal FLOP / {peak}, bytes / {bandwidth} GB/s) = {floor}").format(
                peak=units.flops(answer.machine.peak_flops),
                bandwidth=units.digits(answer.machine.memory_bandwidth / 1e9),
                floor=units.duration(answer.floor_seconds),
            )
        )
    if answer.step_time and answer.mfu and answer.tokens_per_step and answer.flops_per_token:
        lines.append(
            _("MFU = FLOP/token x tokens/s / (peak x devices) = {mfu}").format(mfu=units.percent(answer.mfu.value))
        )
        lines.append(
            _("step = micro-steps x (sum of parts) + optimizer + communication, times software: {time}").format(
                time=units.duration(answer.step_time.value)
            )
        )
    return Prose(title=_("Formulas"), paragraphs=tuple(lines))


def _memory(answer: PredictAnswer, lang: str) -> Prose:
    """What memory adds up to, and whose code says what is kept."""
    _ = translator(lang)
    w, bytes_of = answer.workload, {part.name: part.bytes for part in answer.memory.parts}
    lines = []
    if w.n_layer and w.micro_batch and w.seq_len and bytes_of.get("activations"):
        each = bytes_of["activations"] / (w.n_layer * w.micro_batch * w.seq_len)
        lines.append(
            _("activations = L x b x T x {each} bytes a layer and token = {all}").format(
                each=units.digits(each), all=units.memory(bytes_of["activations"])
            )
        )
    if w.vocab and w.micro_batch and w.seq_len and bytes_of.get("logits"):
        each = bytes_of["logits"] / (w.vocab * w.micro_batch * w.seq_len)
        lines.append(
            _("logits = b x T x V x {each} bytes at the peak = {all}").format(
                each=units.digits(each), all=units.memory(bytes_of["logits"])
            )
        )
    known = recipe(w.framework)
    lines.append(_("what software keeps: {name}, {source}").format(name=known.name, source=known.source))
    return Prose(title=_("Memory"), paragraphs=tuple(lines))


def _constants(lang: str) -> Table:
    """Each constant, its prior and what the runs made of it."""
    _ = translator(lang)
    fitted = model().parameters
    rows = tuple(
        (name, units.digits(prior.median), units.digits(fitted[name]), prior.unit, prior.meaning, prior.source)
        for name, prior in priors().items()
    )
    head = (_("constant"), _("prior"), _("fitted"), _("unit"), _("meaning"), _("source"))
    return Table(title=_("Constants"), head=head, rows=rows, align="lrrlll")


def _scores(lang: str) -> Table:
    """How left-out runs were predicted."""
    _ = translator(lang)
    fitted = model()
    rows = tuple(
        (name, *(f"{figures.get(key, float('nan')):.3g}" for key in ("n", "median", "p90", "coverage")))
        for name, figures in fitted.scores.items()
    )
    title = _("{rows} measured runs calibrate it ({date}); error of runs left out, %").format(
        rows=fitted.rows, date=fitted.date
    )
    return Table(title=title, head=(_("group"), "n", _("median"), "p90", _("coverage")), rows=rows, align="lrrrr")


def _sources(answer: PredictAnswer, lang: str) -> Prose:
    """Where the figures were read."""
    _ = translator(lang)
    return Prose(title=_("Sources"), paragraphs=tuple(answer.sources))
