"""An induced reading as a dialect: TOML that reads the log, and that a user corrects."""

from __future__ import annotations

import itertools
import re
import sys
from functools import cache
from importlib.resources import files

from traincast.reading import titles
from traincast.reading.clocks import STAMP
from traincast.reading.counters import EPOCH
from traincast.reading.fields import Figure, Shape, figures
from traincast.reading.roles import Reading, onward, step_seconds_unit, unit_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NEAREST, FARTHEST = 120, 1500
"""characters that may lie between two figures: twice what the sample has, within these limits"""
SPAN = r"(?:(?:\d+ days?, )?\d+:\d\d(?::\d\d)?(?:\.\d+)?|(?:\d{1,6}h ?)?(?:\d{1,6}m ?)?\d{1,2}(?:\.\d{1,6})?s)"
FLOAT = r"[-+]?[\d.]+(?:[eE][-+]?\d+)?"
BEGIN = r"^\s{0,12}(?:\[\w{0,8} ?\d{1,5}\]:? ?|\d{1,4}: )?"
"""of a line, behind the rank that a launcher puts there"""
LONE_BAR = (
    r"(?<![\d/])(?P<step>\d{1,9})/(?P<total>\d{1,9}) {0,3}(?=[\[(]|[\d:]{4,9}[<,\])])[\[(]?"  # no date before a time
    r"(?P<elapsed>\d{1,3}:\d\d(?::\d\d)?)(?=[<,\]) ])"
)
LAST_RESORT = r"""
name = "induced"
marker = "/"
title = "bars and closing lines alone"
step = 'LONE_BAR'
tracks = "longest"
label = "none"

[meaning]
elapsed = { is = "elapsed", unit = "text", resets = "silent" }
""".replace("LONE_BAR", LONE_BAR)
"""a dialect for logs without step lines: what a bar or a closing line tells of the whole"""
PAIR = re.compile(r"(?<!\d)(?P<n>\d+)/(?P=n)(?!\d)[^\n]*?\s[\d.]+(?P<unit>(?:us|ms|s)/[a-z]+)")
LITERAL = 24
"""characters of context kept in front of a figure"""


@cache
def around() -> str:
    """Lines around the steps that any trainer may write, as the end of a dialect file."""
    return files("traincast.reading").joinpath("around.toml").read_text(encoding="utf-8")


TELLS = {True: 'rest = "any"', False: 'plan = "remaining"'}
"""whether what is left is the only time -> what it tells then"""


def around_in(text: str) -> str:
    """Those of the lines around the steps that occur in `text`."""
    parts = ["[[" + part for part in around().split("\n[[")[1:]]
    kept = []
    for part in parts:
        ((mark,),) = tomllib.loads(part).values()
        if mark["marker"] in text and re.search(mark["pattern"], text, re.MULTILINE):
            kept.append(part.strip("\n") + "\n")
    return "\n".join(kept)


def apart_from(line: str, text: str) -> str:
    """The lines around the steps of `text`, without those that `line`, which counts steps, would be."""
    kept = []
    for part in text.strip().split("\n[["):
        whole = "[[" + part.removeprefix("[[") if "]]" in part else part
        mark: dict[str, str] = next((found[0] for found in tomllib.loads(whole).values()), {})
        if "kind" not in mark or not re.search(mark["pattern"], line):
            kept.append(whole)
    return "\n".join(kept)


def last_resort() -> str:
    """The dialect file for a log in which no line counts steps."""
    return f"{LAST_RESORT}\n{around()}"


def chosen(found: Reading, line: str) -> list[tuple[str, Figure]] | None:
    """The figures of `line` that have a role, with their group names, in order; `None` where one is missing."""
    seen: dict[str, int] = {}
    by_name: dict[tuple[str, int], Figure] = {}
    for one in figures(line):
        place = seen.get(one.label, 0)
        seen[one.label] = place + 1
        by_name[(one.label, place)] = one
    count = found.counter
    wanted: list[tuple[str, tuple[str, int] | None]] = [("batch" if count.epoch else "step", count.step)]
    if count.epoch and count.epoch[0] != titles.LABEL:
        wanted += [("epoch", count.epoch), ("epochs", count.epochs)]
    wanted += [
        ("batches" if count.epoch else "total", count.total),
        (clock_group(found), found.clock),
        ("time", found.time),
    ]
    wanted += [("rate", found.rate), ("remaining", found.left), ("loss", found.loss)]
    picked = []
    for group, name in wanted:
        if name is None:
            continue
        if name not in by_name:
            if group in ("loss", "remaining"):
                continue
            return None
        picked.append((group, by_name[name]))
    end = max(one.end for group, one in picked if group != "loss")
    return sorted(
        ((g, one) for g, one in picked if g != "loss" or one.start < end + NEAREST), key=lambda pair: pair[1].start
    )


def clock_group(found: Reading) -> str:
    """Group name of the clock."""
    return found.clock_role if found.clock_role in ("elapsed", "countdown") else "clock"


def context(line: str, one: Figure, before: int) -> str:
    """Pattern of the literal text in front of a figure, digits and all before them left out."""
    begin = max(before, one.start - LITERAL)
    while begin > max(before, one.start - 3 * LITERAL) and re.match(r"\w\w", line[begin - 1 : begin + 1]):
        begin -= 1  # to where its word begins
    text = line[begin : one.start]
    text = re.split(r"\d|[^\x00-\x7f]|[=#>~.-]{3,}", text)[-1]
    escaped = re.escape(text)
    spaced = re.sub(r"(?:\\[ \t]|\\\t|\s)+", lambda _: r"\s{0,12}" if text.strip() else r"\s{1,12}", escaped)
    whole_word = re.match(r"\s+[A-Za-z_]", text)
    return spaced.replace(r"\s{0,12}", r"(?<![\w./])", 1) if whole_word else spaced


def gap(distance: int) -> str:
    """Pattern of what lies between two figures that are `distance` characters apart."""
    return rf"[^\n]{{0,{min(FARTHEST, max(NEAREST, 2 * distance))}}}?"


def value_pattern(group: str, one: Figure) -> str:
    """Pattern of a figure."""
    if one.kind == "stamp":
        return STAMP
    if one.kind == "span":
        return SPAN
    if group == "clock":
        return r"\d{10}(?:\d{3})?(?:\.\d{1,9})?(?!\d)"
    if group == "rate":
        return rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,4}}(?:\.\d+)?|{FLOAT}[kKM]?)"
    return r"\d[\d,]{0,18}(?!\.?\d)" if group in ("step", "batch", "total", "batches", "epoch", "epochs") else FLOAT


def pattern(found: Reading) -> tuple[str, str] | None:
    """The step pattern and its marker; `None` where no line of the shape has all the figures."""
    line = next((line for line in reversed(found.shape.lines) if chosen(found, line)), None)
    picked = chosen(found, line) if line is not None else None
    if not picked or line is None:
        return None
    parts: list[str] = []
    marker, at = "", 0
    for group, one in picked:
        if group != "loss":
            words = re.split(r"[\d\s]|[^\x00-\x7f]|[=#>~.-]{3,}", line[max(at, one.start - LITERAL) : one.start])
            marker = max(marker, *words[1 if one.start - LITERAL > at else 0 :] or [""], key=len)
        lead = context(line, one, at)
        if parts and one.start > at:
            straight = one.after_slash and line[at : one.start].strip() == "/"
            parts.append(r"\s{0,12}/\s{0,12}" if straight else gap(one.start - at) + lead)
        elif not parts:
            parts.append(lead if re.sub(r"\\s\{\d+,12\}", "", lead) else BEGIN)
        if one.kind == "number" and not one.after_slash and not re.search(r"[\w\\)}\]=:]$", parts[-1]):
            parts.append(r"(?<![\w.])")
        parts.append(f"(?P<{group}>{value_pattern(group, one)})")
        at = one.end
        if (
            group == "time"
            and (unit := re.compile(r"\s{0,2}\(?" + re.escape(one.unit)).match(line, one.end))
            and one.unit
        ):
            parts.append(r"\s{0,2}\(?" + re.escape(one.unit))
            at = unit.end()
    return "".join(parts), marker


def begins_anew(found: Reading) -> bool:
    """Whether the elapsed time falls where the counter of batches goes on to the next epoch."""
    if found.clock is None or found.counter.epoch is None:
        return False
    known = [value for value in onward(found.counter, found.shape.columns[found.clock])[1] if value is not None]
    return any(b < a for a, b in itertools.pairwise(known))


def toml(found: Reading, *, name: str = "my-trainer", text: str | None = None) -> str | None:
    """The dialect file; `None` where no pattern could be made. Of the lines around the steps it holds all, or those
    that occur in `text`."""
    made = pattern(found)
    if made is None or "'''" in made[0]:
        return None
    step, marker = made
    count = found.counter
    zero = min(count.values, default=1) == 0
    lines = [f'name = "{name}"', f"marker = {quoted(marker)}", 'title = "drafted from a log: check every line"']
    lines += [f"step = '''{step}'''", f"counts_from = {0 if zero else 1}", f'span = "{span(found)}"', "", "[meaning]"]
    lines += count_meanings(found)
    if found.clock and found.clock_role in ("elapsed", "countdown"):
        kind = found.shape.columns[found.clock].kind
        unit = "text" if kind == "span" else step_seconds_unit(found.clock_scale)
        resets = "epoch" if found.clock_role == "elapsed" and begins_anew(found) else "silent"
        lines.append(f'{found.clock_role} = {{ is = "{found.clock_role}", unit = "{unit}", resets = "{resets}" }}')
    if found.time:
        kind = found.shape.columns[found.time].kind
        unit = "text" if kind == "span" else step_seconds_unit(found.time_scale)
        if found.time_role == "step-rate":
            unit = "it/s" if found.time_scale == 1.0 else "it/min"
        lines.append(f'time = {{ is = "{found.time_role}", unit = "{unit}" }}')
    if found.bars or (found.clock_role == "elapsed" and found.clock and count.total and not count.epoch):
        lines.insert(3, 'tracks = "longest"')  # bars of evaluations have the same shape and another total
    if found.left:
        column = found.shape.columns[found.left]
        form = "text" if column.kind == "span" else step_seconds_unit(unit_of(column, found.left[0]) or 1.0)
        lines.append(f'remaining = {{ is = "remaining", unit = "{form}" }}')
        lines.insert(3, TELLS[found.rest])
    if EPOCH.search(count.step[0]) and not count.epoch:
        lines.insert(3, 'unit = "epoch"')
    if found.rate:
        lines.append(f'rate = {{ is = "rate", unit = "{found.rate_unit}" }}')
        lines.insert(3, f'rate_unit = "{found.rate_unit}"')
    if count.epoch and count.epoch[0] == titles.LABEL:
        lines += ["", titles.context(found.title, *epoch_numbers(found))]
    sample = titles.plain(found.shape.lines[-1])[:300]
    lines += ["", *found.below, apart_from(sample, around() if text is None else around_in(text))]
    lines += ["", f"# {found.why}; confidence {found.confidence:g}", "[[sample]]", f"text = {quoted(sample)}"]
    return "\n".join(lines) + "\n"


def count_meanings(found: Reading) -> list[str]:
    """What the figures mean that count."""
    count, columns = found.counter, found.shape.columns
    if count.epoch:
        size = ['batches = { is = "batches" }'] if count.total else []
        return ['batch = { is = "batch" }', *epoch_meaning(found), *size]
    last = columns[count.total].values[count.rows[0]] if count.total else None
    if last is None or max(count.values) > last or not titles.is_last_index(min(count.values), int(last)):
        return []
    return ['total = { is = "total", last_index = true }']


def epoch_numbers(found: Reading) -> tuple[int, int | None]:
    """Number of the first epoch that is seen, and the number behind its slash."""
    count, columns = found.counter, found.shape.columns
    first = columns[count.epoch].values[count.rows[0]] if count.epoch else None
    total = columns[count.epochs].values[count.rows[0]] if count.epochs else None
    return int(first or 0), None if total is None else int(total)


def epoch_meaning(found: Reading) -> list[str]:
    """What the number of the epoch means, and that of how many there are to be, where the step line has them."""
    if found.counter.epoch is None or found.counter.epoch[0] == titles.LABEL:
        return []
    first, total = epoch_numbers(found)
    lines = [f'epoch = {{ is = "epoch", origin = {first if total is None else min(first, 1)} }}']
    if total is not None and titles.is_last_index(first, total):
        lines.append('epochs = { is = "epochs", last_index = true }')
    return lines


def paired(epoch: Reading, bars: Shape) -> str | None:
    """A dialect of two lines an epoch: a title with its number, and a bar that ends with n/n and a time per step."""
    for line in reversed(bars.lines):
        match = PAIR.search(line)
        if match is None:
            continue
        unit = match["unit"]
        lines = [
            'name = "my-trainer"',
            f"marker = {quoted('/' + unit.split('/')[1])}",
            'title = "drafted from a log: check every line"',
        ]
        step = (
            r"(?<!\d)(?P<batch>(?P<batches>\d{1,9}))/(?P=batches)(?!\d)"
            r"[^\n]{0,4000}?\s(?P<time>[\d.]+(?:us|ms|s))/[a-z]"
        )
        lines.append(f"step = '{step}'")
        lines += ['span = "interval"', "needs_context = true", 'unit = "batch"', "", "[meaning]"]
        lines += ['time = { is = "step-time", unit = "text" }', "", "[[context]]", 'marker = "poch"']
        lines += [r"pattern = '^\s*[Ee]poch:?\s+(?P<epoch>\d+)/(?P<epochs>\d+)'"]
        lines += ['meaning = { epoch = { is = "epoch", origin = 1 }, epochs = { is = "epochs" } }', ""]
        lines += [f"# {len(epoch.shape.lines)} epochs", "[[sample]]", f"text = {quoted(line[-300:])}"]
        return "\n".join(lines) + "\n"
    return None


def span(found: Reading) -> str:
    """What the printed time is taken to be the mean of."""
    if found.time is None:
        return "none"
    return "step" if found.time_role == "step-time" and all_steps(found) else "interval"


def all_steps(found: Reading) -> bool:
    """Whether every step is logged."""
    values = found.counter.values
    return sum(b - a == 1 for a, b in itertools.pairwise(values)) > 0.5 * len(values)


def quoted(text: str) -> str:
    """`text` as a TOML string."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
