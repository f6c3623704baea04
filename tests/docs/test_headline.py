"""The figures that the README tells first are those of the pages that `make accuracy` writes."""

from __future__ import annotations

import re

from tools.blocks import ROOT


def cells(page: str, heading: str, row: str) -> list[str]:
    """The cells of the row that begins with `row`, in the first table behind `heading`."""
    text = (ROOT / page).read_text(encoding="utf-8").partition(heading)[2]
    found = re.search(rf"^\| {re.escape(row)} \|(.*)\|$", text, re.MULTILINE)
    assert found is not None, (page, row)
    return [cell.strip() for cell in found[1].split("|")]


def promised() -> dict[str, str]:
    """Row of the README's table of accuracy -> its figures."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("## How good is it")[2]
    return dict(re.findall(r"^\| (step time of|step time before|the same|time left)([^\n]*) \|$", text, re.MULTILINE))


def test_step_times_before_a_run() -> None:
    """Median and coverage with the device left out, beside a constant MFU of .40."""
    for label, group in (("step time before", "one device"), ("the same", "several devices, dense")):
        ours = cells("docs/accuracy.md", "## Leave one device out", group)
        rules = cells("docs/accuracy.md", "Rules that people use", group)
        told = promised()[label]

        assert f"| {ours[1]} | {ours[4]} |" in told
        assert f"MFU 0.40: {rules[2].split(' / ')[0]} %" in told


def test_step_times_of_runs_that_no_fit_has_seen() -> None:
    """The set that nothing rests on."""
    page = "docs/accuracy-blind.md"
    ours = cells(page, "## The second set", "all")
    rules = cells(page, "Rules that people use", "all")
    told = promised()["step time of"]

    assert told.startswith(f" {ours[0]} runs from {ours[1]} sources")
    assert f"| {ours[3]} | {ours[6]} | MFU 0.40: {rules[2].split(' / ')[0]} %" in told


def test_time_left_of_a_run() -> None:
    """Median and mean over families at a tenth of the steps, coverage, and what tqdm's average tells."""
    page = "docs/accuracy-forecast.md"
    mean, median = cells(page, "## Error", "traincast")[2].split(" / ")
    their_mean, their_median = cells(page, "## Error", "tqdm (Hugging Face)")[2].split(" / ")
    coverage = cells(page, "## 90 % intervals", "coverage")[2]
    told = promised()["time left"]

    assert f"{mean} %) | {median} % | {coverage} % | tqdm: {their_median} % ({their_mean} %)" in told
