"""Measured runs that no fit has seen."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import msgspec
import pytest
from accuracy.blind import Scored
from accuracy.facts import TABLE, Run
from accuracy.unseen import FIRST, SECOND, everything, impossible

from accuracy import blind
from traincast.catalog.lookup import machine
from traincast.errors import UnknownNameError
from traincast.findings import Finding
from traincast.machine import Machine
from traincast.workloads.batch import case, cases

SHIPPED = Path(__file__).parents[2] / "docs" / "accuracy-blind.md"


@pytest.fixture(scope="module")
def unseen() -> list[Run]:
    """All blind rows."""
    return [*everything(FIRST), *everything(SECOND)]


def test_no_blind_row_comes_from_a_source_of_the_calibration(unseen: list[Run]) -> None:
    """Neither do they name the card that no fit may see; issues of one repository are other sources."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        fitted = {row["source"].lower() for row in csv.DictReader(stream)}

    assert not {one.source.lower() for one in unseen} & fitted
    assert "nvidia-rtx-4070" not in {one.machine.accelerator.name for one in unseen}
    assert len({one.id for one in unseen}) == len(unseen) >= 70
    assert len({one.source for one in unseen}) >= 20
    assert len({one.machine.accelerator.name for one in unseen}) >= 14


def test_a_row_is_given_to_the_batch_as_its_source_tells_it(unseen: list[Run]) -> None:
    """No key is lost or ignored, and the machine is the row's."""
    lines = [json.dumps(blind.line(one)).encode() for one in unseen]
    for one, read in zip(unseen, cases(lines), strict=True):
        told = {key: value for key, value in msgspec.structs.asdict(one.workload).items() if value is not None}
        assert read.error is None
        assert [each.code for each in read.findings if each.code == "keys-ignored"] == []
        assert read.workload is not None
        assert read.machine is not None
        assert {key: getattr(read.workload, key) for key in told} == told
        assert (read.machine.accelerator.name, read.machine.n_devices) == (
            one.machine.accelerator.name,
            one.machine.n_devices,
        )


def test_devices_are_known_by_the_names_that_sources_write() -> None:
    """Of the first table, all but one with its power limit, which may be that of another board."""
    named = {one.row["device"]: one.machine.accelerator.name for one in everything(FIRST)}
    powered = {text for text in named if text.endswith("700W")}

    assert {text: machine(text).accelerator.name for text in set(named) - powered} == {
        text: name for text, name in named.items() if text not in powered
    }
    for text in powered:
        with pytest.raises(UnknownNameError):
            machine(text)


def test_a_run_with_encoder_and_decoder_keeps_both(unseen: list[Run]) -> None:
    """T5 small has 8 and 8 layers, and 128 tokens of 512 to write."""
    small = next(one for one in unseen if one.model == "T5 v1.1 small")
    read = case(1, json.dumps(blind.line(small)).encode(), None, {}, blind_machine)

    assert read.workload is not None
    assert (read.workload.arch, read.workload.n_layer, read.workload.encoder_layers) == ("t5", 16, 8)
    assert (read.workload.seq_len, read.workload.target_len) == (512, 128)


def blind_machine(text: str) -> tuple[Machine, tuple[Finding, ...]]:
    """The machine called `text`, without findings."""
    return machine(text), ()


def test_rows_that_contradict_themselves_are_marked_and_stay_in_the_table(unseen: list[Run]) -> None:
    """Time for 1024 samples in the table and minutes in the text beside it differ by a half."""
    away = impossible(unseen)

    assert away == {
        "fsdpqlora-01": "tokens/s, step time and batch differ",
        "fsdpqlora-02": "tokens/s, step time and batch differ",
    }


def test_a_run_faster_than_its_device_is_marked(unseen: list[Run]) -> None:
    """A thousand times faster than measured is above any peak."""
    quick = msgspec.structs.replace(unseen[0], seconds=unseen[0].seconds / 1000)

    assert impossible([quick]) == {quick.id: "above the peak"}


def test_errors_are_logs_and_a_source_counts_once(unseen: list[Run]) -> None:
    """Errors of 0, 10 and 20 % from one source and of 50 % from another: medians 10 and 50, their median 30."""
    first, other = unseen[0], next(one for one in unseen if one.source != unseen[0].source)
    found = [Scored(run=first, value=first.seconds * factor) for factor in (1.0, 1.1, 1.2)]
    found.append(Scored(run=other, value=other.seconds * 1.5, low=0.0, high=other.seconds))

    assert found[1].error == pytest.approx(math.log(1.1))
    assert blind.by_source(found) == pytest.approx(30.0)
    assert [one.inside for one in found] == [False, False, False, True]
    assert math.isnan(Scored(run=first, value=None, verdict="no").error)


def test_the_page_holds_every_row_and_is_the_one_that_is_shipped(unseen: list[Run]) -> None:
    """Figures of docs/accuracy-blind.md are today's within two points of the error and five of the coverage."""
    texts, pages = (page.split("## The first set")[:2] for page in (blind.page(), SHIPPED.read_text(encoding="utf-8")))

    assert all(f"| {one.id} |" in "".join(pages) for one in unseen)
    groups = ("all", "one device", "several devices, dense", "fine-tunes with adapters")
    for text, shipped, group in ((*pair, group) for pair in zip(texts, pages, strict=True) for group in groups):
        now, then = figures(text, group), figures(shipped, group)
        assert now[:3] == then[:3]
        assert now[3] == pytest.approx(then[3], abs=2.0)
        assert now[6] == pytest.approx(then[6], abs=5.0)


def figures(text: str, group: str) -> list[float]:
    """The row of `group` in the first table: rows, sources, not fitting, median, 90th percentile, bias, coverage."""
    cells = next(line for line in text.splitlines() if line.startswith(f"| {group} |")).split("|")[2:9]
    return [float(cell.strip(" %")) for cell in cells]
