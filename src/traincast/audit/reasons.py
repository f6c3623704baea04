"""The arithmetic behind a verdict, written out so that a reader can redo it by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

from traincast import units
from traincast.audit.bounds import BOOST, Floor
from traincast.audit.identities import Check, Value
from traincast.audit.stated import Stated
from traincast.wording import counter, translator


def quantity_name(quantity: str, lang: str) -> str:
    """What a quantity is called."""
    _ = translator(lang)
    names = {
        "step_time": _("step time"), "tokens_per_second": _("tokens per second"), "mfu": _("MFU"),
        "total_time": _("total time"), "steps": _("steps"), "tokens_per_step": _("tokens per step"),
        "steps_per_second": _("steps per second"), "samples_per_second": _("samples per second"),
        "tokens_total": _("tokens in all"), "tokens_per_second_per_device": _("tokens per second and device"),
        "samples_per_second_per_device": _("samples per second and device"),
        "achieved_flops": _("achieved FLOP/s"), "flops_per_step": _("FLOP per step"), "memory": _("memory"),
        "micro_step_time": _("micro-step time"), "gpu_hours": _("device hours"), "cost": _("cost"), "price": _("price"),
        "checkpoint_size": _("checkpoint size"), "parameters": _("parameters"), "peak": _("peak"),
        "peak_flops": _("peak"), "n_devices": _("devices"), "flops_per_token": _("FLOP per token"),
        "seq_len": _("sequence length"), "micro_batch": _("micro-batch"), "grad_accum": _("accumulation"),
        "global_batch": _("sequences per step"), "device": _("device"), "precision": _("precision"),
        "optimizer": _("optimizer"), "first_step_time": _("first iteration"), "remaining_time": _("remaining time"),
        "device_memory": _("device memory"), "energy": _("energy"), "epochs": _("epochs"), "n_layer": _("layers"),
        "n_head": _("heads"), "n_kv_head": _("key-value heads"), "d_model": _("width"), "d_ff": _("feed-forward width"),
        "vocab": _("vocabulary"), "arithmetic": _("arithmetic"), "replicas": _("replicas"),
        "tokens_per_micro_step": _("tokens per micro-step"), "seconds_per_hour": _("seconds per hour"),
    }  # fmt: skip
    return names.get(quantity, quantity)


def amount(quantity: str, value: float) -> str:
    """Text of one value of `quantity` in SI units."""
    if quantity.endswith("_time"):
        return units.duration(value)
    if quantity in ("mfu",):
        return units.percent(value)
    if quantity in ("peak", "peak_flops", "achieved_flops"):
        return units.flops(value)
    if quantity in ("flops_per_token", "flops_per_step"):
        return units.work(value)
    if quantity in ("memory", "device_memory", "checkpoint_size"):
        return units.memory(value)
    if quantity.startswith("tokens_per_second"):
        return units.count(value) + " tokens/s"
    if value >= 1e7:
        return units.count(value)
    return units.whole(value) if value == int(value) else units.digits(value, 4)


def span(quantity: str, low: float | None, high: float | None, lang: str) -> str:
    """Text of a value or range."""
    _ = translator(lang)
    if low is None or high is None:
        if high is not None:
            return _("at most {value}").format(value=amount(quantity, high))
        return _("at least {value}").format(value=amount(quantity, low or 0.0))
    if low == high:
        return amount(quantity, low)
    return _("{low} to {high}").format(low=amount(quantity, low), high=amount(quantity, high))


def times(low: float, high: float, lang: str) -> str:
    """Text of a factor: 8.1 to 12.2 times."""
    _ = translator(lang)
    if abs(high / low - 1) < 0.01:
        return _("{factor} times").format(factor=units.digits(low))
    return _("{low} to {high} times").format(low=units.digits(low), high=units.digits(high))


def floor_arithmetic(floor: Floor, known: Stated, tokens: float, lang: str) -> str:
    """How the least time of `tokens` follows from work and rate."""
    _ = translator(lang)
    assert known.flops_low is not None
    devices = known.n_devices or 1
    work = tokens * known.flops_low
    rate = f"{units.digits(BOOST)} x {units.flops(floor.listed.flops)}" + (f" x {devices}" if devices > 1 else "")
    many = counter(lang)
    text = many(
        "{tokens} token x {each} = {work} at least; boosted peak {product} = {rate}; so at least {time}",
        "{tokens} tokens x {each} = {work} at least; boosted peak {product} = {rate}; so at least {time}",
        math.ceil(tokens),
    ).format(
        tokens=amount("tokens_per_step", tokens),
        each=units.work(known.flops_low),
        work=units.work(work),
        product=rate,
        rate=units.flops(BOOST * floor.listed.flops * devices),
        time=units.duration(tokens * floor.seconds_per_token_listed),
    )
    if floor.peak.flops > floor.listed.flops * 1.01:
        text += _("; even at {peak} ({kind}), which no framework trains at, {time}").format(
            peak=units.flops(floor.peak.flops), kind=peak_kind(floor.peak.kind, floor.peak.precision, lang),
            time=units.duration(tokens * floor.seconds_per_token),
        )  # fmt: skip
    return text


def peak_kind(kind: str, precision: str, lang: str) -> str:
    """What sort of peak it is."""
    _ = translator(lang)
    if kind == "fp16-accumulate":
        return _("fp16 accumulation")
    if kind == "sparse":
        return _("two-in-four sparsity")
    return _("dense {precision}").format(precision=precision)


def needed_rate(known: Stated, floor: Floor, rates: tuple[float, float], lang: str) -> str:
    """FLOP/s that claimed tokens/s would need, beside the peak."""
    _ = translator(lang)
    each = known.flops_palm or known.flops_low or 0.0
    low, high = (rate * each / (known.n_devices or 1) for rate in rates)
    peak = floor.listed.flops
    return _("it would need {rate} from each device, {factor} its dense peak of {peak}").format(
        rate=span("achieved_flops", low, high, lang) if high < float("inf") else units.flops(low),
        factor=times(low / peak, high / peak, lang) if high < float("inf") else units.digits(low / peak),
        peak=units.flops(peak),
    )


def missed(check: Check) -> tuple[float, float]:
    """Ratio (low, high): what the other figures make of the one that is told, over what is claimed of it."""
    target, others = parted(check)
    low, high = implied(target, others, dict(check.relation.powers), check)
    return (low / target.high if target.high else 0.0), (high / target.low if target.low else float("inf"))


def parted(check: Check) -> tuple[Value, list[Value]]:
    """(the figure that is told from the others, the others)."""
    claimed = [value for value in check.values if value.claim is not None]
    target = max(claimed, key=lambda value: PREFERRED.index(value.quantity) if value.quantity in PREFERRED else -1)
    return target, [value for value in check.values if value is not target]


def contradiction(check: Check, lang: str) -> str:
    """Why the claims of a failing relation cannot all be true: what the others make of the first, and the ratio."""
    _ = translator(lang)
    powers = dict(check.relation.powers)
    target, others = parted(check)
    low, high = implied(target, others, powers, check)
    said = span(target.quantity, finite(target.low, 0.0), finite(target.high, float("inf")), lang)
    made = span(target.quantity, finite(low, 0.0), finite(high, float("inf")), lang)
    ratio = nearest(target.low, target.high, low, high)
    text = _("{given} make {quantity} = {made}; claimed is {said}: {ratio} times apart at the nearest").format(
        given=_(" and ").join(described(value, lang) for value in others if value.quantity not in SILENT) or "?",
        quantity=quantity_name(target.quantity, lang),
        made=made,
        said=said,
        ratio=units.digits(ratio),
    )
    centre = centres(target.low, target.high, low, high)
    if centre and abs(centre / ratio - 1) > 0.05:
        text += _(" ({ratio} between the centres)").format(ratio=units.digits(centre))
    if check.kindest is not None:
        text += _("; even against the {peak} of {label} they are apart").format(
            peak=units.flops(check.kindest.low), label=check.kindest.label
        )
    return text + " [" + _("; ").join(_(says) for says in check.relation.says) + "]"


PREFERRED = ("steps", "tokens_per_step", "price", "cost", "total_time", "mfu", "step_time", "tokens_per_second")
"""which claim is told from the others, last first"""
SILENT = frozenset({"seconds_per_hour", "n_devices", "replicas"})


def finite(value: float, open_end: float) -> float | None:
    """`value` in its unit, or None where it is the open end of a limit."""
    return None if value == open_end else value


def implied(target: Value, others: Sequence[Value], powers: dict[str, int], check: Check) -> tuple[float, float]:
    """The interval of `target`, in its unit, that the other values leave, their tolerance not counted."""
    low = high = 1.0
    sign = 1 if powers[target.quantity] > 0 else -1
    for value in others:
        power = -sign * powers[value.quantity]
        lowest = value.low**power if value.low > 0 else (0.0 if power > 0 else float("inf"))
        ends = (lowest, value.high**power)
        low, high = low * min(ends), high * max(ends)
    least, most = (
        (check.relation.least, check.relation.most) if sign > 0 else (1 / check.relation.most, 1 / check.relation.least)
    )
    root = 1 / abs(powers[target.quantity])
    return (low * least) ** root, (high * most) ** root


def nearest(a: float, b: float, low: float, high: float) -> float:
    """Ratio of the nearest ends of two disjoint positive intervals."""
    return low / b if low > b else a / high if a > high and high else 1.0


def centres(a: float, b: float, low: float, high: float) -> float | None:
    """Ratio of the geometric means of two intervals; None where one is open."""
    if not (0 < a <= b < float("inf") and 0 < low <= high < float("inf")):
        return None
    ratio = math.sqrt((low * high) / (a * b))
    return max(ratio, 1 / ratio)


def described(value: Value, lang: str) -> str:
    """A value with its name."""
    shown = span(value.quantity, finite(value.low, 0.0), finite(value.high, float("inf")), lang)
    label = f" ({value.label})" if value.label else ""
    return f"{quantity_name(value.quantity, lang)} = {shown}{label}"
