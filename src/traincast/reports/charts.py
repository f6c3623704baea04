"""Charts of a report: Vega-Lite specifications, drawn by vl-convert (no browser, no network).

Text and grid get marker colours that a page replaces by its own, so that one drawing suits light and dark.
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import Any

from traincast import units
from traincast.answers import AuditAnswer, Claim, ReportAnswer
from traincast.errors import UsageError
from traincast.phrases import phrase
from traincast.reports.page import printable
from traincast.reports.report_page import time_parts
from traincast.reports.report_words import part_name
from traincast.reports.wording import spoken, translator

WIDTH, HEIGHT = 480, 220
INK, GRID, MARK, BAND, WARN = "#24292f", "#d0d7de", "#0a66c2", "#7fb0e0", "#b3372b"
FLOORED = ("step_time", "total_time", "micro_step_time")
MOST_CLAIMS = 14
SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
NO_CHARTS, TO_DRAW = phrase("charts need vl-convert"), phrase('pip install "traincast[report]"')
Spec = dict[str, Any]


def base(height: int = HEIGHT) -> Spec:
    """Size, fonts and colours that all charts share."""
    return {
        "$schema": SCHEMA,
        "width": WIDTH,
        "height": height,
        "background": None,
        "padding": {"left": 24, "top": 5, "right": 16, "bottom": 5},  # fonts of a page may be wider
        "config": {
            "font": "system-ui, sans-serif",
            "view": {"stroke": None},
            "axis": {
                "labelColor": INK, "titleColor": INK, "gridColor": GRID, "domainColor": GRID, "tickColor": GRID,
                "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
            },
            "text": {"color": INK, "fontSize": 12},
            "legend": {"labelColor": INK, "titleColor": INK},
        },
    }  # fmt: skip


def axis(field: str, title: str, **more: Any) -> Spec:
    """A quantitative channel."""
    return {"field": field, "type": "quantitative", "title": title, **more}


@spoken
def specs(answer: ReportAnswer, *, lang: str = "en") -> dict[str, Spec]:
    """Name -> specification of every chart that there are data for."""
    made = {
        "course": course(answer, lang), "fan": fan(answer, lang), "parts": parts(answer, lang),
        "speed": speed(answer, lang), "claims": claims(answer.audit, lang) if answer.audit else None,
    }  # fmt: skip
    return {name: spec for name, spec in made.items() if spec is not None}


def course(answer: ReportAnswer, lang: str) -> Spec | None:
    """Step time over steps; the steady level as a line, the slow start shaded."""
    _ = translator(lang)
    if len(answer.course) < 3 or answer.run is None or answer.run.step_time is None:
        return None
    steady = answer.run.step_time.value
    times = [point.step_seconds for point in answer.course]
    wide = max(times) > 4 * steady
    scale = {"type": "log"} if wide and min(times) > 0 else {"zero": False}
    values = [{"step": point.step, "seconds": point.step_seconds} for point in answer.course]
    y = axis("seconds", _("seconds a step"), scale=scale)
    layers: list[Spec] = []
    if answer.run.steady_from_step is not None and answer.run.steady_from_step > answer.course[0].step:
        start = {"a": answer.course[0].step, "b": answer.run.steady_from_step}
        layers.append(
            {"data": {"values": [start]}, "mark": {"type": "rect", "color": WARN, "opacity": 0.15},
             "encoding": {"x": axis("a", _("step")), "x2": {"field": "b"}}}
        )  # fmt: skip
    layers += [
        {"data": {"values": values}, "mark": {"type": "line", "color": MARK, "strokeWidth": 1.5},
         "encoding": {"x": axis("step", _("step")), "y": y}},
        {"data": {"values": [{"seconds": steady}]}, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
         "encoding": {"y": y}},
    ]  # fmt: skip
    return {**base(), "layer": layers}


def fan(answer: ReportAnswer, lang: str) -> Spec | None:
    """The whole run as forecast at moments of the run, with its interval; the end as it came, where it has."""
    _ = translator(lang)
    whole = [point for point in answer.fan if point.total.low is not None and point.total.high is not None]
    if len(whole) < 2:
        return None
    scale, unit = time_scale(max(point.total.value for point in whole), lang)
    values = [
        {
            "step": point.step,
            "low": (point.total.low or 0.0) / scale,
            "high": (point.total.high or 0.0) / scale,
            "value": point.total.value / scale,
        }
        for point in whole
    ]
    x, title = axis("step", _("step")), _("whole run, {unit}").format(unit=unit)
    y_scale = {"zero": False}
    layers: list[Spec] = [
        {"data": {"values": values}, "mark": {"type": "area", "color": BAND, "opacity": 0.45},
         "encoding": {"x": x, "y": axis("low", title, scale=y_scale), "y2": {"field": "high"}}},
        {"data": {"values": values}, "mark": {"type": "line", "color": MARK, "point": {"color": MARK}},
         "encoding": {"x": x, "y": axis("value", title, scale=y_scale)}},
    ]  # fmt: skip
    ahead = answer.forecast
    if ahead is not None and ahead.total is not None:
        layers.append(
            {"data": {"values": [{"value": ahead.total.value / scale}]},
             "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
             "encoding": {"y": axis("value", title, scale=y_scale)}}
        )  # fmt: skip
    return {**base(), "layer": layers}


def time_scale(seconds: float, lang: str) -> tuple[float, str]:
    """(seconds in the unit, its name) that suits a time."""
    _ = translator(lang)
    if seconds < 300:
        return 1.0, _("seconds")
    return (60.0, _("minutes")) if seconds < 3 * 3600 else (3600.0, _("hours"))


def parts(answer: ReportAnswer, lang: str) -> Spec | None:
    """Where the time goes, as bars."""
    return shares(time_parts(answer), lang)


def shares(found: list[tuple[str, float]], lang: str) -> Spec | None:
    """(part, seconds) as bars, the longest first; None for fewer than two."""
    _ = translator(lang)
    if len(found) < 2:
        return None
    whole = sum(seconds for _name, seconds in found)
    values = [
        {
            "part": printable(part_name(name, lang)),
            "share": 100 * seconds / whole,
            "text": units.percent(seconds / whole, 2),
        }
        for name, seconds in sorted(found, key=lambda part: -part[1])
    ]
    y = {"field": "part", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 200}}
    x = axis("share", _("share of the time, %"), scale={"domain": [0, 100]})
    return {
        **base(28 * len(values)),
        "data": {"values": values},
        "layer": [
            {"mark": {"type": "bar", "color": MARK}, "encoding": {"y": y, "x": x}},
            {"mark": {"type": "text", "align": "left", "dx": 4},
             "encoding": {"y": y, "x": x, "text": {"field": "text"}}},
        ],
    }  # fmt: skip


def speed(answer: ReportAnswer, lang: str) -> Spec | None:
    """Predicted and seen step time with their intervals, and the floor of physics."""
    _ = translator(lang)
    told = answer.explanation
    if told is None or told.seen_step is None or told.expected_step is None:
        return None
    values = [
        {"what": what, "low": one.low or one.value, "high": one.high or one.value, "value": one.value}
        for what, one in ((_("predicted"), told.expected_step), (_("seen"), told.seen_step))
    ]
    floor = answer.predict.floor_seconds if answer.predict else None
    scale = {"type": "log"}
    title = _("seconds a step")
    y = {"field": "what", "type": "nominal", "title": None, "sort": None}
    layers: list[Spec] = [
        {"data": {"values": values}, "mark": {"type": "rule", "color": MARK, "strokeWidth": 6, "opacity": 0.5},
         "encoding": {"y": y, "x": axis("low", title, scale=scale), "x2": {"field": "high"}}},
        {"data": {"values": values}, "mark": {"type": "point", "filled": True, "color": MARK, "size": 90},
         "encoding": {"y": y, "x": axis("value", title, scale=scale)}},
    ]  # fmt: skip
    if floor:
        layers.append(
            {"data": {"values": [{"floor": floor}]}, "mark": {"type": "rule", "color": WARN, "strokeDash": [4, 3]},
             "encoding": {"x": axis("floor", title, scale=scale)}}
        )  # fmt: skip
    return {**base(90), "layer": layers}


def claims(audit: AuditAnswer, lang: str) -> Spec | None:
    """Claimed times as multiples of the least that physics allows; one is the limit."""
    _ = translator(lang)
    values = [row for one in audit.claims if (row := against_bound(one))][:MOST_CLAIMS]
    if not values:
        return None
    for i, row in enumerate(values):
        row["claim"] = f"{i + 1}. {row['claim']}"
    title = _("claimed over least possible")
    y = {"field": "claim", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 220}}
    colour = {"field": "colour", "type": "nominal", "scale": None}
    scale = {"type": "log"}
    return {
        **base(28 * len(values)),
        "layer": [
            {"data": {"values": values}, "mark": {"type": "rule", "strokeWidth": 8},
             "encoding": {"y": y, "x": axis("low", title, scale=scale), "x2": {"field": "high"}, "color": colour}},
            {"data": {"values": values}, "mark": {"type": "point", "filled": True, "size": 70},
             "encoding": {"y": y, "x": axis("high", title, scale=scale), "color": colour}},
            {"data": {"values": [{"one": 1}]}, "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
             "encoding": {"x": axis("one", title, scale=scale)}},
        ],
    }  # fmt: skip


def against_bound(one: Claim) -> Spec | None:
    """A claim as a multiple of its bound, above one where it is possible; None where it has none."""
    bound = one.bound
    if bound is None or one.low is None or one.high is None or one.low <= 0:
        return None
    if bound.at_least:
        low, high = one.low / bound.at_least, one.high / bound.at_least
    elif bound.at_most:
        low, high = bound.at_most / one.high, bound.at_most / one.low
    else:
        return None
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return {
        "claim": printable(one.text)[:40],
        "low": low,
        "high": high,
        "colour": WARN if one.verdict == "impossible" else MARK,
    }


def can_draw() -> bool:
    """Whether the drawing library is installed."""
    return find_spec("vl_convert") is not None


def converter() -> Any:
    """The drawing library; raises UsageError where it is not installed."""
    try:
        import vl_convert
    except ImportError as error:
        raise UsageError(NO_CHARTS, hint=TO_DRAW) from error
    return vl_convert


def svg(spec: Spec, *, lang: str = "en") -> str:
    """A chart as SVG text."""
    locale = "fr-FR" if lang == "fr" else "en-US"
    drawn: str = converter().vegalite_to_svg(spec, format_locale=locale)
    return drawn


def png(spec: Spec, *, lang: str = "en") -> bytes:
    """A chart as PNG, twice the size for sharp print, on white."""
    locale = "fr-FR" if lang == "fr" else "en-US"
    drawn: bytes = converter().vegalite_to_png({**spec, "background": "#ffffff"}, scale=2, format_locale=locale)
    return drawn


def together(found: dict[str, Spec]) -> Spec:
    """All charts in one picture, below each other."""
    some = next(iter(found.values()))
    plain = [
        {key: value for key, value in spec.items() if key not in ("$schema", "config", "background", "padding")}
        for spec in found.values()
    ]
    shared = {key: some[key] for key in ("config", "padding")}
    return {"$schema": SCHEMA, "background": None, **shared, "vconcat": plain}
