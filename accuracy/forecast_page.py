"""The backtest as a page of the documentation: docs/accuracy-forecast.md."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from accuracy.lines import lines
from accuracy.report import table
from traincast.forecast.calibration import calibration
from traincast.scorecard import Left, Moment, Replay, Score

TARGET = Path(__file__).parent.parent / "docs" / "accuracy-forecast.md"
PICTURE = TARGET.with_suffix(".svg")
SHARES = ("1%", "5%", "10%", "25%", "50%", "75%")
WORST_AT = "10%"
WORST = 12
"""forecasts that the page lists"""


def page(scored: Sequence[Score], replays: Sequence[Replay], paused: Sequence[Score], left: Sequence[Left]) -> str:
    """The whole page; `paused` are the scores of the logs with pauses."""
    families = {one.family for one in replays}
    good = sorted(one.good_from for one in replays if one.good_from is not None)
    opening = INTRODUCTION.format(
        logs=len(replays), families=len(families), good=len(good), share=f"{100 * good[len(good) // 2]:.1f}"
    )
    parts = [
        opening, f"![Error of the remaining time by moment and method]({PICTURE.name})",
        "## Error of the remaining time, %: mean / median over families", errors(scored),
        "## 90 % intervals, %", intervals(scored), "## Logs with pauses above 3 % of the time", pauses(paused),
        f"## The largest errors at {WORST_AT} of the steps", worst(replays), "## By family", by_family(replays),
        "## Left out", reasons(left),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def chart(scored: Sequence[Score]) -> str:
    """Mean error by moment, one line a method."""
    shown = [row for row in scored if row.moment in SHARES]
    names = [method.method for method in shown[0].methods]
    means = {name: [100 * row.methods[i].mean for row in shown] for i, name in enumerate(names)}
    moments = [row.moment.replace("%", " %") for row in shown]
    return lines(means, moments, title="Error of the remaining time", unit="mean error over families, %")


def errors(scored: Sequence[Score]) -> str:
    """Method by moment."""
    names = [method.method for method in scored[0].methods]
    rows = [
        [name, *(f"{_pct(row.methods[i].mean)} / {_pct(row.methods[i].median)}" for row in scored)]
        for i, name in enumerate(names)
    ]
    counts = ["logs / families", *(f"{row.logs} / {row.families}" for row in scored)]
    return table(["method", *(_moment(row.moment) for row in scored)], [*rows, counts])


def intervals(scored: Sequence[Score]) -> str:
    """Coverage and widths, and the coverage that the fit of the widths has on families it has not seen."""
    unseen = calibration().coverage
    rows = [
        ["coverage", *(_pct(row.coverage) for row in scored)],
        ["coverage, its family left out of the fit", *(_pct(unseen[row.moment]) for row in scored)],
        ["half-width, median over logs", *(_pct(row.half_width_median) for row in scored)],
        ["half-width, mean over families", *(_pct(row.half_width) for row in scored)],
        ["interval score", *(_pct(row.interval_score) for row in scored)],
    ]
    return table(["", *(_moment(row.moment) for row in scored)], rows)


def pauses(scored: Sequence[Score]) -> str:
    """Our error beside that of a moving average, which knows no pause."""
    rows = []
    for row in scored:
        by_name = {method.method: method.mean for method in row.methods}
        ours, theirs = by_name["traincast"], by_name["tqdm (Hugging Face)"]
        rows.append([_moment(row.moment), f"{row.logs}", _pct(ours), _pct(theirs), f"{ours / theirs:.2f}"])
    return table(["at", "logs", "traincast, %", "tqdm, %", "ratio"], rows)


def worst(replays: Sequence[Replay]) -> str:
    """The forecasts that were most wrong, and whether their interval said so."""
    found = [(one, moment) for one in replays for moment in one.moments if moment.name == WORST_AT]
    found.sort(key=lambda pair: -pair[1].error)
    rows = [
        [one.family, one.source, f"{100 * (moment.forecast / moment.truth - 1):+.0f}", _best(moment), _held(moment)]
        for one, moment in found[:WORST]
    ]
    return table(["family", "log", "error, %", "best other rule, %", "in the interval"], rows)


def by_family(replays: Sequence[Replay]) -> str:
    """Mean error of each family at each moment."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    logs: dict[str, int] = defaultdict(int)
    for one in replays:
        logs[one.family] += 1
        for moment in one.moments:
            found[one.family][moment.name].append(moment.error)
    moments = [*SHARES, "10 lines"]
    rows = [
        [family, f"{logs[family]}", *(_pct(sum(e) / len(e)) if (e := errors_at.get(name)) else "" for name in moments)]
        for family, errors_at in sorted(found.items())
    ]
    return table(["family", "logs", *map(_moment, moments)], rows)


def reasons(left: Sequence[Left]) -> str:
    """Logs that cannot be replayed, each with the reason."""
    return table(["log", "reason"], [[f"{one.family}/{one.source}", one.reason] for one in left])


def _best(moment: Moment) -> str:
    """Error of the rule that was nearest, picked afterwards."""
    ratio = min(moment.rivals.values(), key=lambda seconds: abs(seconds / moment.truth - 1)) / moment.truth
    return f"{100 * (ratio - 1):+.0f}"


def _held(moment: Moment) -> str:
    """Whether the interval held the truth."""
    return "yes" if moment.low <= moment.truth <= moment.high else "no"


def _pct(fraction: float) -> str:
    """A fraction as a number of per cent."""
    return f"{100 * fraction:.3g}"


def _moment(name: str) -> str:
    """When a forecast was made."""
    return name.replace("%", " %")


INTRODUCTION = """# Accuracy of forecasts

Written by `make backtest`, a part of `make accuracy`. {logs} finished public logs of {families} families are replayed:
at each moment the forecast sees what the log held by then, and is compared with the time that the rest took. Each
family has the same weight. Beside it, on the same logs, what other tools tell: a mean over all lines, the same without
the first line (Keras) or the first ten (nanochat), the moving average of tqdm's bars, the median and the last value.

{good} of {logs} forecasts come within 5 % for good; half of those from {share} % of the steps on.

What is left is mostly not in the part of the log that was seen: machines that others share, runs that start at another
speed, evaluations that nothing announces, slow drift. The best of all rules, picked afterwards for each log, would not
be much nearer."""


def write(text: str, picture: str) -> None:
    """The page and its chart."""
    TARGET.write_text(text, encoding="utf-8")
    PICTURE.write_text(picture, encoding="utf-8")
