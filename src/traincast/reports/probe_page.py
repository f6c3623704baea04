"""A machine profile as a page."""

from __future__ import annotations

from traincast import units
from traincast.probing.profile import Measured, Profile
from traincast.reports.page import Fact, Facts, Page, Table
from traincast.reports.wording import spoken, translator


@spoken
def probe_page(profile: Profile, *, lang: str = "en") -> Page:
    """What the machine reaches, beside what its data sheet or instruction set promises."""
    _ = translator(lang)
    title = _("Machine profile of {device}").format(device=profile.device)
    return Page(
        title=title,
        lead=_lead(profile, lang),
        blocks=(Facts(rows=tuple(_facts(profile, lang))), _table(profile, lang)),
        lang="fr" if lang == "fr" else "en",
    )


def _lead(profile: Profile, lang: str) -> str:
    """The two figures that decide most."""
    _ = translator(lang)
    best = {one.precision: profile.best_rate("matmul", one.precision) for one in profile.of("matmul")}
    products = ", ".join(f"{units.flops(rate)} {name}" for name, rate in best.items() if rate and name)
    copied = profile.best_rate("copy")
    if not products or copied is None:
        return _("There was no time to measure matrix products and a copy.")
    return _("It multiplies at {products} and copies at {rate}.").format(
        products=products, rate=units.rate(copied, "byte/s")
    )


def _facts(profile: Profile, lang: str) -> list[Fact]:
    """The host, the framework, and the peaks to compare with."""
    _ = translator(lang)
    host = profile.host
    rows = [
        Fact(label=_("framework"), value=profile.backend),
        Fact(label=_("cores"), value=str(host.cores), note=_threads(profile, lang)),
    ]
    if host.clock_hz:
        rows.append(Fact(label=_("clock"), value=units.frequency(host.clock_hz)))
    if host.memory_bytes:
        rows.append(Fact(label=_("memory"), value=units.memory(host.memory_bytes)))
    rows += [Fact(label=_(key.replace(".", " ").replace("_", " ")), value=value) for key, value in host.gpu.items()]
    for precision, peak in profile.peaks.items():
        best = profile.best_rate("matmul", precision)
        share = _("{share} of it measured").format(share=units.percent(best / peak)) if best else ""
        label = _("peak {precision}").format(precision=precision)
        rows.append(Fact(label=label, value=units.flops(peak), note=share))
    spent = _("of a budget of {budget}").format(budget=units.duration(profile.budget_seconds))
    rows.append(Fact(label=_("measured for"), value=units.duration(profile.spent_seconds), note=spent))
    return rows


def _threads(profile: Profile, lang: str) -> str:
    """How many threads computed."""
    _ = translator(lang)
    return _("{number} threads").format(number=profile.threads) if profile.threads else ""


def _table(profile: Profile, lang: str) -> Table:
    """Every figure."""
    _ = translator(lang)
    return Table(
        title=_("Measured"),
        head=(_("what"), _("size"), _("precision"), _("time"), _("interval (90 %)"), _("rate")),
        rows=tuple(_row(one, lang) for one in profile.measured),
        align="lllrrr",
    )


def _row(one: Measured, lang: str) -> tuple[str, ...]:
    """One figure; its size in words that tell the dimensions apart."""
    _ = translator(lang)
    names = {
        "matmul": _("matrix product"), "copy": _("copy"), "launch": _("one small operation"),
        "optimizer": _("optimizer step"), "layer": _("layer, forward and backward"),
        "head": _("head and loss, forward and backward"), "attention": _("attention"), "pointwise": _("norm and GELU"),
        "disk": _("read from disk"), "loader": _("a batch from a file"), "all-reduce": _("all-reduce"),
    }  # fmt: skip
    seconds = one.figure.seconds
    size = " ".join(f"{key} {units.count(value)}" for key, value in one.shape.items())
    return (
        names[one.kind],
        f"{size} {one.form}".strip(),
        one.precision or "",
        units.duration(seconds.value),
        units.interval(seconds),
        units.rate(one.rate.value, one.rate.unit) if one.rate else "",
    )
