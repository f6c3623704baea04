"""A chart of predicted over true step time, one row a workload, as an SVG that needs no library."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

ROW, LEFT, WIDTH, TOP = 22, 330, 420, 60
MARKS = ("circle", "square", "diamond", "triangle")
COLOURS = ("#9aa0a6", "#1f77b4", "#e08214", "#2a7f3f")
TICKS = (1 / 4, 1 / 2, 1 / 1.25, 1, 1.25, 2, 4)


def chart(ratios: Mapping[str, Sequence[float]], titles: Sequence[str]) -> str:
    """`ratios` of each row by column on a logarithmic axis from a quarter to four times; shapes tell columns apart."""
    height = TOP + ROW * len(ratios) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 30} {height}" '
        'font-family="sans-serif" font-size="12">',
        "<title>Predicted over true step time</title>",
        f'<rect width="{LEFT + WIDTH + 30}" height="{height}" fill="white"/>',
    ]
    for i, title in enumerate(titles):
        left = 14 + 195 * i
        parts += [mark(i, left, 14), f'<text x="{left + 10}" y="18">{escape(title[:28])}</text>']
    for tick in TICKS:
        x = place(tick)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{height - 14}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{TOP - 14}" text-anchor="middle" fill="#555">{tick:.3g}</text>')
    for row, (name, values) in enumerate(ratios.items()):
        y = TOP + ROW * row + ROW / 2
        parts.append(f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        parts += [mark(i, place(value), y) for i, value in enumerate(values)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def place(ratio: float) -> float:
    """Horizontal position of a ratio; what is beyond the axis sits at its end."""
    share = (math.log(min(max(ratio, TICKS[0]), TICKS[-1])) - math.log(TICKS[0])) / math.log(TICKS[-1] / TICKS[0])
    return LEFT + share * WIDTH


def mark(column: int, x: float, y: float) -> str:
    """The mark of a column at (x, y)."""
    fill = f'fill="{COLOURS[column]}"'
    points = {
        "diamond": f"{x},{y - 6} {x + 6},{y} {x},{y + 6} {x - 6},{y}",
        "triangle": f"{x},{y - 6} {x + 6},{y + 5} {x - 6},{y + 5}",
    }
    kind = MARKS[column]
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y}" r="5" {fill}/>'
    if kind == "square":
        return f'<rect x="{x - 4.5:.1f}" y="{y - 4.5}" width="9" height="9" {fill}/>'
    return f'<polygon points="{points[kind]}" {fill}/>'
