"""The page of the backtest."""

from __future__ import annotations

from accuracy.forecast_page import chart, page

from traincast.backtest import scores
from traincast.scorecard import Left, Moment, Replay

RULES = (
    "cumulative mean", "drop 1 (Keras)", "drop 10 (nanochat)", "tqdm (Hugging Face)", "median", "last value",
)  # fmt: skip


def one(source: str, forecast: float) -> Replay:
    """A log of 100 s to go at each moment, forecast to take `forecast`."""
    names = ("1%", "5%", "10%", "25%", "50%", "75%", "10 lines")
    rivals = dict.fromkeys(RULES, 150.0) | {"median": 80.0}
    moments = [
        Moment(name=n, lines=10, truth=100.0, forecast=forecast, low=forecast - 15, high=forecast + 15, rivals=rivals)
        for n in names
    ]
    return Replay(source=source, family=source[0], lines=1000, moments=moments, good_from=0.1)


def test_the_page_tells_errors_widths_and_what_was_left_out() -> None:
    """Errors of 10 and 30 %, means over two families; the larger one first, outside its interval."""
    replays = [one("a.log", 110.0), one("b.log", 130.0)]
    found = scores(replays)
    text = page(found, replays, found, [Left(source="c.log", family="c", reason="no steps")])

    assert "| traincast | 20 / 20 |" in text
    assert "| tqdm (Hugging Face) | 50 / 50 |" in text
    assert "| 5 % | 2 | 20 | 50 | 0.40 |" in text
    assert text.index("| b | b.log | +30 | -20 | no |") < text.index("| a | a.log | +10 | -20 | yes |")
    assert "| c/c.log | no steps |" in text


def test_the_chart_has_a_line_for_each_method_over_shares_of_the_run() -> None:
    """Ours and the rules; ten lines are no share."""
    drawn = chart(scores([one("a.log", 110.0)]))

    assert drawn.count("<polyline") == 1 + len(RULES)
    assert "10 lines" not in drawn
