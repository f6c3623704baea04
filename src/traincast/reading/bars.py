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
OF_EPOCHS = re.compile(r"(?i)(?:train(?:ing)? )?epochs?")
"""words in front of a bar of epochs"""
OF_DATA = re.compile(r"\[[^\]\n]{0,60} ?(?:examples|files?|B|shards?|docs?|rows?|lines?)/s")
"""what such bars count"""
MOST_DRAWN = 40
"""times that a bar was drawn, of which the course of its time is kept"""


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
    """A bar that is not full yet: how it has come so far, thinned where it was drawn often."""

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern, re.MULTILINE)
        self.at = self.pattern.groupindex["batch"] - 1
        self.drawn: list[tuple[str, ...]] = []
        """what its pattern found, every `stride`-th time"""
        self.newest: tuple[str, ...] | None = None
        self.stride = 1
        self.seen = 0
        """how often another one was found"""

    def clear(self) -> None:
        """The bar is full, or another one begins."""
        self.drawn, self.newest, self.stride = [], None, 1

    def see(self, block: str, start: int, end: int) -> None:
        """Look for it in `block[start:end]`."""
        for match in self.pattern.finditer(block, start, end):
            groups = match.groups("")
            if self.newest is not None and int(groups[self.at]) < int(self.newest[self.at]):
                self.clear()
            if groups == self.newest:
                continue
            self.newest = groups
            if self.seen % self.stride == 0:
                self.drawn.append(groups)
            self.seen += 1
            if len(self.drawn) > MOST_DRAWN:
                self.drawn, self.stride = self.drawn[::2], 2 * self.stride

    def rows(self) -> list[tuple[str, ...]]:
        """The bar as it was drawn; the first batch, which starts up, left out."""
        found = self.drawn if self.newest is None or self.newest in self.drawn[-1:] else [*self.drawn, self.newest]
        return found[1:] if len(found) > 1 and found[0][self.at] == "1" else found


def rest_pace(left: Sequence[float | None], done: Sequence[str], size: Sequence[str]) -> list[float | None]:
    """Seconds per batch by the seconds that remain of bars, cut to whole ones; `None` where they tell nothing."""
    counted = zip(left, counts(done), counts(size), strict=True)
    return [(value + 0.5) / (of - at) if value and at and of and of > at else None for value, at, of in counted]
