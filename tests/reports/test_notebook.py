"""Answers in a notebook: pages, tables, charts; the example notebook runs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tools.blocks import shape
from tools.notebook import NOTEBOOK, executed

from traincast import api
from traincast.answers import ReadAnswer
from traincast.errors import UsageError
from traincast.reports import notebook

LOG = Path(__file__).parent.parent / "logs" / "nanogpt-cpu.log"
CLAIM = "100 ms an iteration"


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """One answer of each verb."""
    known: dict[str, Any] = {"n_layer": 12, "d_model": 384, "n_head": 6, "vocab": 50304, "seq_len": 512}
    known |= {"micro_batch": 32, "grad_accum": 32, "steps": 6000}
    return {
        "predict": api.predict(known, on="RTX 4070"),
        "read": api.read(LOG),
        "forecast": api.forecast(LOG, steps=2000),
        "audit": api.audit(claim=[CLAIM], workload=known, on="RTX 4070"),
        "report": api.report(LOG, date="2026-11-24"),
        "backtest": api.backtest(LOG),
    }


VERBS = ("predict", "read", "forecast", "audit", "report", "backtest")


@pytest.mark.parametrize("verb", VERBS)
def test_every_answer_shows_itself(verb: str, answers: dict[str, Any]) -> None:
    """A fragment with what the verb prints, in its own style, without a script or a document around it."""
    shown = answers[verb]._repr_html_()

    assert shown.startswith('<div class="traincast"')
    assert all(tag not in shown for tag in ("<script", "<html", "<body"))
    assert "<h3>" in shown


@pytest.mark.parametrize("verb", VERBS)
def test_every_answer_is_a_table(verb: str, answers: dict[str, Any]) -> None:
    """Rows of equal columns, without records or lists in the cells."""
    rows = notebook.rows(answers[verb])

    assert rows
    assert len({tuple(row) for row in rows}) == 1
    assert all(isinstance(cell, str | int | float | bool | None) for row in rows for cell in row.values())


def test_an_estimate_is_three_columns(answers: dict[str, Any]) -> None:
    """Value and both ends, under names that sort together."""
    (row,) = notebook.rows(answers["predict"])
    step = answers["predict"].step_time

    assert (row["step_time"], row["step_time_low"], row["step_time_high"]) == (step.value, step.low, step.high)
    assert row["machine_device"] == "nvidia-rtx-4070"
    assert row["memory_fits"] is True


def test_french_and_hostile_names_are_safe(answers: dict[str, Any]) -> None:
    """Words of the page follow `lang`; a source's name is text."""
    (run,) = answers["read"].runs
    run.source = "<img src=x onerror=alert(1)>"
    shown = ReadAnswer(runs=[run]).to_html(lang="fr")

    assert "Un pas stable prend" in shown or "étape" in shown or "pas" in shown
    assert "<img" not in shown


def test_tables_of_pandas_and_polars_hold_the_rows(answers: dict[str, Any]) -> None:
    """As many rows and columns as `rows` tells."""
    pytest.importorskip("pandas")
    rows = notebook.rows(answers["report"])
    assert answers["report"].to_pandas().shape == (len(rows), len(rows[0]))
    pytest.importorskip("polars")
    assert answers["report"].to_polars().shape == (len(rows), len(rows[0]))


@pytest.mark.parametrize("verb", ["predict", "read", "forecast", "audit", "report"])
def test_what_can_be_drawn_is_a_chart(verb: str, answers: dict[str, Any]) -> None:
    """altair takes the specification as it is."""
    pytest.importorskip("altair")

    assert answers[verb].chart().to_dict()["config"]


def test_what_cannot_be_drawn_says_so(answers: dict[str, Any]) -> None:
    """A backtest has no chart."""
    with pytest.raises(UsageError, match="nothing to draw"):
        answers["backtest"].chart()


@pytest.mark.parametrize(("library", "call"), [("pandas", "to_pandas"), ("polars", "to_polars"), ("altair", "chart")])
def test_a_library_that_is_missing_is_named_with_its_extra(library: str, call: str) -> None:
    """The hint is what to install."""
    code = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "import traincast\nfrom traincast.errors import UsageError\n"
        f"answer = traincast.read({str(LOG)!r})\n"
        f"try: answer.{call}()\n"
        "except UsageError as error: print(error, '|', error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert library in done.stdout
    assert "pip install" in done.stdout


def test_an_answer_alone_loads_no_page() -> None:
    """Pages, and the libraries behind them, are imported when something is shown."""
    code = (
        "import sys, traincast\n"
        f"traincast.read({str(LOG)!r})\n"
        "print(sorted({'pandas', 'altair', 'numpy', 'traincast.reports.notebook'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "[]"


def outputs(cells: list[dict[str, Any]]) -> list[list[str]]:
    """What the cells show: headings and heads of tables without figures, or the text."""
    texts = []
    for cell in cells:
        for output in cell.get("outputs", []):
            page = "".join(output.get("data", {}).get("text/html", ""))
            heads = re.findall(r"<(?:h3|h4|th)[^>]*>(.*?)</", page)
            texts.append(shape("\n".join(heads) or "".join(output.get("text") or output["data"]["text/plain"])))
    return texts


def test_the_example_notebook_shows_what_its_cells_say() -> None:
    """Run anew, each cell shows the headings that are stored; rows come and go with a fit. `make docs` renews them."""
    for library in ("pandas", "altair"):
        pytest.importorskip(library)
    stored = json.loads(NOTEBOOK.read_text(encoding="utf-8"))

    assert outputs(executed(stored)["cells"]) == outputs(stored["cells"])
