"""Whether a pattern can only ever take time in proportion to the text: no nested and no overlapping adjacent repeats.

Python's matcher backtracks. A repeat without end inside another, or two in a row that can share characters, may be
tried in quadratic or exponentially many ways. Bounded gaps ([^\\n]{0,200}?) multiply, so the product of their bounds
is limited too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

NEW = sys.version_info >= (3, 11)
sre: Any = import_module("re._constants" if NEW else "sre_constants")
parser: Any = import_module("re._parser" if NEW else "sre_parse")

ENDLESS = 1000
"""repeats beyond it count as without end"""
MOST = 10.0**12
"""ways to divide a line among bounded gaps, were there no literals between them; with them far fewer are left, which
a timing test shows"""
SAMPLE = [chr(i) for i in range(32, 127)] + ["\t", "\u2501", "\u2588"]
"""characters on which sets are compared"""


def faults(pattern: str) -> list[str]:
    """What makes `pattern` more than linear, in words; empty where nothing does."""
    tree = parser.parse(pattern, parser.SRE_FLAG_MULTILINE)
    lead = ["it begins with a repeat without end, tried again at each character of a run"] if leads(tree) else []
    return lead + list(nested(tree, inside=False)) + list(adjacent(tree)) + list(product(tree))


def items(tree: Any) -> Iterator[tuple[Any, Any]]:
    """The elements of a parsed pattern."""
    yield from tree


def repeat(op: Any, argument: Any) -> tuple[int, int, Any] | None:
    """Least, most and what is repeated, if an element repeats."""
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, most, inner = argument
        return int(least), int(most), inner
    return None


def inner_trees(op: Any, argument: Any) -> Iterable[Any]:
    """Patterns inside an element."""
    if found := repeat(op, argument):
        return [found[2]]
    if op is sre.SUBPATTERN:
        return [argument[-1]]
    if op is sre.BRANCH:
        return list(argument[1])
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return [argument[1]]
    return []


def leads(tree: Any) -> bool:
    """Whether a pattern can begin with a repeat without end."""
    for op, argument in flat(tree):
        if op is sre.BRANCH:
            return any(leads(one) for one in argument[1])
        found = repeat(op, argument)
        if found is not None and found[1] >= ENDLESS:
            return True
        if op in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            return False  # a boundary: at most once a run
        if found is None or found[0] > 0:
            return False
    return False


def nested(tree: Any, *, inside: bool) -> Iterator[str]:
    """Repeats without end inside repeats without end."""
    for op, argument in items(tree):
        found = repeat(op, argument)
        endless = found is not None and found[1] >= ENDLESS
        if endless and inside:
            yield "a repeat without end inside another"
        for inner in inner_trees(op, argument):
            yield from nested(inner, inside=inside or endless)


def adjacent(tree: Any) -> Iterator[str]:
    """Repeats without end with nothing but optional elements between them that can share characters."""
    open_sets: list[frozenset[str]] = []
    for op, argument in flat(tree):
        found = repeat(op, argument)
        characters = letters([(op, argument)])
        if found is not None and found[1] >= ENDLESS:
            if any(characters & one for one in open_sets):
                yield "two repeats without end in a row that share characters"
            if found[0] > 0:  # at least one character of its own closes what cannot take it
                open_sets = [one for one in open_sets if characters & one]
            open_sets.append(characters)
        elif found is None or found[0] > 0:  # something that must be there: only what it has in common stays open
            open_sets = [one for one in open_sets if characters & one and width([(op, argument)]) == 0]
        for inner in inner_trees(op, argument):
            if op is sre.BRANCH or found is not None:
                yield from adjacent(inner)


def flat(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Elements with plain groups opened."""
    for op, argument in items(tree):
        if op is sre.SUBPATTERN:
            yield from flat(argument[-1])
        else:
            yield op, argument


def width(tree: Any) -> int:
    """Least number of characters a pattern takes."""
    total = 0
    for op, argument in items(tree):
        found = repeat(op, argument)
        if found is not None:
            total += found[0] * width(found[2])
        elif op is sre.SUBPATTERN:
            total += width(argument[-1])
        elif op is sre.BRANCH:
            total += min(width(one) for one in argument[1])
        elif op not in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
            total += 1
    return total


def product(tree: Any) -> Iterator[str]:
    """Bounded gaps whose ways multiply beyond what a line should cost."""
    ways = most_ways(tree)
    if ways > MOST:
        yield f"gaps multiply to {ways:.0e} ways"


def most_ways(tree: Any) -> float:
    """Largest product of gap widths along one way through the pattern."""
    ways = 1.0
    for op, argument in items(tree):
        found = repeat(op, argument)
        if found is not None:
            inner = most_ways(found[2])
            wide = len(letters(found[2])) > 60  # a gap takes almost anything; a number or a word ends by itself
            ways *= (float(found[1] - found[0] + 1) if wide and 1 < found[1] < ENDLESS else 1.0) * inner
        elif op is sre.SUBPATTERN:
            ways *= most_ways(argument[-1])
        elif op is sre.BRANCH:
            ways *= max(most_ways(one) for one in argument[1])
    return ways


def letters(tree: Any) -> frozenset[str]:
    """Characters of `SAMPLE` that a pattern can take somewhere."""
    found: set[str] = set()
    for op, argument in items(tree):
        if op is sre.LITERAL:
            found.add(chr(argument))
        elif op is sre.NOT_LITERAL:
            found |= {c for c in SAMPLE if ord(c) != argument}
        elif op is sre.ANY:
            found |= set(SAMPLE)
        elif op is sre.IN:
            found |= of_set(argument)
        else:
            for inner in inner_trees(op, argument):
                found |= letters(inner)
    return frozenset(found)


def of_set(argument: Any) -> set[str]:
    """Characters of a bracket."""
    found: set[str] = set()
    negated = False
    for op, value in argument:
        if op is sre.NEGATE:
            negated = True
        elif op is sre.LITERAL:
            found.add(chr(value))
        elif op is sre.RANGE:
            found |= {c for c in SAMPLE if value[0] <= ord(c) <= value[1]}
        elif op is sre.CATEGORY:
            found |= {c for c in SAMPLE if in_category(c, value)}
    return {c for c in SAMPLE if c not in found} if negated else found


def in_category(c: str, category: Any) -> bool:
    """Whether a character is of a class such as \\d."""
    name = str(category)
    member = c.isdigit() if "DIGIT" in name else c.isspace() if "SPACE" in name else c.isalnum() or c == "_"
    return not member if "NOT" in name else member
