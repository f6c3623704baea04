"""Which dialect a log is in: the right one among all, from its first lines, with the runner-up.

Only dialects whose marker occurs are loaded at all. Of those whose step lines match, the more special one wins; among
equals the one that accounts for more of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from traincast.reading.bars import bar_label, prepares
from traincast.reading.dialect import Dialect, Layer, load, markers, openings
from traincast.reading.pattern import has_clock, step_pattern

SAMPLE = 1 << 18
"""characters of a block that are looked at"""
ENOUGH = 400
"""step lines after which more of the same tell nothing new"""
CERTAIN = 35
"""specificity from which a dialect is taken at first sight"""
SHARED = 20
"""specificity of a dialect by lines that other trainers write as well"""
FURTHER = 8 << 20
"""characters that are looked at after a dialect of less"""
SEARCH = 24 << 20
"""characters of noise after which the search for a first step line is given up"""


class Match(msgspec.Struct, kw_only=True, frozen=True):
    """How well a dialect fits a piece of text."""

    dialect: Dialect
    lines: int
    """step lines matched"""
    characters: int
    """characters in them"""
    signs: int = 0
    """headers and events of the dialect that occur"""
    own: bool = True
    """whether any of the lines is of a shape that no other trainer writes"""

    @property
    def specificity(self) -> int:
        """That of the dialect, by what was found of it."""
        return self.dialect.specificity if self.own else min(SHARED, self.dialect.specificity)

    @property
    def score(self) -> tuple[int, int, int]:
        """Order of preference."""
        return self.specificity, self.characters, self.signs


class Verdict(msgspec.Struct, kw_only=True):
    """The dialect found, how sure it is, and what else it could be."""

    dialect: Dialect | None
    hint: Dialect | None = None
    """without a step line: the dialect whose other lines occur"""
    specificity: int = 0
    confidence: float = 0.0
    runner_up: str | None = None
    stamped: bool = False
    """whether a logger or a shell put time stamps before lines of a dialect that has none of its own"""


def candidates(text: str, dialects: Sequence[Dialect] | None = None) -> list[Dialect]:
    """Dialects whose marker occurs in `text`."""
    if dialects is not None:
        return list(dialects)
    loaded = (load(name) for name, literals in openings().items() if any(literal in text for literal in literals))
    return [dialect for dialect in loaded if not dialect.needs or any(need in text for need in dialect.needs)]


def fit(dialect: Dialect, text: str) -> Match:
    """How many step lines of `dialect` are in `text`; the preferred shape of line that occurs counts, and its
    fall-backs beside it."""
    lines = characters = 0
    own = False
    for layer in dialect.layers:
        if not any(marker in text for marker in markers(layer)):
            continue
        for match in step_lines(layer, text):
            lines += 1
            characters += match.end() - match.start()
            own = own or not layer.shared
            if lines >= ENOUGH:
                break
    if not lines and dialect.partial and any(re.search(one.pattern, text, re.MULTILINE) for one in dialect.context):
        for match in re.finditer(dialect.partial, text, re.MULTILINE):
            lines, characters = lines + 1, characters + match.end() - match.start()
    pairs = [(one.marker, one.pattern) for one in dialect.header]
    pairs += [(one.marker, one.pattern) for one in (*dialect.event, *dialect.context)]
    signs = sum(marker in text and re.search(pattern, text, re.MULTILINE) is not None for marker, pattern in pairs)
    return Match(dialect=dialect, lines=lines, characters=characters, signs=signs, own=own or not lines)


def step_lines(layer: Layer, text: str) -> Iterator[re.Match[str]]:
    """Lines of a shape; bars that prepare the training are none, nor those with words in front where only bars without
    any are read."""
    for found in step_pattern(layer).finditer(text):
        label = bar_label(text, found.start()) if layer.label else ""
        if not (layer.label and prepares(label, found[0])) and not (layer.label == "none" and label):
            yield found


def judge(text: str, dialects: Sequence[Dialect] | None = None) -> Verdict:
    """The verdict from one piece of text; no dialect where no step line matched."""
    fits = [fit(dialect, text) for dialect in candidates(text, dialects)]
    matches = [match for match in fits if match.lines]
    if not matches:
        telling = max(fits, key=lambda match: match.signs, default=None)
        return Verdict(dialect=None, hint=telling.dialect if telling and telling.signs > 1 else None)
    matches.sort(key=lambda match: match.score, reverse=True)
    best = matches[0]
    rival = matches[1] if len(matches) > 1 else None
    sure = 0.99 if best.specificity >= CERTAIN else 0.8
    if best.lines < 3:
        sure -= 0.05
    if rival is not None and rival.specificity == best.specificity:
        share = rival.characters / max(1, best.characters)
        sure -= 0.3 * min(1.0, share)
    return Verdict(
        dialect=best.dialect,
        specificity=best.specificity,
        confidence=round(sure, 3),
        runner_up=rival.dialect.name if rival else None,
        stamped=is_stamped(best.dialect, text),
    )


def is_stamped(dialect: Dialect, text: str) -> bool:
    """Whether step lines without a clock of their own carry a time stamp in front."""
    for layer in dialect.layers:
        checked = with_stamp = 0
        pattern, stamped = step_pattern(layer), step_pattern(layer, stamped=True)
        for match in pattern.finditer(text) if not has_clock(layer) else ():
            begin = text.rfind("\n", 0, match.start()) + 1
            checked += 1
            with_stamp += stamped.match(text, begin, match.end()) is not None
            if checked >= 20:
                break
        if checked:
            return with_stamp >= 0.8 * checked
    return False


def sniff(blocks: Iterable[str], dialects: Sequence[Dialect] | None = None) -> tuple[Verdict, Iterator[str]]:
    """The verdict, and all the blocks again, those looked at included.

    The search goes on through blocks of noise (installers, network chatter, program listings) until a step line is
    found.
    """
    iterator = iter(blocks)
    held: list[str] = []
    best = Verdict(dialect=None)
    hint: Dialect | None = None
    size, until = 0, SEARCH
    for block in iterator:
        held.append(block)
        size += len(block)
        for begin in range(0, len(block), SAMPLE):
            verdict = judge(piece(block, begin), dialects)
            hint = hint or verdict.hint
            if verdict.dialect is None:
                continue
            if verdict.specificity >= CERTAIN or dialects is not None:
                return verdict, chain(held, iterator)
            if best.dialect is None:  # a bar may be that of a download: look further for something more special
                best, until = verdict, size + FURTHER
            elif verdict.specificity > best.specificity:
                best = verdict
        if size > until:
            break
    if best.dialect is None and hint is not None:
        best = Verdict(dialect=hint, confidence=0.7)
    return best, chain(held, iterator)


def sniff_on(blocks: Iterable[str]) -> tuple[Verdict, Iterator[str]]:
    """As `sniff`, however far the first step line is: of the noise before it only its line ends are kept."""
    iterator = iter(blocks)
    passed = 0
    for block in iterator:
        for begin in range(0, len(block), SAMPLE):
            verdict = judge(piece(block, begin))
            if verdict.dialect is not None:
                return verdict, chain(["\n" * passed, block], iterator)
        passed += block.count("\n")
    return Verdict(dialect=None), iter(())


def piece(block: str, begin: int) -> str:
    """About `SAMPLE` characters of whole lines from `begin` on."""
    if len(block) <= SAMPLE:
        return block
    start = block.rfind("\n", 0, begin) + 1 if begin else 0
    end = block.find("\n", begin + SAMPLE)
    return block[start : end + 1 if end >= 0 else len(block)]
