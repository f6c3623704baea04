"""What is read in the public logs: the promise of `make logs`."""

from __future__ import annotations

from pathlib import Path

import pytest
from accuracy.logs import Case, case, manifest


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[Case]:
    """Every file of the collection beside the checkout."""
    return [case(row, None) for row in manifest()]


@pytest.mark.slow
def test_each_file_is_read_in_its_own_dialect(cases: list[Case]) -> None:
    """None breaks the reader."""
    assert len(cases) > 200
    assert [one.file for one in cases if one.crash or not one.right_dialect] == []


@pytest.mark.slow
def test_step_times_are_true_or_explained(cases: list[Case]) -> None:
    """At least 97 % within 3 % of the truth; the others have a finding that tells why."""
    timed = [one for one in cases if one.truth is not None]
    missed = [one for one in timed if one.error is None or abs(one.error) > 0.03]

    assert len(missed) <= 0.03 * len(timed)
    assert [one.file for one in missed if not one.explained] == []
