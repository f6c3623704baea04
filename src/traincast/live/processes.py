"""Processes as /proc tells of them; without /proc nothing is known, and nothing but the group is signalled."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Stat(msgspec.Struct, frozen=True):
    """One process at one moment."""

    parent: int
    group: int
    began: str
    state: str

    @property
    def lives(self) -> bool:
        """Whether it runs; a dead one that its parent has not asked about does not."""
        return self.state not in "ZX"


class Process(msgspec.Struct, frozen=True):
    """One process; the time it began tells it from a later one with the same number."""

    number: int
    began: str

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        found = stat(self.number)
        return found is not None and found.began == self.began and found.lives


def stat(number: int) -> Stat | None:
    """What /proc says of process `number`; `None` where there is none, or no /proc."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    fields = text[text.rfind(")") + 2 :].split()
    return Stat(int(fields[1]), int(fields[2]), fields[19], fields[0]) if len(fields) > 19 else None


def numbers() -> list[int]:
    """Numbers of all processes; empty without /proc."""
    try:
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def descendants(number: int) -> set[Process]:
    """Children of process `number` and theirs: trainers start workers in sessions of their own."""
    known = {one: found for one in numbers() if (found := stat(one)) is not None}
    family: set[int] = {number}
    grown = True
    while grown:
        more = {one for one, found in known.items() if found.parent in family and one not in family}
        family |= more
        grown = bool(more)
    return {Process(one, known[one].began) for one in family - {number} if one in known}
