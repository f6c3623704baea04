"""Progress bars: which of several a line belongs to, by the words in front; and how far one is that is not full yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from traincast.reading.values import counts

STAMPED = re.compile(
    r"^ ?(?:(?:\d{4}-\d\d-\d\d[T ][\d:.,]{8,18}(?:Z|[+-]\d\d:?\d\d)?(?: std(?:out|err) [FP])?"
    r"(?: - [\w.]{1,40} - [A-Z]{4,8} -| \| [A-Z]{4,8} {1,4}\| [\w.:<>]{1,80} -)?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?: [\w.-]{1,40} [\w.-]{1,40}\[\d+\]:)?"
    r"|[\w.-]{1,40} {1,20}\||\(\w{1,40} pid=\d+[^)\n]{0,40}\)) "
    r"|\[\d+,\d+\]<std(?:out|err)>: ?|[A-Z]{4,8}:[\w.]{1,40}:)"
)
"""what a runner or a logger puts before each line: no words of the bar"""


PREPARES = re.compile(
    r"(?i)^(?:map|filter|fetching|downloading|loading|tokeniz|resolving|extract|casting|flattening|saving|writing"
    r"|unpacking|creating|generating \w{1,20} split|processing|preprocessing|packing|grouping texts|running tokenizer"
    r"|adding|truncating|applying|converting|computing checksums|dropping|sorting|shuffling|reading|materializing"
    r"|quantiz|merging|upload|capturing)"
)
"""first words of bars of data, weights and tokenizers"""
OF_DATA = re.compile(r"\[[^\]\n]{0,60} ?(?:examples|files?|B|shards?|docs?|rows?|lines?)/s")
"""what such bars count"""
NEWEST = 60
"""lines among which the newest bar is looked for: others may stand below it"""


def keys(texts: Iterable[str]) -> list[str]:
    """Texts of bars without their figures: bars of all epochs are one track."""
    return [re.sub(r"\d+", "#", text).strip(" :|") for text in texts]


def bar_label(block: str, at: int) -> str:
    """The words in front of a bar at `at`, without its percentage and what was glued before it."""
    begin = max(block.rfind("\n", 0, at) + 1, at - 120)
    text = STAMPED.sub("", block[begin:at], count=1).rstrip("0123456789. ")
    text = text[max(text.rfind("}"), text.rfind("]")) + 1 :].strip(" :|")
    return text if any(c.isalpha() for c in text) else ""


def prepares(label: str, bar: str) -> bool:
    """Whether a bar with `label` in front counts data, weights or files, and no steps."""
    return PREPARES.match(label) is not None or OF_DATA.search(bar) is not None


class OpenBar:
    """The newest bar that is not full yet."""

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern, re.MULTILINE)
        self.groups: tuple[str, ...] | None = None
        """what its pattern found"""
        self.seen = 0
        """how often another one was found"""

    def see(self, block: str, start: int, end: int) -> None:
        """Look for one in the last lines of `block[start:end]`."""
        stop = end
        for _ in range(NEWEST):
            begin = block.rfind("\n", start, max(start, stop - 1)) + 1 or start
            match = self.pattern.search(block, begin, stop)
            if match is not None:
                self.seen += match.groups("") != self.groups
                self.groups = match.groups("")
                return
            if begin <= start:
                return
            stop = begin - 1


def rest_pace(left: Sequence[float | None], done: Sequence[str], size: Sequence[str]) -> list[float | None]:
    """Seconds per batch by the seconds that remain of bars, cut to whole ones; `None` where they tell nothing."""
    counted = zip(left, counts(done), counts(size), strict=True)
    return [(value + 0.5) / (of - at) if value and at and of and of > at else None for value, at, of in counted]
