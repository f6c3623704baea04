"""`devices`, `models`, `findings`, `schema`, and the options of a workload."""

from __future__ import annotations

import json
from io import StringIO

import click
import pytest

from traincast.catalog.devices import accelerators
from traincast.cli.root import run
from traincast.cli.schema import documents, schema
from traincast.cli.workload_options import (
    ELSEWHERE,
    WorkloadCommand,
    given,
    is_trainers,
    trainer_arguments,
    workload_options,
)
from traincast.reports.devices_page import devices_page
from traincast.reports.models_page import models_page
from traincast.reports.page import Table
from traincast.reports.terminal import draw
from traincast.workload import Workload
from traincast.workloads.presets import presets


def test_lists_of_devices_and_models_fit_eighty_columns() -> None:
    """A row a line: no name or number is broken, but of the few names over 26 letters."""
    pages = (devices_page(list(accelerators().values())), models_page(list(presets().values())))
    for page in pages:
        stream = StringIO()
        draw(page, stream, width=80)
        (table,) = (block for block in page.blocks if isinstance(block, Table))
        whole = {line.split()[0] for line in stream.getvalue().splitlines() if line.strip()}

        assert {row[0] for row in table.rows if len(row[0]) <= 26} <= whole


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["devices"], "nvidia-rtx-4070"),
        (["devices", "RTX 4070"], "58.3 TFLOPS"),
        (["devices", "rtx4070"], "504 GB/s"),
        (["models"], "llama-3-8b"),
        (["models", "gpt2"], "124,439,808"),
        (["models", "meta-llama/Meta-Llama-3-8B"], "14,336"),
        (["findings"], "mfu-sentinel"),
        (["findings", "mfu-sentinel"], "severity"),
        (["schema", "predict"], "json-schema.org"),
    ],
)
def test_lists_show_what_is_known(arguments: list[str], shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With sources; plain text when it is piped."""
    assert run(arguments) == 0

    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["devices", "models", "findings"])
def test_lists_as_one_json_document(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Versioned, and nothing else on stdout."""
    assert run([verb, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert document["schema"] == f"traincast.{verb}/1"
    assert len(document[verb]) > 50


def test_an_assumed_variant_is_told_beside_the_device(capsys: pytest.CaptureFixture[str]) -> None:
    """H100 is taken as SXM; stderr says so and --quiet does not."""
    assert run(["devices", "H100"]) == 0
    assert "device-variant" in capsys.readouterr().err
    assert run(["devices", "H100", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["devices", "RTX 9999"],
        ["devices", "A100"],
        ["devices", ""],
        ["models", "gtp2"],
        ["findings", "x"],
        ["schema", "x"],
    ],
)
def test_unknown_names_get_a_hint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, two lines."""
    assert run(arguments) == 2

    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")


@pytest.mark.parametrize("name", documents())
def test_every_document_has_a_schema(name: str) -> None:
    """Draft 2020-12, with the record among its definitions."""
    found = schema(name)

    assert found["$ref"].removeprefix("#/$defs/") in found["$defs"]


@click.command(cls=WorkloadCommand)
@workload_options
def probe(**options: object) -> None:
    """Shows what was given."""
    click.echo(json.dumps([given(options), trainer_arguments()]))


def asked(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[object]:
    """Keys and trainer's arguments of a command line."""
    probe.main(arguments, standalone_mode=False)
    found: list[object] = json.loads(capsys.readouterr().out)
    return found


def test_every_key_is_an_option() -> None:
    """Generated from the record, so that none is forgotten."""
    names = {parameter.name for parameter in probe.params}

    assert names == set(Workload.__struct_fields__) - ELSEWHERE


def test_options_are_collected(capsys: pytest.CaptureFixture[str]) -> None:
    """Switches have two sides; values are converted with those of the file."""
    keys, theirs = asked(["--n-layer", "12", "--no-compile", "--tied", "--precision", "bf16"], capsys)

    assert keys == {"n_layer": "12", "compile": False, "tied": True, "precision": "bf16"}
    assert theirs == []


def test_nanogpt_arguments_are_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """--compile=False is nanoGPT's, --no-compile is ours."""
    keys, theirs = asked(["--batch_size=8", "--compile=False", "--zero=3"], capsys)

    assert keys == {"zero": "3"}
    assert theirs == ["--batch_size=8", "--compile=False"]
    assert not is_trainers("--dtype", set())
    assert not is_trainers("--no_such_setting=1", set())
