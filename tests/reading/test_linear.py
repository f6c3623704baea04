"""No pattern of a dialect can be made to take more than linear time."""

from __future__ import annotations

import time

import pytest

from traincast.reading.dialect import load, openings, parse_dialect
from traincast.reading.draft import last_resort
from traincast.reading.engine import Engine
from traincast.reading.linear import faults
from traincast.reading.pattern import step_pattern

LONG = 40_000
"""characters of an adversarial line"""
SLOWEST = 3e-6
"""seconds a character; plain matching takes about 1e-8, a quadratic pattern at this length 1e-3"""


@pytest.mark.parametrize("name", list(openings()))
def test_patterns_of_a_dialect_are_linear(name: str) -> None:
    """No nested, adjacent or leading repeats without end, in step lines with and without a stamp and in all lines
    around them."""
    dialect = load(name)
    patterns = [step_pattern(layer, stamped=stamped).pattern for layer in dialect.layers for stamped in (False, True)]
    patterns += [one.pattern for one in (*dialect.header, *dialect.event, *dialect.context, *dialect.detail)]

    assert {pattern: found for pattern in patterns if (found := faults(pattern))} == {}


def test_patterns_that_every_induced_dialect_has_are_linear() -> None:
    """Sizes, plans and closing lines of any trainer, and the lone bar of a log without step lines."""
    dialect = parse_dialect(last_resort(), where="last resort")
    patterns = [step_pattern(dialect).pattern, *dialect.patterns_around]

    assert {pattern: found for pattern in patterns if (found := faults(pattern))} == {}


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"x(a+)+b", "inside another"),
        (r"x(?:a|b)*[ab]*c", "in a row"),
        (r"x\d+\.?\d*s", "in a row"),
        (r"\d+/x", "begins with"),
        (r"x" + r"[^\n]{0,900}?y" * 6, "multiply"),
    ],
)
def test_the_linter_finds_what_backtracks(pattern: str, words: str) -> None:
    """The classic mistakes are named."""
    assert any(words in fault for fault in faults(pattern))


@pytest.mark.parametrize("pattern", [r"iter (\d+): loss ([\d.]+)", r"a +b +c", r"x[^\n]{0,80}?y", r"^\s*(\d+)/(\d+)"])
def test_the_linter_passes_what_does_not(pattern: str) -> None:
    """Repeats that a fixed character ends, and bounded gaps, are fine."""
    assert faults(pattern) == []


@pytest.mark.parametrize("name", list(openings()))
def test_a_line_made_to_mislead_a_dialect_is_read_in_time(name: str) -> None:
    """Long lines of pieces of its own samples, each cut before its end, and runs of digits, blanks and dots."""
    dialect = load(name)
    pieces = [
        line[: len(line) * share // 8]
        for sample in dialect.sample
        for line in sample.text.strip().split("\n")
        for share in (3, 6, 7)
    ]
    lines = [piece * (LONG // max(1, len(piece))) for piece in {*pieces, "1", " ", ".", "1/", "[1", "%|", "━"} if piece]

    start = time.process_time()
    engine = Engine(dialect)
    engine.feed(line + "\n" for line in lines)

    assert time.process_time() - start < SLOWEST * sum(map(len, lines)) + 0.2
