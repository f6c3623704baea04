"""Lines over a few moments on a logarithmic axis: an SVG that needs no library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 440, 300, 60, 34, 170, 46
COLOURS = ("#1f77b4", "#e08214", "#2a7f3f", "#8e44ad", "#b2182b", "#7f7f7f", "#8c6d31")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "4 4", "1 3", "10 4")
TICKS = tuple(m * 10.0**e for e in range(-2, 4) for m in (1, 2, 5))
LEAST_GAP = 14.0
"""pixels between two labels"""


def lines(series: Mapping[str, Sequence[float]], moments: Sequence[str], *, title: str, unit: str) -> str:
    """One line a name over `moments`, in `unit`; the first is drawn strongest, dashes and colours tell others apart."""
    values = [value for points in series.values() for value in points]
    low, high = (math.log10(edge) for edge in (0.8 * min(values), 1.25 * max(values)))
    width, height = LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM

    def x(i: int) -> float:
        return LEFT + WIDTH * (i + 0.5) / len(moments)

    def y(value: float) -> float:
        return TOP + HEIGHT * (1 - (math.log10(value) - low) / (high - low))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        f'<text x="{LEFT}" y="20" fill="#555">{escape(unit)}</text>',
    ]
    for tick in (tick for tick in TICKS if low <= math.log10(tick) <= high):
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end" fill="#555">{tick:g}</text>')
    parts += [
        f'<text x="{x(i):.1f}" y="{TOP + HEIGHT + 20}" text-anchor="middle" fill="#555">{escape(moment)}</text>'
        for i, moment in enumerate(moments)
    ]
    ends = spaced({name: y(points[-1]) for name, points in series.items()})
    for i, (name, points) in enumerate(series.items()):
        path = " ".join(f"{x(k):.1f},{y(value):.1f}" for k, value in enumerate(points))
        look = f'stroke="{COLOURS[i % len(COLOURS)]}" stroke-width="{3 if i == 0 else 1.5}"'
        parts.append(f'<polyline points="{path}" fill="none" {look} stroke-dasharray="{DASHES[i % len(DASHES)]}"/>')
        at = f'x="{x(len(points) - 1) + 10:.1f}" y="{ends[name] + 4:.1f}" fill="{COLOURS[i % len(COLOURS)]}"'
        parts.append(f'<text {at} font-weight="{"bold" if i == 0 else "normal"}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def spaced(places: Mapping[str, float]) -> dict[str, float]:
    """Places of labels in pixels, moved down where two would overlap."""
    found: dict[str, float] = {}
    last = -math.inf
    for name, place in sorted(places.items(), key=lambda one: one[1]):
        last = max(place, last + LEAST_GAP)
        found[name] = last
    return found
