"""Claims in a text: quantities with their place, as somebody wrote them down."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from traincast.audit.cleaning import clean
from traincast.audit.measures import Measure
from traincast.audit.naming import Named, Surroundings, named
from traincast.audit.scanning import scan
from traincast.audit.words import any_of, compiled, language, vocabulary, whole_words

MOST_CLAIMS = 2000
SECONDS_PER_HOUR = 3600.0
"""prices are told an hour"""
MOST_LINES = 20_000
UNITS = {
    "step_time": "s", "micro_step_time": "s", "total_time": "s", "first_step_time": "s", "compile_time": "s",
    "eval_time": "s", "checkpoint_time": "s", "remaining_time": "s", "tokens_per_second": "tokens/s",
    "tokens_per_second_per_device": "tokens/s", "samples_per_second": "samples/s",
    "samples_per_second_per_device": "samples/s", "steps_per_second": "1/s", "mfu": "fraction", "memory": "bytes",
    "device_memory": "bytes", "checkpoint_size": "bytes", "bandwidth": "bytes/s", "peak_flops": "FLOP/s",
    "achieved_flops": "FLOP/s", "flops_per_step": "FLOP", "cost": "money", "price": "money/h", "power": "W",
    "energy": "J", "gpu_hours": "h", "steps": "steps", "tokens_per_step": "tokens", "tokens_per_micro_step": "tokens",
    "tokens_total": "tokens", "seq_len": "tokens", "micro_batch": "sequences", "global_batch": "sequences",
    "grad_accum": "micro-steps", "parameters": "parameters", "n_devices": "devices", "epochs": "epochs",
    "n_layer": "layers", "n_head": "heads", "n_kv_head": "heads", "d_model": "entries", "d_ff": "entries",
    "vocab": "entries",
}  # fmt: skip
DROPPED = frozenset({"compile_time", "eval_time", "checkpoint_time", "bandwidth", "power"})
"""quantities that are recognised so that they are not taken for another, and not checked"""


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as read: a number or range, or a name (device, precision, optimizer)."""

    text: str
    where: str
    line: int
    quantity: str
    low: float | None = None
    """in SI `unit`; `None` where only an upper limit is said"""
    high: float | None = None
    """in SI `unit`; `None` where only a lower limit is said"""
    unit: str = ""
    name: str = ""
    """of a device, precision or optimizer"""
    about: bool = False
    rounding: float = 0.0
    """half a unit of the last printed digit, relative"""
    scenario: bool = False
    """said of a supposed case or of another run: not held against the rest"""
    sentence: str = ""
    cell: bool = False
    """stands in a table"""
    device: str = ""
    """of another device than the one audited, where the sentence names one"""


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """A product written out: `6000 × 0.1 s = 600 s`."""

    text: str
    where: str
    line: int
    low: float
    """SI units"""
    high: float
    """SI units, of the product of what stands on the left"""
    said_low: float
    """SI units"""
    said_high: float
    """SI units, of what stands on the right"""
    tolerance: float
    """relative"""
    bare_time: bool = False
    """whether a factor has no unit and the result is a time: its unit may be another"""


def claims(text: str, source: str) -> tuple[list[Figure], list[Sum]]:
    """Figures and written-out products of `text`; places are `source:line`."""
    lang = language(text)
    figures: list[Figure] = []
    sums: list[Sum] = []
    for around, number in lines(text):
        where = f"{source}:{number}"
        measures = scan(around.line, lang)
        sums += products(around.line, measures, where, number)
        figures += distinct(of_line(around, measures, where, number))
        if len(figures) >= MOST_CLAIMS:
            break
    return figures[:MOST_CLAIMS], sums[:MOST_CLAIMS]


def distinct(found: Iterator[Figure]) -> Iterator[Figure]:
    """Figures to be checked, each once a line."""
    seen = set()
    for figure in found:
        key = (figure.quantity, figure.low, figure.high, figure.name)
        if figure.quantity not in DROPPED and key not in seen:
            seen.add(key)
            yield figure


def lines(text: str) -> Iterator[tuple[Surroundings, int]]:
    """Cleaned lines with what stands around them: head and label of tables, headings, unfinished sentences."""
    head: tuple[str, ...] = ()
    heading = carried = ""
    for number, raw in enumerate(text.splitlines()[:MOST_LINES], start=1):
        line = clean(raw)
        if not line or re.fullmatch(r"[|:\s-]+", line):
            carried = "" if not line else carried
            head = head if line else ()
            continue
        if line.startswith("|") or line.count("|") >= 2:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not head:
                head = tuple(cells)
            yield from table_cells(cells, head, heading, number)
            continue
        head = ()
        if line.startswith("#"):
            heading, carried = line.lstrip("# "), ""
        item = re.match(r"(?:[-*+•]|\d{1,2}[.)])\s", line)
        yield (
            Surroundings(line=line[item.end() :] if item else line, before="" if item else carried, labels=(heading,)),
            number,
        )
        carried = "" if re.search(r"[.!?:;]\s*$|[={}]", line) else re.split(r"[.!?;]\s", line)[-1][-120:]
        if line.endswith(":"):
            heading = line


def table_cells(
    cells: list[str], head: tuple[str, ...], heading: str, number: int
) -> Iterator[tuple[Surroundings, int]]:
    """Each cell under its column head and behind its row label."""
    for i, cell in enumerate(cells):
        column = head[i] if i < len(head) and head[i] != cell else ""
        row = cells[0] if i else ""
        yield (
            Surroundings(line=cell, cell=True, labels=tuple(label for label in (column, row, heading) if label)),
            number,
        )


def of_line(around: Surroundings, measures: list[Measure], where: str, number: int) -> Iterator[Figure]:
    """Figures and names of one line."""
    line = around.line
    used: list[tuple[int, int]] = []
    roles = product_roles(line, measures)
    for i, measure in enumerate(measures):
        name = Named(quantity=roles[i]) if i in roles else named(measures, i, around)
        if name is None:
            continue
        used.append((measure.start, measure.end))
        sentence = sentence_of(line, measure)
        if around.cell:
            sentence = " | ".join((*around.labels[:2], sentence))
        yield Figure(
            text=quoted(line, measure),
            where=where,
            line=number,
            quantity=name.quantity,
            low=None if measure.low is None else measure.low * name.factor,
            high=None if measure.high is None else measure.high * name.factor,
            unit=UNITS.get(name.quantity, ""),
            about=measure.about,
            rounding=measure.rounding,
            scenario=supposed(sentence),
            cell=around.cell,
            sentence=around.before + " " + sentence if around.before else sentence,
        )
    yield from batch_product(around, where, number)
    yield from names(line, where, number)


def names(line: str, where: str, number: int) -> Iterator[Figure]:
    """Precisions and optimizers by name; a longer name hides the shorter inside it."""
    for quantity in ("precision", "optimizer"):
        taken: list[range] = []
        for value in vocabulary()[quantity]:
            for match in whole_words(quantity, value).finditer(line):
                if any(match.start() in span for span in taken):
                    continue
                taken.append(range(*match.span()))
                yield Figure(
                    text=match[0], where=where, line=number, quantity=quantity, name=value, sentence=line,
                    scenario=bool(other_run(line)),
                )  # fmt: skip


def quoted(line: str, measure: Measure) -> str:
    """The figure with as much of its label as is short."""
    start = measure.start
    if measure.dimension in ("bare", "percent", "time"):
        head = re.search(r"[^\s,;|(]{1,30}(?:\s?[:=]\s?|\s(?:de|of|is|est)\s|\s)~?$", line[:start])
        start = head.start() if head else start
    return line[start : measure.end].strip(" :=|")


def sentence_of(line: str, measure: Measure) -> str:
    """The sentence that holds `measure`."""
    start = max((m.end() for m in re.finditer(r"[.!?;](?=\s)", line[: measure.start])), default=0)
    stop = re.search(r"[.!?;](?=\s|$)", line[measure.end :])
    return line[start : measure.end + stop.start() if stop else len(line)]


def supposed(sentence: str) -> bool:
    """Whether the figure belongs to a supposed case or to another run."""
    return bool(compiled(any_of(vocabulary()["scenario"]["words"])).search(sentence)) or bool(other_run(sentence))


def other_run(sentence: str) -> re.Match[str] | None:
    """A word that says that another run is meant."""
    return whole_words("scenario", "other_run").search(sentence)


def batch_product(around: Surroundings, where: str, number: int) -> Iterator[Figure]:
    """`batch 16 × 32` (× 1024): micro-batch, accumulation and length, where the words beside say batch."""
    line = around.line
    for match in re.finditer(r"(?<![\w.,])(\d{1,5}) × (\d{1,5})(?: × (\d{2,6}))?(?!\w|[.,]\d|\s?×)", line):
        context = (around.before + " " + line + " " + " ".join(around.labels)).lower()
        if re.match(r"\s?=\s?[~≈]?\s?[\d.,]+\s?(?:ms|s|sec|min|h)\b", line[match.end() :]):
            continue
        told = re.search(r"batch|\blots?\b|accum", context)
        length_too = match[3] and re.search(r"tokens?|jetons?", line[match.end() :][:40])
        if not told and not length_too:
            continue
        second = "seq_len" if not match[3] and int(match[2]) >= 128 and int(match[2]) % 64 == 0 else "grad_accum"
        names = ("micro_batch", second, "seq_len")
        for name, value in zip(names, match.groups(), strict=True):
            if value:
                yield Figure(
                    text=match[0], where=where, line=number, quantity=name, low=float(value), high=float(value),
                    unit=UNITS[name], sentence=line, scenario=bool(other_run(line)),
                )  # fmt: skip


def product_roles(line: str, measures: list[Measure]) -> dict[int, str]:
    """What stands in a product of a count, a time and a result: `6000 × 0.1 s = 600 s`."""
    roles: dict[int, str] = {}
    for factors, said in chains(line, measures):
        dimensions = sorted("steps" if measures[k].dimension == "bare" else measures[k].dimension for k in factors)
        if dimensions == ["steps", "time"] and measures[said].dimension in ("time", "clock"):
            for k in factors:
                roles[k] = "step_time" if measures[k].dimension == "time" else "steps"
            roles[said] = "total_time"
    return roles


def products(line: str, measures: list[Measure], where: str, number: int) -> Iterator[Sum]:
    """Written-out products and quotients with their result, checked for themselves."""
    for factors, said in chains(line, measures):
        if made := product(line, [measures[k] for k in factors], measures[said], where, number):
            yield made


def chains(line: str, measures: list[Measure]) -> Iterator[tuple[list[int], int]]:
    """Indices of the factors of each written-out product, and of its result."""
    for i in range(len(measures) - 2):
        factors, j = [i], i
        while j + 1 < len(measures) and re.fullmatch(
            r"[\w\s'.é]{0,30}[×÷/][\s~≈(]{0,3}", line[measures[j].end : measures[j + 1].start]
        ):
            j += 1
            factors.append(j)
        if j == i or j + 1 >= len(measures) or (i and "×" in line[measures[i - 1].end : measures[i].start]):
            continue
        between = line[measures[j].end : measures[j + 1].start]
        if not re.fullmatch(r"[\w\s'.)é]{0,30}(?:=|≈|≃|->|→|soit|i\.e\.)[\s~≈]{0,3}(?:environ |about )?", between):
            continue
        yield factors, j + 1


def product(line: str, factors: list[Measure], said: Measure, where: str, number: int) -> Sum | None:
    """The product of `factors` beside what is said of it; None where a bound is open."""
    low = high = 1.0
    for k, one in enumerate(factors):
        if one.low is None or one.high is None or one.low <= 0:
            return None
        divide = k > 0 and re.search(r"[÷/]", line[factors[k - 1].end : one.start]) is not None
        low, high = (low / one.high, high / one.low) if divide else (low * one.low, high * one.high)
    if said.low is None or said.high is None or said.low <= 0:
        return None
    if {"money_rate", "time"} <= {one.dimension for one in factors}:
        low, high = low / SECONDS_PER_HOUR, high / SECONDS_PER_HOUR
    return Sum(
        text=line[factors[0].start : said.end], where=where, line=number, low=low, high=high,
        said_low=said.low, said_high=said.high, tolerance=0.02 + said.rounding + (0.08 if said.about else 0.0),
        bare_time=said.dimension == "time" and all(one.dimension != "time" for one in factors),
    )  # fmt: skip
