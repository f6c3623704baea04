"""The chart of predicted against measured, and the rival that may not be there."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from xml.etree.ElementTree import fromstring

import numpy as np
import pytest
from accuracy.scatter import LEFT, SIDE, TOP, scatter

from accuracy import llm_analysis_rival

SVG = "{http://www.w3.org/2000/svg}"


def test_a_point_stands_where_its_two_values_say() -> None:
    """On axes from 1 to 100, 10 is half way along both; the other end of the diagonal is at the corner."""
    drawn = fromstring(scatter({"some": [(10.0, 10.0), (1.0, 100.0)]}, title="T", unit="s"))
    places = {(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in drawn.iter(f"{SVG}circle")}

    assert (LEFT + SIDE / 2, TOP + SIDE / 2) in places
    assert (LEFT, TOP) in places


def test_groups_differ_in_colour_and_shape_and_are_counted() -> None:
    """Two groups, two kinds of mark, each named with its number; what is named is not taken as markup."""
    text = scatter({"a <b>": [(1.0, 2.0)], "other": [(3.0, 4.0), (5.0, 6.0)]}, title="T & U", unit="GB")
    drawn = fromstring(text)
    labels = [node.text for node in drawn.iter(f"{SVG}text")]

    assert "a <b> (1)" in labels
    assert "other (2)" in labels
    assert len(list(drawn.iter(f"{SVG}circle"))) == 2  # a point and its mark in the legend
    assert drawn.find(f"{SVG}title").text == "T & U"  # type: ignore[union-attr]


def test_a_rival_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """None instead of figures; nothing is asked of the rows."""
    monkeypatch.setitem(sys.modules, "llm_analysis", None)

    assert llm_analysis_rival.log_seconds(SimpleNamespace(y=np.zeros(3))) is None  # type: ignore[arg-type]
