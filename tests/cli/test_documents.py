"""The JSON of each verb: one document, the published keys, valid by the published schema, never NaN."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from traincast.answers import DOCUMENTS
from traincast.cli.root import run

ROOT = Path(__file__).parent.parent.parent
LOG = str(ROOT / "tests" / "logs" / "nanogpt-cpu.log")
RECIPE = str(ROOT / "examples" / "gpt-40m.toml")
COMMANDS = {
    "predict": ["predict", RECIPE, "--on", "RTX 4070", "--json"],
    "read": ["read", LOG, "--json"],
    "forecast": ["forecast", LOG, "--json"],
    "audit": ["audit", "--claim", "100 ms an iteration", "--workload", RECIPE, "--on", "RTX 4070", "--json"],
}
KEYS = {
    "predict": "schema workload machine parameters flops_per_token tokens_per_step step_time tokens_per_second mfu "
    "floor_seconds parts memory first_iteration total total_parts scenarios findings sources",
    "read": "schema runs",
    "forecast": "schema source steps_done steps_total remaining total finish_at parts probability_by_deadline "
    "prior_weight ready findings",
    "audit": "schema verdict claims contradictions corrected findings",
}
RUN_KEYS = (
    "source dialect confidence lines bytes unread_lines steps step_time steady_from_step tokens_per_second "
    "samples_per_second mfu phases period elapsed_seconds starts losses findings"
)


def document(verb: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What the verb prints, read strictly: NaN and Infinity are errors."""
    assert run(COMMANDS[verb]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=lambda text: pytest.fail(f"{text} in JSON"))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("verb", COMMANDS)
def test_document_has_the_published_keys(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Scripts are written against these names."""
    found = document(verb, capsys)

    assert set(KEYS[verb].split()) <= found.keys()
    assert found["schema"] == f"traincast.{verb}/1"


@pytest.mark.parametrize("verb", COMMANDS)
def test_document_is_valid_by_its_schema(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`traincast schema VERB` describes what the verb prints."""
    jsonschema.validate(document(verb, capsys), msgspec.json.schema(DOCUMENTS[verb]))


def test_a_run_has_the_published_keys(capsys: pytest.CaptureFixture[str]) -> None:
    """Each run of `read`, its steps, its estimate and its phases."""
    (found,) = document("read", capsys)["runs"]

    assert set(RUN_KEYS.split()) <= found.keys()
    assert set(found["steps"]) == {"first", "last", "seen", "planned", "unit"}
    assert {"value", "low", "high", "level", "unit"} <= found["step_time"].keys()
    assert {"kind", "first_step", "last_step", "seconds", "evidence"} <= found["phases"][0].keys()


def test_the_run_of_the_question(capsys: pytest.CaptureFixture[str]) -> None:
    """40.56M parameters, 524,288 tokens a step, fits; a true 3.85 s lies in the interval; parts add up."""
    found = document("predict", capsys)

    assert found["parameters"] == 40_560_000
    assert found["tokens_per_step"] == 524_288
    assert found["flops_per_token"] == 299_983_104
    assert found["memory"]["fits"] is True
    assert found["step_time"]["low"] < 3.85 < found["step_time"]["high"]
    assert found["floor_seconds"] < found["step_time"]["low"]
    first = found["first_iteration"]
    assert sum(part["seconds"] for part in first["parts"]) == pytest.approx(first["seconds"]["value"])
    assert 20 < first["seconds"]["value"] < 45
    assert 5 * 3600 < found["total"]["value"] < 10 * 3600
    assert sum(part["seconds"] for part in found["total_parts"]) == pytest.approx(found["total"]["value"], rel=0.02)
    assert sum(part["seconds"] for part in found["parts"]) == pytest.approx(found["step_time"]["value"])


def test_each_claim_has_the_published_keys(capsys: pytest.CaptureFixture[str]) -> None:
    """Text, place, quantity, range, verdict and reason of a claim; the corrected figures beside."""
    found = document("audit", capsys)

    assert found["verdict"] == "impossible"
    assert {"text", "where", "quantity", "low", "high", "unit", "verdict", "reason", "bound", "rests_on"} <= found[
        "claims"
    ][0].keys()
    assert found["corrected"]["schema"] == "traincast.predict/1"
