"""The closed list of findings."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from traincast.errors import UnknownNameError
from traincast.findings import finding, kind, kinds

SOURCE = Path(__file__).parent.parent / "src" / "traincast"


@cache
def raised() -> dict[str, set[str]]:
    """Code -> names of the values, for every `finding("code", ...)` in the source."""
    found: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "finding" and node.args:
                code = node.args[0]
                if isinstance(code, ast.Constant) and isinstance(code.value, str) and all(k.arg for k in node.keywords):
                    found.setdefault(code.value, {str(k.arg) for k in node.keywords} - {"evidence"})
    return found


@pytest.mark.parametrize("code", kinds())
def test_codes_are_words_with_hyphens_and_wording(code: str) -> None:
    """Scripts compare them."""
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code)
    assert kind(code).message
    assert kind(code).severity in ("info", "warning", "error")
    assert not kind(code).message.endswith(".")


@pytest.mark.parametrize("code", sorted(raised()))
def test_findings_in_the_source_are_of_the_list_and_fill_their_wording(code: str) -> None:
    """No message is left with a brace, and no code is made up."""
    entry = kind(code)
    names = {
        name
        for text in (entry.message, entry.remedy, entry.evidence)
        for _, name, _, _ in Formatter().parse(text)
        if name
    }

    assert names <= raised()[code]


def test_a_finding_carries_its_values() -> None:
    """So that another language can be filled too."""
    found = finding("device-variant", evidence="--on H100", asked="H100", device="a", others="b, c")

    assert found.message == "H100 is taken as a; it may also be b, c"
    assert found.values == {"asked": "H100", "device": "a", "others": "b, c"}
    assert (found.severity, found.evidence, found.remedy) == ("info", "--on H100", "name the variant")


def test_unknown_codes_offer_the_nearest() -> None:
    """mfu-sentinal."""
    with pytest.raises(UnknownNameError) as caught:
        kind("mfu-sentinal")

    assert "mfu-sentinel" in caught.value.near
