"""The verdict on each figure: bounds first, then relations, then the prediction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from traincast import units
from traincast.answers import Bound, Claim
from traincast.audit.bounds import BOOST, NAMED_PEAKS, Floor, all_peaks, capacity, main_peak
from traincast.audit.causes import TIMES, Cause, of_peak, of_time, peak_confusions
from traincast.audit.claims import Figure
from traincast.audit.reasons import floor_arithmetic, needed_rate, quantity_name, span, times
from traincast.audit.stated import FIELDS, Stated
from traincast.audit.values import tolerance
from traincast.audit.words import any_of, compiled, vocabulary
from traincast.catalog.devices import accelerators
from traincast.wording import translator

Range = tuple[float, float]
LEAST = 1e-30
"""seconds that stand for none"""
SEEN = 0.10
"""relative difference up to which a figure is what the log shows"""
PAUSES = 1.5
"""times the sum of its steps that a run may take"""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one figure."""

    verdict: str
    reason: str
    bound: Bound | None = None
    cause: Cause | None = None
    checked: bool = True
    """false where a bound holds but proves nothing"""


def kind_ends(figure: Figure) -> Range:
    """The interval with what rounding and "about" allow; open ends are 0 and infinity."""
    slack = tolerance(figure)
    low = 0.0 if figure.low is None else figure.low * (1 - slack)
    high = float("inf") if figure.high is None else figure.high * (1 + slack)
    return low, high


def on_bounds(figure: Figure, known: Stated, floor: Floor | None, right: Range | None, lang: str) -> Judged | None:
    """The verdict of physics on one figure; None where no bound applies."""
    if figure.quantity == "mfu":
        return on_mfu(figure, known, floor, lang)
    if figure.quantity in ("memory", "device_memory"):
        return on_memory(figure, known, lang)
    if figure.quantity == "achieved_flops":
        return on_achieved(figure, known, lang)
    if figure.quantity == "peak_flops":
        return on_peak(figure, known, lang)
    if floor is None:
        return None
    tokens = tokens_of(figure, known)
    if tokens is None:
        return None
    return on_speed(figure, known, floor, tokens, right, lang)


def tokens_of(figure: Figure, known: Stated) -> float | None:
    """Tokens that a time is claimed for, or 1 for a rate in tokens; None where the floor says nothing of it."""
    per_step, w = known.tokens_per_step or known.tokens_per_step_least, known.workload
    if figure.quantity in ("tokens_per_second", "tokens_per_second_per_device"):
        return 1.0
    if figure.quantity in ("step_time", "steps_per_second", "first_step_time"):
        return per_step
    if figure.quantity == "micro_step_time":
        return per_step / (w.grad_accum or 1) if per_step else None
    if figure.quantity == "total_time":
        return per_step * w.steps if per_step and w.steps else w.tokens
    if figure.quantity in ("samples_per_second", "samples_per_second_per_device"):
        return float(w.seq_len) if w.seq_len else None
    return None


def on_speed(figure: Figure, known: Stated, floor: Floor, tokens: float, right: Range | None, lang: str) -> Judged:
    """A time or a rate against the least time of its tokens."""
    _ = translator(lang)
    low, high = kind_ends(figure)
    rate = not figure.quantity.endswith("_time")
    each = figure.quantity.endswith("_per_device")
    share = (known.n_devices or 1) if each else 1
    least, listed = tokens * floor.seconds_per_token * share, tokens * floor.seconds_per_token_listed * share
    if figure.quantity in ("step_time", "steps_per_second") and floor.seconds_per_step > listed:
        least = max(least, floor.seconds_per_step)
    slowest = 1 / low if rate and low else (float("inf") if rate else high)
    bound = (
        Bound(quantity=figure.quantity, at_most=1 / least, unit=figure.unit)
        if rate
        else Bound(quantity=figure.quantity, at_least=least, unit=figure.unit)
    )
    cause = of_time(figure.quantity, figure.low or 0.0, figure.high or 0.0, right, known, lang) if right else None
    if slowest >= listed:
        return Judged(verdict="consistent", reason="", bound=bound, checked=False)
    said = (figure.low or low or 1e-30, figure.high or high)
    seconds: Range = (1 / said[1], 1 / said[0]) if rate else (said[0] or LEAST, said[1] or LEAST)
    factor = (least / seconds[1], least / seconds[0])
    arithmetic = floor_arithmetic(floor, known, tokens, lang)
    if slowest >= least:
        text = _("below the floor of the listed peak, above that of the kindest: {arithmetic}").format(
            arithmetic=arithmetic
        )
        return Judged(verdict="implausible", reason=text, bound=bound, cause=cause or kindest(floor, known, lang))
    rates = (tokens / (seconds[1] * share), tokens / (seconds[0] * share))
    rates = (rates[0] * share, rates[1] * share) if not each else (rates[0] * share * share, rates[1] * share * share)
    text = _("{arithmetic}. {quantity} = {said} is {factor} faster than that; {needed}").format(
        arithmetic=arithmetic[0].upper() + arithmetic[1:],
        quantity=quantity_name(figure.quantity, lang),
        said=span(figure.quantity, figure.low, figure.high, lang),
        factor=times(max(factor[0], 1e-12), max(factor[1], 1e-12), lang),
        needed=needed_rate(known, floor, rates, lang),
    )
    return Judged(verdict="impossible", reason=text, bound=bound, cause=cause)


def kindest(floor: Floor, known: Stated, lang: str) -> Cause | None:
    """The peak that alone would allow the figure, as the likely cause."""
    device = known.device
    found = peak_confusions(device, known.workload.precision, lang) if device else iter(())
    return next(
        (
            cause
            for cause in found
            if cause.name == (floor.peak.kind + "-peak").replace("accumulate-peak", "accumulate")
        ),
        None,
    )


def on_mfu(figure: Figure, known: Stated, floor: Floor | None, lang: str) -> Judged | None:
    """A negative MFU is a placeholder; one above what the board's clock allows cannot be."""
    _ = translator(lang)
    low, _high = kind_ends(figure)
    if figure.high is not None and figure.high < 0:
        return on_sentinel(figure, lang)
    peak = floor.listed if floor else None
    allowed = max(1.0, peak.flops / min(NAMED_PEAKS.values())) if peak else 10.0  # printed against a smaller card
    most = BOOST * (known.flops_high or 1.0) / (known.flops_low or 1.0) * allowed if known.exact_shapes else BOOST * 1.6
    if low > most:
        text = _(
            "an MFU is model FLOP/s over peak; boards run at most {boost} above their listed peak, "
            "and with all that conventions and peaks differ {most} is the most that can be printed"
        ).format(boost=units.percent(BOOST - 1), most=units.percent(most))
        return Judged(verdict="impossible", reason=text, bound=Bound(quantity="mfu", at_most=most, unit="fraction"))
    return Judged(verdict="consistent", reason="", checked=False)


def on_sentinel(figure: Figure, lang: str) -> Judged:
    """-100 %: nanoGPT's running_mfu = -1.0 until five lines are logged (train.py)."""
    _ = translator(lang)
    sentence = figure.sentence
    table = vocabulary()["sentinel"]
    right = compiled(any_of(table["right"])).search(sentence)
    wrong = compiled(any_of(table["wrong"])).search(sentence)
    text = _(
        "a quotient of FLOP/s and a peak is never negative: a slow iteration brings it near 0 %, not below. "
        "{printed} is the placeholder running_mfu = -1.0 that nanoGPT prints for the first five logged iterations "
        "of every start, whatever their speed"
    ).format(printed=units.percent(figure.high or -1.0))
    if wrong and not right:
        return Judged(
            verdict="impossible",
            reason=_("wrongly explained: ") + text,
            bound=Bound(quantity="mfu", at_least=0.0, unit="fraction"),
        )
    return Judged(verdict="unverifiable", reason=text)


def on_memory(figure: Figure, known: Stated, lang: str) -> Judged | None:
    """Memory of one device against its capacity, in GB or GiB whichever is kinder."""
    _ = translator(lang)
    most = capacity(known.devices)
    if most is None:
        return None
    low, high = kind_ends(figure)
    room = most * 1.074  # GB written for GiB
    devices = known.n_devices or 1
    bound = Bound(quantity="memory", at_most=most, unit="bytes")
    if low <= room:
        if figure.quantity == "device_memory" and high < most / 1.15:
            return Judged(
                verdict="implausible", reason=_("the device has {size}").format(size=units.memory(most)), bound=bound
            )
        return Judged(verdict="consistent", reason="", bound=bound, checked=False)
    text = _("one device has {size}; claimed is {said}").format(
        size=units.memory(most), said=span("memory", figure.low, figure.high, lang)
    )
    if low <= room * devices:
        cause = Cause(
            name="total-for-one-device",
            factor=devices,
            says=_("the memory of all {count} devices taken together").format(count=devices),
        )
        return Judged(verdict="implausible", reason=text, bound=bound, cause=cause)
    bits = re.search(r"[KMGT]b\b", figure.text)
    cause8 = Cause(name="bits-for-bytes", factor=8.0, says=_("bits taken for bytes")) if bits else None
    return Judged(verdict="impossible", reason=text, bound=bound, cause=cause8)


def on_achieved(figure: Figure, known: Stated, lang: str) -> Judged | None:
    """Achieved FLOP/s of one device against its peaks."""
    _ = translator(lang)
    if not known.devices:
        return None
    peaks = [peak for device in known.devices for peak in all_peaks(device, known.workload.precision)]
    if not peaks:
        return None
    top = max(peak.flops for peak in peaks) * BOOST
    low, _high = kind_ends(figure)
    bound = Bound(quantity="achieved_flops", at_most=top, unit="FLOP/s")
    if low <= top:
        return Judged(verdict="consistent", reason="", bound=bound, checked=False)
    if low <= top * (known.n_devices or 1):
        return None  # said of all devices together
    text = _("the best peak of the device is {peak}; with {boost} of boost {most}").format(
        peak=units.flops(top / BOOST), boost=units.percent(BOOST - 1), most=units.flops(top)
    )
    return Judged(verdict="impossible", reason=text, bound=bound)


def on_peak(figure: Figure, known: Stated, lang: str) -> Judged | None:
    """A claimed peak against the catalog: the dense one, or which other figure it is."""
    _ = translator(lang)
    if not known.devices:
        return None
    low, high = kind_ends(figure)
    low, high = low * 0.97, high * 1.03
    listed = [peak for device in known.devices if (peak := main_peak(device, figure_precision(figure, known)))]
    if any(low <= peak.flops <= high for peak in listed):
        return Judged(verdict="consistent", reason=_("the dense peak of the catalog"))
    cause = of_peak((figure.low or figure.high or 0.0), known, accelerators(), lang)
    if not listed:
        return None
    text = _("the dense {precision} peak with fp32 accumulation is {peak}").format(
        precision=listed[0].precision, peak=units.flops(listed[0].flops)
    )
    return Judged(verdict="implausible", reason=text, cause=cause)


def figure_precision(figure: Figure, known: Stated) -> str | None:
    """The precision that the sentence of a peak names, else that of the run."""
    for name in ("fp8", "fp4", "tf32", "fp32", "bf16", "fp16"):
        if compiled(r"(?<!\w)" + any_of(vocabulary()["precision"][name]) + r"(?!\w)").search(figure.sentence):
            return name
    return known.workload.precision


def right_range(quantity: str, step: Range | None, known: Stated) -> Range | None:
    """The predicted interval of a quantity that follows from the step time."""
    if step is None or step[0] <= 0:
        return None
    w, tokens = known.workload, known.tokens_per_step or known.tokens_per_step_least
    if known.tokens_per_step is None and quantity in ("step_time", "steps_per_second", "total_time"):
        return None
    if quantity == "step_time":
        return step
    if quantity == "micro_step_time":
        return step[0] / (w.grad_accum or 1), step[1] / (w.grad_accum or 1)
    if quantity == "steps_per_second":
        return 1 / step[1], 1 / step[0]
    if quantity == "tokens_per_second" and tokens:
        return tokens / step[1], tokens / step[0]
    if quantity == "tokens_per_second_per_device" and tokens:
        devices = known.n_devices or 1
        return tokens / step[1] / devices, tokens / step[0] / devices
    if quantity == "samples_per_second" and tokens and w.seq_len:
        return tokens / w.seq_len / step[1], tokens / w.seq_len / step[0]
    if quantity == "total_time" and w.steps:
        return step[0] * w.steps, step[1] * w.steps * 1.3
    if quantity == "mfu" and tokens and known.flops_palm and known.device:
        peak = main_peak(known.device, w.precision)
        if peak:
            work = known.flops_palm * tokens / (peak.flops * (known.n_devices or 1))
            return work / step[1], work / step[0]
    return None


def on_prediction(figure: Figure, wide: Range | None, lang: str) -> Judged | None:
    """A figure against the predicted interval [wide] of its quantity."""
    _ = translator(lang)
    if wide is None or figure.quantity == "mfu":
        return None
    low, high = kind_ends(figure)
    text = _("predicted is {range} (99 %)").format(range=span(figure.quantity, *wide, lang))
    if high < wide[0] or low > wide[1]:
        return Judged(verdict="implausible", reason=text)
    return Judged(verdict="consistent", reason=text)


def on_log(figure: Figure, seen: Range | None, lang: str) -> Judged | None:
    """A figure against what the log of the run shows; a total may be half as long again, for its pauses."""
    _ = translator(lang)
    if seen is None or (figure.high is not None and figure.high < 0):
        return None
    low, high = kind_ends(figure)
    slack = 1 + SEEN
    most = seen[1] * slack * (PAUSES if figure.quantity == "total_time" else 1.0)
    text = _("the log shows {amount}").format(amount=span(figure.quantity, *seen, lang))
    if high * slack < seen[0] or low > most:
        return Judged(verdict="contradictory", reason=text)
    return Judged(verdict="consistent", reason=text)


def missing(figure: Figure, known: Stated, lang: str) -> list[str]:
    """What would have to be known to check a figure."""
    _ = translator(lang)
    wants: list[str] = []
    if figure.quantity in TIMES | {
        "steps_per_second",
        "tokens_per_second",
        "tokens_per_second_per_device",
        "mfu",
        "samples_per_second",
    }:
        if not known.devices:
            wants.append(_("the device"))
        if known.flops_low is None:
            wants.append(_("the model's shapes or parameters"))
        if (known.tokens_per_step or known.tokens_per_step_least) is None and figure.quantity not in (
            "tokens_per_second",
            "tokens_per_second_per_device",
        ):
            wants.append(_("the batch and sequence length"))
        if figure.quantity == "total_time" and not known.workload.steps:
            wants.append(_("the number of steps"))
    elif figure.quantity in ("memory", "achieved_flops", "peak_flops", "device_memory") and not known.devices:
        wants.append(_("the device"))
    elif figure.quantity == "cost":
        wants.append(_("the price an hour and the total time"))
    return wants


def rests_on(known: Stated) -> list[str]:
    """The facts a bound rests on."""
    facts = []
    if known.devices:
        facts.append(" / ".join(device.name for device in known.devices) + " peak")
    if known.flops_low:
        facts.append(f"{known.flops_low:.3g} FLOP/token")
    if known.tokens_per_step:
        facts.append(f"{known.tokens_per_step:.0f} tokens/step")
    facts += [f"{name}: {where}" for name, where in known.from_text.items() if name in FIELDS.values()]
    return facts


def as_claim(figure: Figure, judged: Judged, known: Stated) -> Claim:
    """The published record of a judged figure."""
    bounded = judged.bound is not None and judged.verdict in ("impossible", "implausible")
    return Claim(
        text=figure.text,
        where=figure.where,
        quantity=figure.quantity,
        low=figure.low,
        high=figure.high,
        unit=figure.unit or figure.name,
        verdict=judged.verdict,
        reason=judged.reason,
        bound=judged.bound,
        rests_on=rests_on(known) if bounded else [],
        likely_cause=f"{judged.cause.name}: {judged.cause.says}" if judged.cause else None,
    )


def worst(verdicts: Sequence[str]) -> Iterator[str]:
    """Verdicts that decide for the whole, in order of weight."""
    yield from (name for name in ("impossible", "contradictory", "implausible") if name in verdicts)
