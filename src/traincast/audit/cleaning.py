"""Text of a note, made plain: no emphasis, no control or direction characters, one kind of space and dash."""

from __future__ import annotations

import re

LONGEST_LINE = 4000
"""characters; what follows on a line is data, not prose"""
SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2008\u2009\u200a\u202f\u2060\t"), " ")
SIGNS = {ord("−"): "-", ord("‒"): "-", ord("’"): "'", ord("‘"): "'", ord("∼"): "~", ord("´"): "'", ord("µ"): "µ"}
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
EMPHASIS = re.compile(r"\*\*|`|(?<!\d)(?<!\d )\*(?=\S)|(?<=\S)\*(?! ?[~≈]?\d)|(?<![A-Za-z0-9_])_+|_+(?![A-Za-z0-9_])")
MATHS = (
    (re.compile(r"\\(?:times|cdot)\b"), "×"),
    (re.compile(r"\\approx\b"), "≈"),
    (re.compile(r"\\,|\$(?=\S+\$)"), ""),
)
TIMES = re.compile(r"(?<=[\d)])\s?[xX×*·]\s?(?=[~≈]?\s?\d)")
COUNTED_DEVICE = re.compile(r"(?<=\d)\s?[xX×*]\s?(?=(?:[A-Z]{1,3}\d|RTX|NVIDIA|Tesla|TPU|Gaudi))")
WORD_TIMES = re.compile(r"(?<=[A-Za-z)]) [xX×*·] (?=[~≈]?\s?\d)")


def clean(line: str) -> str:
    """`line` without Markdown emphasis, escapes and invisible characters; products are written `a × b`."""
    line = ESCAPE.sub("", line[:LONGEST_LINE]).translate(SPACES).translate(SIGNS)
    line = "".join(c for c in line if c.isprintable())
    for pattern, plain in MATHS:
        line = pattern.sub(plain, line)
    line = EMPHASIS.sub("", line)
    line = COUNTED_DEVICE.sub(" × ", WORD_TIMES.sub(" × ", TIMES.sub(" × ", line)))
    return re.sub(" {2,}", " ", line).strip()
