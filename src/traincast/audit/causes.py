"""Likely causes of a wrong figure: the known confusions whose factor makes it right."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

import msgspec

from traincast import units
from traincast.audit.stated import Stated
from traincast.machine import Accelerator
from traincast.wording import translator

Range = tuple[float, float]
NEAR = 0.10
"""relative distance within which a factor fits"""
FARTHEST = math.log(2.0)
"""log distance from the middle of a range of ratios beyond which a factor explains nothing"""
WIDEST = 3.0
"""high over low of a range of ratios that still tells one confusion from another"""
TIMES = frozenset({"step_time", "micro_step_time", "total_time", "remaining_time"})
WHOLE_RUN = frozenset({"total_time", "remaining_time"})
RATES = frozenset({"tokens_per_second", "samples_per_second", "steps_per_second", "tokens_per_second_per_device"})


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One confusion."""

    name: str
    factor: float
    """a time must be multiplied by it, a rate divided, to become right"""
    says: str
    concerns: frozenset[str] = frozenset()
    """quantities that people confuse so; empty for any"""

    def touches(self, names: frozenset[str]) -> bool:
        """Whether one of `names` can be confused so."""
        return not self.concerns or bool(self.concerns & names)


def confusions(known: Stated, lang: str) -> Iterator[Cause]:
    """What commonly turns a right time into a wrong one for this run, the most specific first."""
    _ = translator(lang)
    w = known.workload
    if (w.grad_accum or 1) > 1:
        yield Cause(
            name="micro-step-for-step",
            factor=float(w.grad_accum or 1),
            says=_("the time of one micro-step taken for that of a step of {count} micro-steps").format(
                count=w.grad_accum
            ),
        )
    if (w.micro_batch or 1) > 1 and w.micro_batch != w.grad_accum:
        yield Cause(
            name="sequence-for-batch",
            factor=float(w.micro_batch or 1),
            says=_("the time of one sequence taken for that of a micro-batch of {count}").format(count=w.micro_batch),
        )
    if (known.n_devices or 1) > 1:
        yield Cause(
            name="total-for-one-device",
            factor=float(known.n_devices or 1),
            says=_("the speed of all {count} devices taken for that of one, or the other way").format(
                count=known.n_devices
            ),
        )
    yield Cause(name="ms-for-s", factor=1000.0, says=_("milliseconds taken for seconds"))
    yield Cause(name="minutes-for-seconds", factor=60.0, says=_("seconds taken for minutes"), concerns=WHOLE_RUN)
    yield Cause(name="bits-for-bytes", factor=8.0, says=_("bits taken for bytes"))
    device = known.device
    if device is not None:
        yield from peak_confusions(device, w.precision, lang)


def peak_confusions(device: Accelerator, precision: str | None, lang: str) -> Iterator[Cause]:
    """Peaks that tables quote for `device` in place of the dense one with fp32 accumulation."""
    _ = translator(lang)
    dense = next((device.peaks[name] for name in (precision, "bf16", "fp16", "fp32") if name in device.peaks), None)
    if dense is None:
        return
    accumulate = device.fp16_accumulate_flops
    if accumulate and accumulate > 1.1 * dense:
        yield Cause(
            name="fp16-accumulate",
            factor=accumulate / dense,
            says=_("the peak with fp16 accumulation ({peak}), which frameworks do not use").format(
                peak=units.flops(accumulate)
            ),
        )
    yield Cause(
        name="sparse-peak",
        factor=2.0,
        says=_("the peak with two-in-four sparsity ({peak}), twice the dense one").format(peak=units.flops(2 * dense)),
    )
    if accumulate and accumulate > 1.1 * dense:
        yield Cause(
            name="sparse-fp16-accumulate",
            factor=2 * accumulate / dense,
            says=_("the sparse peak with fp16 accumulation ({peak})").format(peak=units.flops(2 * accumulate)),
        )
    for name in ("fp8", "fp4", "int8", "fp32", "tf32"):
        other = device.peaks.get(name)
        if other and abs(other / dense - 1) > NEAR and name != precision:
            yield Cause(
                name=f"{name}-peak",
                factor=other / dense,
                says=_("the {precision} peak ({peak}) taken for that of 16 bits").format(
                    precision=name, peak=units.flops(other)
                ),
            )


def fits(factor: float, low: float, high: float) -> bool:
    """Whether `factor` lies in [low, high], give or take NEAR."""
    return low * (1 - NEAR) <= factor <= high * (1 + NEAR)


def of_time(
    quantity: str, low: float, high: float, right: tuple[float, float], known: Stated, lang: str
) -> Cause | None:
    """The confusion that turns a claimed time or rate [low, high] into the right one [right]."""
    if low <= 0 or high <= 0 or high == float("inf"):
        return None
    ratio = (right[0] / high, right[1] / low)
    if quantity in RATES:
        ratio = (low / right[1], high / right[0])
    if ratio[0] <= 1 <= ratio[1]:
        return None
    found = [cause for cause in confusions(known, lang) if cause.touches(frozenset({quantity}))]
    return closest([cause for cause in found if abs(cause.factor - 1) > NEAR], ratio)


def closest(found: Sequence[Cause], ratio: Range) -> Cause | None:
    """Of the confusions whose factor, or its inverse, lies in `ratio`, the one nearest its middle; none far from it."""
    low, high = ratio
    if low <= 0 or high == float("inf"):
        return None
    middle = math.log(low * high) / 2
    near = {
        round(abs(math.log(factor) - middle), 2): cause
        for cause in reversed(found)
        for factor in (cause.factor, 1 / cause.factor)
        if fits(factor, *ratio)
    }
    distance = min(near, default=FARTHEST)
    return near[distance] if distance < FARTHEST else None


def of_contradiction(names: frozenset[str], ratio: tuple[float, float], known: Stated, lang: str) -> Cause | None:
    """The confusion that explains why figures miss by [ratio]; peaks are blamed only where a peak is in it."""
    found = [cause for cause in confusions(known, lang) if abs(cause.factor - 1) > NEAR and cause.touches(names)]
    peaks = (
        {cause.name for cause in peak_confusions(known.device, known.workload.precision, lang)}
        if known.device
        else set()
    )
    if ratio[0] <= 0 or ratio[1] / ratio[0] > WIDEST:
        return None
    return closest([cause for cause in found if cause.name not in peaks or "mfu" in names], ratio)


def of_peak(claimed: float, known: Stated, others: dict[str, Accelerator], lang: str) -> Cause | None:
    """What a claimed peak is, if not the dense one: another rate of this device, or the peak of a sister card."""
    _ = translator(lang)
    device = known.device
    if device is None:
        return None
    precision = known.workload.precision
    dense = next((device.peaks[name] for name in (precision, "bf16", "fp16", "fp32") if name in device.peaks), None)
    if dense is None:
        return None
    for cause in peak_confusions(device, precision, lang):
        if abs(claimed / (dense * cause.factor) - 1) < 0.03:
            return cause
    alike = sorted(others.values(), key=lambda one: -SequenceMatcher(None, one.name, device.name).ratio())
    for other in alike:
        if other is device:
            continue
        for rate in (other.peaks.get("bf16"), other.peaks.get("fp16")):
            if rate and abs(claimed / rate - 1) < 0.01:
                return Cause(
                    name="wrong-card",
                    factor=rate / dense,
                    says=_("the peak of another card, {title}").format(title=other.title),
                )
    return None
