"""The chart of error by moment."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from accuracy.lines import HEIGHT, LEAST_GAP, LEFT, TOP, WIDTH, lines, spaced

SVG = "{http://www.w3.org/2000/svg}"


def test_points_stand_at_their_moment_and_value() -> None:
    """Two moments share the width; equal values one height, on a logarithmic axis."""
    drawn = fromstring(lines({"a": [1.0, 100.0], "b": [10.0, 10.0]}, ["1 %", "5 %"], title="T", unit="%"))
    first, second = (
        [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
        for line in drawn.iter(f"{SVG}polyline")
    )

    assert [x for x, _ in first] == [x for x, _ in second] == [LEFT + WIDTH / 4, LEFT + 3 * WIDTH / 4]
    assert second[0][1] == second[1][1] == pytest.approx((first[0][1] + first[1][1]) / 2, abs=0.1)
    assert TOP <= first[1][1] < first[0][1] <= TOP + HEIGHT


def test_each_line_is_named_at_its_end() -> None:
    """Names are text, not markup; the first is bold."""
    drawn = fromstring(lines({"a <b>": [1.0], "other": [2.0]}, ["1 %"], title="T & U", unit="%"))
    named = {node.text: node.attrib.get("font-weight") for node in drawn.iter(f"{SVG}text")}

    assert (named["a <b>"], named["other"]) == ("bold", "normal")


def test_labels_that_would_overlap_move_down() -> None:
    """In order of height, none nearer than the least gap."""
    assert spaced({"low": 50.0, "high": 10.0, "near": 11.0}) == {"high": 10.0, "near": 10.0 + LEAST_GAP, "low": 50.0}
