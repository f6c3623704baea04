"""One shape of step line as it is read: which counter each line belongs to, and where another run begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import msgspec

from traincast.reading.bars import OpenBar, bar_label, keys, prepares
from traincast.reading.columns import Columns
from traincast.reading.dialect import Layer, markers
from traincast.reading.pattern import has_clock, step_pattern
from traincast.reading.rows import Rows, Texts
from traincast.reading.track import Track
from traincast.reading.values import number

TRACKS = 500
"""runs and bars of a log that are told apart; one that has more is damaged"""
IDENTITY = (
    "model", "params", "precision", "device", "n_devices", "seq_len", "micro_batch", "grad_accum", "samples_per_step",
    "tokens_per_step", "steps_planned", "epochs_planned",
)  # fmt: skip
"""facts of headers that make it another run where one differs and the counter begins anew"""


class LayerState:
    """One shape of step line and the counters read from it."""

    def __init__(self, layer: Layer, facts: dict[str, str], *, stamped: bool) -> None:
        self.layer = layer
        self.facts = facts
        self.stamped = stamped and not has_clock(layer)
        self.pattern = step_pattern(layer, stamped=self.stamped)
        self.make: Callable[[Layer, re.Pattern[str]], Columns] = Columns
        """new columns for one counter"""
        self.columns = self.make(layer, self.pattern)
        self.markers = markers(layer)
        kinds = {meaning.is_: index for index, _, meaning in self.columns.named}
        self.rank_at, self.track_at = kinds.get("rank"), kinds.get("track")
        self.rank: str | None = None
        elapsed = [meaning for _, _, meaning in self.columns.named if meaning.is_ == "elapsed"]
        self.falls = "nothing" if (elapsed and elapsed[0].resets != "start") or not elapsed else "start"
        self.tracks: dict[str, list[Track]] = {}
        self.newest: dict[str, list[Track]] = {}
        """of several bars: the runs of the newest with each text in front, whatever its total"""
        self.owners: dict[str, Columns] = {}
        """of several bars: the columns of each, since each has epochs of its own"""
        self.order: list[Track] = []
        self.current: Track | None = None
        self.plan: str | None = None
        """what the header said of the plan when the last run began"""
        self.told: set[str] = set()
        """facts that headers told since the last step line"""
        self.before: dict[str, str] = {}
        """what was known before they did"""
        self.known: dict[str, str] = {}
        """what headers had told of the run when its last step line was read"""
        self.matched = 0
        self.marked = 0
        self.fresh = True
        self.open_bar = OpenBar(layer.partial) if layer.partial else None
        self.drawn: list[str] = []
        """what the newest bar below a context line told beside its time"""
        self.line = 0
        """number of the last line around the steps that was seen"""

    @property
    def moved(self) -> int:
        """How often its counter was seen to move, in an epoch that is not over too."""
        return self.matched + (self.open_bar.seen if self.open_bar is not None else 0)

    def read(self, block: str, start: int, end: int) -> int:
        """Read the step lines of `block[start:end]`; returns how many there were."""
        rows = self.groups(block, start, end)
        if not rows:
            self.open_bar.see(block, start, end) if self.open_bar is not None and self.fresh else None
            return 0
        if self.columns.groups == 1 and isinstance(rows[0], str):
            rows = [(row,) for row in rows]
        if self.layer.needs_context and not (rows := self.below_context(rows)):
            return 0
        if self.rank_at is not None:
            rows = self.of_first_rank(rows)
        if rows:
            self.matched += len(rows)
            if self.layer.tracks == "one":
                self.absorb("", rows)
            else:
                for key, some in self.by_track(rows):
                    self.absorb(key, some)
        return len(rows)

    def below_context(self, rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """The first row below a context line; where it is drawn again, as its epoch is closed, that time counts."""
        first: list[tuple[str, ...]] = []
        for row in rows:
            if self.fresh:
                first, self.fresh, self.drawn = [row], False, self.told_by(row)
                if self.open_bar is not None:
                    self.open_bar.clear()
            elif self.drawn and self.told_by(row) == self.drawn:
                if first:
                    first = [row]
                else:
                    self.draw_again(row)
            else:
                self.drawn = []
        return first

    def told_by(self, row: tuple[str, ...]) -> list[str]:
        """Size and loss of a bar, which stay where it is drawn again; nothing where it tells no loss."""
        texts = {meaning.is_: row[index] for index, _, meaning in self.columns.named if row[index]}
        return [texts.get("batches", ""), texts["loss"]] if "loss" in texts else []

    def draw_again(self, row: tuple[str, ...]) -> None:
        """Take the time of a bar that was drawn again."""
        found = self.columns.texts("step-time", [(text,) for text in row])
        seconds = None if found is None else self.columns.timed(*found)[0]
        if seconds is not None and self.current is not None:
            self.current.put("seconds", seconds)

    def under_way(self) -> tuple[Columns, Rows] | None:
        """Rows of the epoch that is not over yet, and what converted them; `None` where none is open."""
        bar = self.open_bar
        if bar is None or bar.newest is None or not self.fresh:
            return None
        columns = self.make(msgspec.structs.replace(self.layer, step=self.layer.partial), bar.pattern)
        columns.context = dict(self.columns.context)
        rows = columns.rows(list(zip(*bar.rows(), strict=True)))
        return None if rows is None else (columns, rows)

    def groups(self, block: str, start: int, end: int) -> list[tuple[str, ...]]:
        """Groups of each step line, as the shape of line needs them looked for."""
        if self.layer.label:
            return self.labelled(block, start, end)
        if self.stamped and len(self.markers) == 1:
            return self.marked_lines(block, start, end)
        return self.pattern.findall(block, start, end)

    def marked_lines(self, block: str, start: int, end: int) -> list[tuple[str, ...]]:
        """Groups of lines with the marker alone: to look for a stamp on every line would take many times longer."""
        rows = []
        marker = self.markers[0]
        at = block.find(marker, start, end)
        while at >= 0:
            begin, stop = block.rfind("\n", start, at) + 1 or start, block.find("\n", at, end)
            stop = end if stop < 0 else stop
            match = self.pattern.search(block, begin, stop)
            if match is not None:
                rows.append(match.groups(""))
            at = block.find(marker, stop, end)
        return rows

    def labelled(self, block: str, start: int, end: int) -> list[tuple[str, ...]]:
        """Groups of each bar and, last, the text in front of it."""
        rows = []
        for match in self.pattern.finditer(block, start, end):
            label = bar_label(block, match.start())
            if (self.layer.label == "any" and not prepares(label, match[0])) or not label:
                rows.append((*match.groups(""), label))
        return rows

    def of_first_rank(self, rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """The rows of the process that was seen first; lines without a rank are kept."""
        at = self.rank_at
        assert at is not None
        if self.rank is None:
            self.rank = next((row[at] for row in rows if row[at]), None)
        return [row for row in rows if row[at] in ("", self.rank)]

    def by_track(self, rows: list[tuple[str, ...]]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
        """Rows of each bar, in stretches."""
        at = -1 if self.layer.label else self.track_at
        total_at = next(
            (index for index, _, meaning in self.columns.named if meaning.is_ in ("total", "batches")), None
        )
        labels = keys(row[at] for row in rows) if at is not None else [""] * len(rows)
        names = [
            f"{label}\0{row[total_at] if total_at is not None else ''}" for label, row in zip(labels, rows, strict=True)
        ]
        begin = 0
        for i in range(1, len(rows) + 1):
            if i == len(rows) or names[i] != names[begin]:
                yield names[begin], rows[begin:i]
                begin = i

    def absorb(self, key: str, texts: list[tuple[str, ...]]) -> None:
        """Convert rows of one counter and add them to its run, or open the next run."""
        columns = self.columns
        if self.layer.tracks == "longest":
            if len(self.owners) >= TRACKS and key not in self.owners:
                return
            columns = self.owners.setdefault(key, self.make(self.layer, self.pattern))
            columns.context = self.columns.context
        columns.per_epoch = steps_per_epoch(self.facts) if columns.by_share else None
        rows = columns.rows(list(zip(*texts, strict=True)))
        if rows is None:
            return
        runs = self.runs_of(key, rows)
        if self.told:
            known = {name: self.facts[name] for name in IDENTITY if name in self.facts}
            if runs and any(known.get(name, text) != text for name, text in self.known.items()):
                runs[-1].replaced = True
            self.known = known
        while rows.steps:
            if not runs:
                self.open(runs, columns)
            taken = runs[-1].extend(rows)
            self.current = runs[-1]
            if taken:
                runs[-1].replaced = False
                runs[-1].batches = columns.batches
                self.told.clear()
            if columns.facts:
                runs[-1].told = dict(columns.facts)
            if taken == len(rows.steps):
                return
            rows = after(rows, taken)
            self.open(runs, columns)

    def runs_of(self, key: str, rows: Rows) -> list[Track]:
        """The runs of a counter; where a bar goes on under another total, those that it had."""
        runs = self.tracks.get(key)
        if self.layer.label and rows.totals is not None:
            label = key.partition("\0")[0]
            before = self.newest.get(label, []) if runs is None else runs
            if before and before[-1].goes_on(rows.steps[0], rows.totals[0], rows.clocks[0] if rows.clocks else None):
                runs, before[-1].total, before[-1].replanned = before, rows.totals[0], True
            runs = [] if runs is None else runs
            self.newest[label] = runs
        return self.tracks.setdefault(key, [] if runs is None else runs)

    def open(self, runs: list[Track], columns: Columns) -> None:
        """Begin a run of a counter."""
        if len(self.order) >= TRACKS:
            self.order.pop(0)
        if self.order and self.order[-1].facts is None:
            self.order[-1].facts = dict(self.before if self.told else self.facts)
            if self.facts.get("steps_planned") == self.plan and "steps_planned" not in self.told:  # not of the next run
                self.facts.pop("steps_planned", None)
        self.plan = self.facts.get("steps_planned")
        runs.append(Track(counts_from=self.layer.counts_from, falls=self.falls, bars=self.layer.label == "any"))
        runs[-1].first_line, runs[-1].owner = self.line, columns
        self.order.append(runs[-1])

    def restarted(self) -> None:
        """The log says that the process starts again."""
        for runs in self.tracks.values():
            if runs:
                runs[-1].restarted = True


def steps_per_epoch(facts: dict[str, str]) -> float | None:
    """Steps of an epoch, by examples and batch or by steps and epochs; `None` where no header tells."""
    examples, batch, steps, epochs = (
        number(facts.get(name, "")) for name in ("examples", "samples_per_step", "steps_planned", "epochs_planned")
    )
    if examples and batch:
        return examples / batch
    return steps / epochs if steps and epochs and steps > epochs else None


def after(rows: Rows, taken: int) -> Rows:
    """Rows without the first `taken`."""

    def rest(column: Texts) -> Texts:
        return None if column is None else column[taken:]

    return Rows(
        steps=rows.steps[taken:],
        totals=None if rows.totals is None else rows.totals[taken:],
        clocks=rest(rows.clocks),
        seconds=rest(rows.seconds),
        losses=rest(rows.losses),
        rates=rest(rows.rates),
        mfus=rest(rows.mfus),
    )
