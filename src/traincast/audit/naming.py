"""What a measure is a measure of, by the words around it."""

from __future__ import annotations

import re
from functools import cache

import msgspec

from traincast.audit.measures import Measure
from traincast.audit.spelled import Unit, unit_at
from traincast.audit.words import Meaning, any_label, any_of, compiled, labels, meanings, vocabulary

AFTER = 12
"""what a word behind the figure is taken to be farther away: most figures are told what they are before"""
LONG = 60.0
"""seconds from which a weak word near a figure outweighs a step that is named farther off"""
EACH_LASTS = re.compile(
    r"\s?(?:de|of|à|at|×|taking|each taking|of about|d'environ)\s?[~≈]?\s?(?:environ |about )?", re.IGNORECASE
)
"""between `6120 steps` and `2.40 s`: each of them takes that long"""
FEWEST_TOKENS = 1e6
"""no run is over fewer"""
TIMES_TOKENS = re.compile(r" × [\d., ]{1,12}k? ?(?:tokens?|jetons?)")
LONGEST_STEP = 1200.0
"""seconds; `6000 steps of 2 hours` are no steps"""
SHORT = 2.0
"""seconds; nothing that is trained takes less"""
LABEL_END = re.compile(r"[^\W\d][^\w]{0,14}$")
"""a label ends in a letter, not far before its figure"""
BOUNDARY = re.compile(r"[.!?](?=\s|$)|[;|]")
AFTER_BOUNDARY = re.compile(r"[.!?](?=\s|$)|[;|,()]|(?<=\s)[–—-](?=\s)")
BRACKET = re.compile(r"[(\[]\s?([A-Za-z%$€µ/. ]{1,20}?)\s?[)\]]\s*[\"']?\s*[:=|]?\s*$")
BY_UNIT = {
    "token_rate": "tokens_per_second", "sample_rate": "samples_per_second", "step_rate": "steps_per_second",
    "money_rate": "price", "power": "power", "energy": "energy", "byte_rate": "bandwidth", "flop": "flops_per_step",
    "gpu_hours": "gpu_hours",
}  # fmt: skip
PER_STEP = {"time": "step_time", "tokens": "tokens_per_step", "samples": "global_batch"}
PER_MICRO = {"time": "micro_step_time", "tokens": "tokens_per_micro_step", "samples": "micro_batch"}
PER_DEVICE = {
    "token_rate": "tokens_per_second_per_device", "sample_rate": "samples_per_second_per_device",
    "samples": "micro_batch", "flops": "achieved_flops",
}  # fmt: skip
TIME_LABELS = {"step_time_ms": ("step_time", 1e-3)}
OF_EACH = frozenset({"tokens_per_second", "samples_per_second"})
EACH = re.compile(r"\b(?:per|par|each|chaque) (?:gpu|device|card|carte|chip|accelerator)", re.IGNORECASE)
SECONDS = frozenset({"time", "clock"})


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A quantity found for a measure."""

    quantity: str
    factor: float = 1.0
    """to apply where the unit stood in the label: `dt (ms): 3838`"""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """Text around the measures of a line."""

    line: str
    before: str = ""
    """what the sentence began with on the line before"""
    cell: bool = False
    """whether it is a cell of a table"""
    labels: tuple[str, ...] = ()
    """row label and column head of a table cell; the heading or the list's opening line: nearest first"""


def named(measures: list[Measure], i: int, around: Surroundings) -> Named | None:
    """The quantity of `measures[i]`, or None where nothing tells it."""
    measure = measures[i]
    if measure.dimension == "bare":
        return bare_name(measures, i, around)
    if measure.dimension in vocabulary()["single"]:
        return Named(quantity=vocabulary()["single"][measure.dimension])
    if measure.per == "sequence" or (measure.dimension == "tokens" and around.line[: measure.start].endswith("× ")):
        return Named(quantity="seq_len")  # `16 × 1024 tokens`
    if measure.dimension == "samples" and TIMES_TOKENS.match(around.line[measure.end :]):
        return Named(quantity="global_batch")  # `480 sequences × 1024 tokens`
    table = {"step": PER_STEP, "micro-step": PER_MICRO, "device": PER_DEVICE}.get(measure.per, {})
    if measure.per == "other":
        return None
    if measure.dimension in table:
        return Named(quantity=table[measure.dimension])
    if measure.dimension in BY_UNIT:
        name = BY_UNIT[measure.dimension]
        each = name in OF_EACH and EACH.search(windows(measures, i, around)[0] + after_window(measures, i, around))
        return Named(quantity=name + "_per_device" if each else name)
    return by_words(measures, i, around)


def by_words(measures: list[Measure], i: int, around: Surroundings) -> Named | None:
    """The meaning whose word stands nearest; then that of labels and headings; then the default of the dimension."""
    measure = measures[i]
    dimension = "time" if measure.dimension in SECONDS else measure.dimension
    if i and measures[i - 1].dimension == "steps" and dimension == "time":
        between = around.line[measures[i - 1].end : measure.start]
        if EACH_LASTS.fullmatch(between) and (measure.high or 0) < LONGEST_STEP:
            return Named(quantity="step_time")
    rows = [row for row in meanings() if row.dimension == dimension]
    near, wide, line = windows(measures, i, around)
    after = after_window(measures, i, around)
    found = worded(rows, measure, (near, after), (wide, line, *around.labels))
    if found is not None:
        return None if found.startswith("other") else Named(quantity=found)
    if measure.dimension == "clock":
        return None
    for row in rows:
        if row.default or (row.default_from and (measure.high or 0) >= row.default_from):
            return Named(quantity=row.quantity)
    return None


def worded(rows: list[Meaning], measure: Measure, near: tuple[str, str], farther: tuple[str, ...]) -> str | None:
    """The quantity by a word near the figure, farther off, or by a weak word near it; None where there is none."""
    high = measure.high or 0.0
    weak = nearest(rows, *near, weak=True)
    for text, tail in (near, *((text, "") for text in farther)):
        found = nearest(rows, text, tail)
        if found is None or (found == "step_time" and text is not near[0] and weak and high >= LONG):
            continue
        return sensible(found, high)
    return sensible(weak, high)


def sensible(quantity: str | None, high: float) -> str | None:
    """`quantity`, unless its figure is far too small for it."""
    if quantity == "total_time" and high < SHORT:
        return "step_time"
    if quantity == "tokens_total" and high < FEWEST_TOKENS:
        return "other_tokens"
    return quantity


def windows(measures: list[Measure], i: int, around: Surroundings) -> tuple[str, str, str]:
    """Text before the measure: since the measure before it, since the clause, since the sentence (measures blanked)."""
    start = measures[i].start
    blanked = around.line
    for other in measures[:i]:
        if other.dimension != "bare":
            blanked = blanked[: other.start] + "\x00" * (other.end - other.start) + blanked[other.end :]
    text = blanked[:start]
    stops = [match.end() for match in BOUNDARY.finditer(text)]
    sentence = text[stops[-1] :] if stops else (around.before + " " + text if around.before else text)
    near = sentence.rsplit("\x00", 1)[-1]
    clauses = re.split(r"[.!?](?=\s)", text)[-1]
    return near, sentence.replace("\x00", " "), clauses.replace("\x00", " ")


def after_window(measures: list[Measure], i: int, around: Surroundings) -> str:
    """Text behind the measure, up to the next measure or the end of the clause."""
    end = next((m.start for m in measures[i + 1 :] if m.dimension != "bare"), len(around.line))
    text = around.line[measures[i].end : end][:60]
    stop = AFTER_BOUNDARY.search(text)
    opened = text.lstrip().startswith("(")
    return text if opened else text[: stop.start()] if stop else text


def nearest(rows: list[Meaning], before: str, after: str, *, weak: bool = False) -> str | None:
    """The quantity whose (weak) word is nearest to the figure between `before` and `after`."""
    best: tuple[int, int, int] | None = None
    quantity = None
    for order, row in enumerate(rows):
        words = row.weak if weak else row.words
        if not words:
            continue
        pattern = word_pattern(words)
        scores = [(len(before) - m.end(), -len(m[0]), order) for m in pattern.finditer(before)]
        if after and (match := pattern.search(after)):
            scores.append((match.start() + AFTER, -len(match[0]), order))
        for score in scores:
            if best is None or score < best:
                best, quantity = score, row.quantity
    return quantity


@cache
def word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of `words`, at the beginning of a word and, unless they say otherwise, at its end."""
    return compiled(r"(?<![^\W_])" + any_of(words) + r"(?![^\W\d_])")


def bare_name(measures: list[Measure], i: int, around: Surroundings) -> Named | None:
    """A figure without a unit: by the label before it, then by a unit in brackets of that label."""
    measure = measures[i]
    text = windows(measures, i, around)[0]
    alone = not text.strip(" ~≈<>")
    for label in (text, *(around.labels[:2] if alone else ())):
        if unit := bracketed(label):
            return in_brackets(measure, unit, measures, i, around, label)
        best = labelled(label if label is text else label + ": ")
        if best:
            return None if best == "other" else renamed(best)
    if measure.scale >= 1e6 and re.search(
        r"(?i)mod[eè]l|gpt|llama|param", text[-40:] + around.line[measure.end :][:25]
    ):
        return Named(quantity="parameters")
    return None


def labelled(text: str) -> str | None:
    """The quantity whose label ends `text`; the longest label wins."""
    best: tuple[int, str] | None = None
    tail = text[-70:]
    if not LABEL_END.search(tail) or not any_label().search(tail):
        return None
    for quantity, pattern in labels():
        for match in [pattern.search(tail)]:
            if match and (best is None or len(match[0]) > best[0]):
                best = (len(match[0]), quantity)
    return best[1] if best else None


def renamed(quantity: str) -> Named:
    """The quantity of a label that also tells the unit."""
    name, factor = TIME_LABELS.get(quantity, (quantity, 1.0))
    return Named(quantity=name, factor=factor)


def bracketed(label: str) -> Unit | None:
    """The unit in brackets at the end of a label: `Step time (ms):`."""
    match = BRACKET.search(label if label.rstrip().endswith((")", "]", ":", "=", "|")) else label + ":")
    return unit_at(match[1], 0) if match else None


def in_brackets(
    measure: Measure, unit: Unit, measures: list[Measure], i: int, around: Surroundings, label: str
) -> Named | None:
    """The name of a figure whose unit stands in its label."""
    stand_in = msgspec.structs.replace(measure, dimension=unit.dimension, per=unit.per)
    others = [*measures[:i], stand_in, *measures[i + 1 :]]
    found = named(others, i, msgspec.structs.replace(around, labels=(label, *around.labels)))
    return Named(quantity=found.quantity, factor=unit.factor) if found else None
