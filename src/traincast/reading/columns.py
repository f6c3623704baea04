"""Texts of matched groups to columns of numbers: each group's meaning is applied once, for a whole block of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from traincast.reading.bars import rest_pace
from traincast.reading.clocks import Clock
from traincast.reading.countdown import Countdown
from traincast.reading.dialect import Layer, Meaning
from traincast.reading.lefts import Lefts
from traincast.reading.pattern import meanings
from traincast.reading.rates import bar_seconds, finer, step_rate
from traincast.reading.rows import Rows
from traincast.reading.values import SECONDS, counts, number, reader, scaled

MOSTLY = 0.9
"""share of the times of bars that a mean rate must make exact to be the clock's resolution"""
FINE = 0.05
"""seconds; what those are then good for: rates have three digits"""


class Columns:
    """Converts rows of one layer; holds its clock and the state of its epochs."""

    def __init__(self, layer: Layer, pattern: re.Pattern[str]) -> None:
        self.layer = layer
        self.clock, self.left, self.tick = Clock(), Countdown(layer), 0.0
        self.groups = pattern.groups
        self.named: list[tuple[int, str, Meaning]] = [
            (pattern.groupindex[name] - 1, name, meaning) for name, meaning in meanings(layer).items()
        ]
        if "prefix_stamp" in pattern.groupindex:
            self.named.append((pattern.groupindex["prefix_stamp"] - 1, "prefix_stamp", Meaning(is_="clock")))
        self.by_kind: dict[str, list[tuple[int, Meaning]]] = {}
        for index, _, meaning in self.named:
            self.by_kind.setdefault(meaning.is_, []).append((index, meaning))
        self.by_share = "epochs-done" in self.by_kind
        self.per_epoch: float | None = None
        """steps of an epoch, as headers tell"""
        self.context: dict[str, tuple[str, Meaning]] = {}
        self.offset = 0
        self.epoch: int | None = None
        self.first_epoch: int | None = None
        self.batches: int | None = None
        self.last_step = layer.counts_from - 1
        self.last_batch: int | None = None
        self.interval: int | None = None
        """usual number of steps between two lines"""
        self.gap: int | None = None
        """steps between the last two lines"""
        self.elapsed_offset = 0.0
        self.last_elapsed: float | None = None
        self.full: str | None = None
        """epoch of the last row, where its bar was full"""
        self.label_only = False
        """whether the epoch in front of a bar is what the bar counts"""
        self.sentinels: dict[str, str] = {}
        self.facts: dict[str, str] = {}
        self.lefts = Lefts()
        """what lines say is left since the counter fell"""
        self.resolution: float | None = None

    @property
    def titled(self) -> bool:
        """Whether a line of its own tells the epoch of a bar, which then counts its batches."""
        return "epoch" in self.context and self.layer.tracks == "longest"

    def texts(self, kind: str, columns: Sequence[Sequence[str]]) -> tuple[Sequence[str], Meaning] | None:
        """The column of `kind`, of several alternatives the one that each row has, or what the context says of it."""
        found: tuple[Sequence[str], Meaning] | None = None
        for index, meaning in self.by_kind.get(kind, ()):
            if not any(columns[index]):
                continue
            if found is None:
                found = columns[index], meaning
            elif not all(found[0]):
                found = [a or b for a, b in zip(found[0], columns[index], strict=True)], found[1]
        if found is None and kind in self.context:
            text, meaning = self.context[kind]
            return [text] * len(columns[0]), meaning
        return found

    def rows(self, columns: Sequence[Sequence[str]]) -> Rows | None:
        """Rows of a block; lines without a readable counter are left out."""
        steps, totals = self.counters(columns)
        if steps is None:
            return None
        if any(step is None or step < 0 for step in steps):
            good = [i for i, step in enumerate(steps) if step is not None and step >= 0]
            if not good:
                return None
            columns = [[column[i] for i in good] for column in columns]
            steps = [steps[i] for i in good]
            totals = None if totals is None else [totals[i] for i in good]
        known = [step for step in steps if step is not None]
        seconds = self.step_seconds(columns, known)
        self.gap = known[-1] - known[-2] if len(known) > 1 else self.gap
        self.last_step = known[-1]
        self.note_facts(columns)
        if (left := self.texts("remaining", columns)) is not None:
            self.lefts.see(left[0], known, left[1].unit)
        return Rows(
            steps=known,
            totals=totals,
            clocks=self.clocks(columns),
            seconds=seconds,
            losses=self.plain("loss", columns),
            rates=self.rates(columns),
            mfus=self.mfus(columns),
        )

    def counters(self, columns: Sequence[Sequence[str]]) -> tuple[list[int | None] | None, list[int | None] | None]:
        """Counter and plan of each row, through all epochs."""
        total = self.texts("total", columns)
        totals = None if total is None else self.counted(*total)
        direct = self.texts("step", columns)
        if direct is not None and self.titled:
            return self.flattened(direct, self.texts("epoch", columns), columns, None)
        if direct is not None:
            return counts(direct[0]), totals
        if self.by_share:
            return self.shares(columns), totals
        batch, epoch = self.texts("batch", columns), self.texts("epoch", columns)
        if batch is None:
            if epoch is None:
                return None, None
            planned = self.texts("epochs", columns)
            return counts(epoch[0]), totals if planned is None else self.counted(*planned)
        return self.flattened(batch, epoch, columns, totals)

    def shares(self, columns: Sequence[Sequence[str]]) -> list[int | None] | None:
        """Steps by the epochs that are done; `None` where no header told how many steps an epoch has."""
        done = self.texts("epochs-done", columns)
        if done is None or self.per_epoch is None:
            return None
        size = self.per_epoch
        return [None if value is None else max(1, round(value * size)) for value in scaled(done[0], 1.0)]

    def counted(self, texts: Sequence[str], meaning: Meaning) -> list[int | None]:
        """Counts of a column, the last index made a count."""
        found = counts(texts)
        return [None if value is None else value + 1 for value in found] if meaning.last_index else found

    def flattened(
        self,
        batch: tuple[Sequence[str], Meaning],
        epoch: tuple[Sequence[str], Meaning] | None,
        columns: Sequence[Sequence[str]],
        totals: list[int | None] | None,
    ) -> tuple[list[int | None], list[int | None] | None]:
        """Batches of epochs as one counter. An epoch that is not the next one is placed by the printed number of
        batches."""
        batches = self.texts("batches", columns) or (self.texts("total", columns) if self.titled else None)
        epochs = self.texts("epochs", columns)
        sizes = self.counted(*batches) if batches else [self.batches] * len(batch[0])
        numbers = counts(epoch[0]) if epoch else [None] * len(batch[0])
        origin = epoch[1].origin if epoch else 0
        steps: list[int | None] = []
        for position, size, at in zip(counts(batch[0]), sizes, numbers, strict=True):
            if position is None:
                steps.append(None)
                continue
            self.turn(at, size, position, self.first_number(at, counted=epochs is not None) if origin < 0 else origin)
            steps.append(self.offset + position)
            self.last_batch = position
            self.batches = size or self.batches
        planned = self.counted(*epochs) if epochs else None
        if self.label_only:
            return steps, sizes
        if planned and totals is None and self.batches:
            totals = [
                None if count is None or size is None else count * size
                for count, size in zip(planned, sizes, strict=True)
            ]
            totals = self.steady_totals(totals)
        return steps, totals

    def turn(self, epoch: int | None, size: int | None, position: int, origin: int) -> None:
        """Move the offset where another epoch begins."""
        if epoch is None or epoch == self.epoch:
            return
        if self.label_only or self.is_label(epoch, size, position) or self.goes_on(epoch, size, position):
            self.epoch = epoch
            return
        self.first_epoch = epoch if self.first_epoch is None else self.first_epoch
        if self.epoch is not None and epoch == self.epoch + 1:
            told = size if size and size >= (self.last_batch or 0) else None  # an epoch's end may tell its size
            self.offset += self.batches or told or (self.last_batch or 0) + 1 - self.layer.counts_from
        elif size or self.batches:
            self.offset = max(0, epoch - origin) * (size or self.batches or 0)
        elif self.epoch is not None and epoch < self.epoch:
            self.offset = 0
        self.epoch = epoch
        if size is None and position == 0:
            self.last_batch = None

    def first_number(self, epoch: int | None, *, counted: bool) -> int:
        """Number of the first epoch by the first that is seen: an excerpt may begin later, where most that say of how
        many (`counted`) begin at 1."""
        first = self.first_epoch if self.first_epoch is not None else epoch
        return 1 if first == 1 or (first and counted) else 0

    def goes_on(self, epoch: int, size: int | None, position: int) -> bool:
        """Whether the counter of batches of unknown number goes on where the next epoch begins: it counts them all."""
        known = size or self.batches or self.last_batch is None or self.epoch is None
        return not known and epoch == self.epoch + 1 and position > self.last_batch  # type: ignore[operator]

    def is_label(self, epoch: int, size: int | None, position: int) -> bool:
        """Whether a bar goes on where the epoch before it changes: it counts epochs (`Epoch 5: 5/100`)."""
        last = self.last_batch
        if self.layer.tracks != "longest" or self.epoch is None or epoch != self.epoch + 1:
            return False
        if last is None or not size or size < 3 or last >= size or position < 1 or position < last:
            return False
        if position - last > 1 and not self.titled:
            return False
        self.label_only, self.offset = True, 0
        return True

    def steady_totals(self, totals: list[int | None]) -> list[int | None]:
        """Plans that differ only because the last epoch has a batch less are one plan: the first one."""
        first = getattr(self, "_first_total", None) or next((total for total in totals if total), None)
        self._first_total = first
        if first is None:
            return totals
        return [first if total is not None and abs(total - first) <= 0.01 * first else total for total in totals]

    def step_seconds(self, columns: Sequence[Sequence[str]], steps: list[int]) -> list[float | None] | None:
        """Seconds per step of each row, from a time per step, of the interval, or a rate of steps."""
        direct = self.texts("step-time", columns)
        if direct is not None:
            whole, size = self.texts("bar-seconds", columns), self.texts("batches", columns)
            values = self.by_bar(self.timed(*direct), columns)
            return finer(values, direct[0], whole[0], size[0]) if whole and size else values
        interval = self.texts("interval-time", columns)
        if interval is not None:
            return self.of_interval(self.timed(*interval), steps)
        rate = self.texts("step-rate", columns)
        if rate is not None:
            return [step_rate(text, rate[1]) for text in rate[0]]
        left, at, size = (self.texts(kind, columns) for kind in ("bar-left", "batch", "batches"))
        return rest_pace(self.timed(*left), at[0], size[0]) if left and at and size else None

    def by_bar(self, values: list[float | None], columns: Sequence[Sequence[str]]) -> list[float | None]:
        """Whole seconds of a closed bar made exact by the mean rate that it prints beside them."""
        rate, size = self.texts("bar-rate", columns), self.texts("bar-size", columns)
        if rate is None or size is None:
            return values
        return [
            None if value is None else bar_seconds(value, number(count), text)
            for value, count, text in zip(values, size[0], rate[0], strict=True)
        ]

    def of_interval(self, values: list[float | None], steps: list[int]) -> list[float | None]:
        """Seconds per step where a line tells the seconds since the line before.

        An excerpt or a resume leaves lines out; the time still covers the usual number of steps.
        """
        gaps = [b - a for a, b in zip([self.last_step, *steps], steps, strict=False)]
        known = [gap for gap in gaps[self.interval is None :] if gap > 0]
        usual = min([*known, self.interval or known[0]]) if known else self.interval
        self.interval = usual
        found: list[float | None] = []
        for value, gap in zip(values, gaps, strict=True):
            covered = usual if usual and gap > 2 * usual else gap
            found.append(None if value is None or covered <= 0 else value / covered)
        return found

    def timed(self, texts: Sequence[str], meaning: Meaning) -> list[float | None]:
        """A column of times, seconds; negative ones are damage."""
        values = reader(meaning.unit or "s")(texts)
        if meaning.scale != 1.0:
            values = [None if value is None else value * meaning.scale for value in values]
        if any(value is None or not 0 <= value < 1e9 for value in values):
            return [value if value is not None and 0 <= value < 1e9 else None for value in values]
        return values

    def clocks(self, columns: Sequence[Sequence[str]]) -> list[float | None] | None:
        """Clock of each row in seconds: a stamp, else an elapsed time, else what remains, turned round."""
        stamp = self.texts("clock", columns)
        if stamp is not None:
            return [self.clock.seconds(text) if text else None for text in stamp[0]]
        elapsed = self.texts("elapsed", columns)
        if elapsed is not None:
            values = self.by_mean_rate(self.timed(*elapsed), columns)
            self.note_resolution(*elapsed)
            return self.unwrapped(values, columns) if elapsed[1].resets == "epoch" or self.titled else values
        countdown = self.texts("countdown", columns)
        if countdown is None:
            return None
        self.note_resolution(*countdown)
        self.tick = self.tick or self.resolution or 0.0
        clocks = self.left.clocks(self.timed(*countdown), self.tick, self.places(columns, len(countdown[0])))
        self.resolution = self.left.resolution(self.tick)
        return clocks

    def by_mean_rate(self, values: list[float | None], columns: Sequence[Sequence[str]]) -> list[float | None]:
        """Whole seconds since a bar began made exact by its mean rate, where it prints one."""
        rate, at = self.texts("bar-rate", columns), self.texts("batch", columns)
        if rate is None or at is None:
            return values
        exact = [
            None if value is None else bar_seconds(value, number(count), text)
            for value, count, text in zip(values, at[0], rate[0], strict=True)
        ]
        known = [value for value in exact if value]
        if known and self.resolution is None and sum(value != int(value) for value in known) > MOSTLY * len(known):
            self.resolution = FINE
        return exact

    def note_resolution(self, texts: Sequence[str], meaning: Meaning) -> None:
        """Smallest difference that the printed durations can show."""
        if self.resolution is not None or not texts:
            return
        digits = re.search(r"\.(\d{1,9})", texts[-1])
        unit = 1.0 if meaning.unit in ("", "text") else SECONDS[meaning.unit]
        self.resolution = meaning.tick or unit * (10.0 ** -len(digits[1]) if digits else 1.0)

    def unwrapped(self, values: list[float | None], columns: Sequence[Sequence[str]]) -> list[float | None]:
        """Times since each epoch began as one time. They begin anew where they fall, and after a full bar."""
        epochs, batch, sizes = self.places(columns, len(values))
        found: list[float | None] = []
        for value, epoch, position, size in zip(values, epochs, batch, sizes, strict=True):
            if value is None:
                found.append(None)
                continue
            ended = self.full is not None and epoch != self.full and position != "0"
            if self.last_elapsed is not None and (value < self.last_elapsed or ended):
                self.elapsed_offset += self.last_elapsed
            self.last_elapsed = value
            self.full = epoch if epoch and size and position == size else None
            found.append(value + self.elapsed_offset)
        return found

    def places(self, columns: Sequence[Sequence[str]], rows: int) -> list[Sequence[str]]:
        """Epoch, batch and batches of each row."""
        kinds = ("epoch", "step", "total") if self.titled and "step" in self.by_kind else ("epoch", "batch", "batches")
        places = [self.texts(kind, columns) for kind in kinds]
        return [place[0] if place else [""] * rows for place in places]

    def plain(self, kind: str, columns: Sequence[Sequence[str]]) -> list[float | None] | None:
        """Numbers of a kind that needs no conversion, in the unit of the log."""
        found = self.texts(kind, columns)
        return None if found is None else scaled(found[0], found[1].scale)

    def rates(self, columns: Sequence[Sequence[str]]) -> list[float | None] | None:
        """Units a second as printed."""
        found = self.texts("rate", columns)
        if found is None:
            return None
        values = scaled(found[0], found[1].scale)
        return [value if value is not None and value > 0 else None for value in values]

    def mfus(self, columns: Sequence[Sequence[str]]) -> list[float | None] | None:
        """MFU as a fraction; a placeholder is kept aside for a finding."""
        found = self.texts("mfu", columns)
        if found is None:
            return None
        texts, meaning = found
        values = scaled(texts, meaning.scale * (1.0 if meaning.unit == "fraction" else 0.01))
        if min((value for value in values if value is not None), default=0.0) < 0:
            for text, value in zip(texts, values, strict=True):
                if value is not None and value < 0:
                    self.sentinels.setdefault("mfu", text)
            values = [value if value is not None and value >= 0 else None for value in values]
        return values

    def note_facts(self, columns: Sequence[Sequence[str]]) -> None:
        """Facts that step lines carry: the last word counts."""
        for index, meaning in self.by_kind.get("fact", ()):
            if text := next((text for text in reversed(columns[index]) if text), ""):
                self.facts[meaning.field] = text
        for kind in ("remaining", "progress"):
            if (found := self.texts(kind, columns)) is not None:
                self.facts[f"_{kind}"] = found[0][-1]
                self.facts[f"_{kind}_unit"] = found[1].unit
