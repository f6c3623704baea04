"""Predicted against measured as a scatter on two logarithmic axes: an SVG that needs no library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

SIDE, LEFT, TOP, RIGHT, BOTTOM = 460, 70, 34, 190, 50
COLOURS = ("#1f77b4", "#e08214", "#2a7f3f", "#8e44ad", "#b2182b")
MARKS = ("circle", "square", "diamond", "triangle", "cross")
NEAR = 1.25
"""the band that is drawn around the diagonal"""
Points = Sequence[tuple[float, float]]


def scatter(groups: Mapping[str, Points], *, title: str, unit: str) -> str:
    """`groups` of (measured, predicted), both in `unit`; colour and shape tell groups apart."""
    everything = [value for points in groups.values() for pair in points for value in pair]
    low = math.floor(math.log10(min(everything)))
    high = max(math.ceil(math.log10(max(everything))), low + 1)
    axes = Axes(low, high)
    width, height = LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="white"/>',
        *axes.drawn(unit),
    ]
    for i, (name, points) in enumerate(groups.items()):
        parts += [mark(i, axes.x(measured), axes.y(predicted)) for measured, predicted in points]
        y = TOP + 12 + 20 * i
        parts += [mark(i, LEFT + SIDE + 16, y - 4, whole=True)]
        parts += [f'<text x="{LEFT + SIDE + 28}" y="{y}">{escape(name)} ({len(points)})</text>']
    return "\n".join([*parts, "</svg>"]) + "\n"


class Axes:
    """Two equal logarithmic axes from 10^low to 10^high."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def share(self, value: float) -> float:
        """Place on an axis, 0 to 1."""
        return (math.log10(value) - self.low) / (self.high - self.low)

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return LEFT + SIDE * self.share(value)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return TOP + SIDE * (1 - self.share(value))

    def drawn(self, unit: str) -> list[str]:
        """Grid, diagonal, band and labels."""
        out = []
        ends = 10.0**self.low, 10.0**self.high
        band = [
            (ends[0], ends[0] * NEAR),
            (ends[1] / NEAR, ends[1]),
            (ends[1], ends[1] / NEAR),
            (ends[0] * NEAR, ends[0]),
        ]
        corners = [(ends[0], ends[0]), band[0], band[1], (ends[1], ends[1]), band[2], band[3]]
        shape = " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in corners)
        out.append(f'<polygon points="{shape}" fill="#eee"/>')
        for power in range(self.low, self.high + 1):
            value = 10.0**power
            x, y, label = self.x(value), self.y(value), f"{value:g}"
            out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + SIDE}" stroke="#ddd"/>')
            out.append(f'<line x1="{LEFT}" x2="{LEFT + SIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
            out.append(f'<text x="{x:.1f}" y="{TOP + SIDE + 18}" text-anchor="middle" fill="#555">{label}</text>')
            out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{label}</text>')
        out.append(f'<line x1="{LEFT}" y1="{TOP + SIDE}" x2="{LEFT + SIDE}" y2="{TOP}" stroke="#999"/>')
        below = f'x="{LEFT + SIDE / 2}" y="{TOP + SIDE + 38}" text-anchor="middle"'
        out.append(f"<text {below}>measured, {escape(unit)}</text>")
        turned = f'transform="translate(18 {TOP + SIDE / 2}) rotate(-90)" text-anchor="middle"'
        out.append(f"<text {turned}>predicted, {escape(unit)}</text>")
        out.append(f'<text x="{LEFT}" y="{TOP - 12}" fill="#555">grey: within x/÷{NEAR}</text>')
        return out


def mark(i: int, x: float, y: float, *, whole: bool = False) -> str:
    """The mark of group `i` at a place."""
    style = f'fill="{COLOURS[i % 5]}" fill-opacity="{1 if whole else 0.55}"'
    kind = MARKS[i % 5]
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" {style}/>'
    if kind == "square":
        return f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6" {style}/>'
    steps = {
        "diamond": ((0, -4.5), (4.5, 0), (0, 4.5), (-4.5, 0)),
        "triangle": ((0, -4.5), (4.5, 3.5), (-4.5, 3.5)),
        "cross": (
            (-4, -1),
            (-1, -1),
            (-1, -4),
            (1, -4),
            (1, -1),
            (4, -1),
            (4, 1),
            (1, 1),
            (1, 4),
            (-1, 4),
            (-1, 1),
            (-4, 1),
        ),
    }[kind]
    points = " ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in steps)
    return f'<polygon points="{points}" {style}/>'
