"""The reference pages of the documentation, from the code and its data: `python -m tools.reference`."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import click

import traincast
from traincast import api, units
from traincast.catalog.devices import accelerators
from traincast.cli.root import VERBS
from traincast.cli.schema import documents, schema
from traincast.cli.workload_options import ELSEWHERE, documented
from traincast.findings import Kind, kinds
from traincast.machine import Accelerator
from traincast.reading.dialect import Dialect, load, openings
from traincast.views import Shown
from traincast.workload import Workload
from traincast.workloads.presets import presets

TARGET = Path(__file__).parent.parent / "docs" / "reference"
NOTE = "<!-- Written by `make docs`; edit what it is made from. -->"


def cell(value: object) -> str:
    """`value` inside a table: on one line, no bar, nothing that is taken for a tag."""
    text = " ".join(str(value if value is not None else "").split())
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;").replace("~", "\\~")


def code(text: str) -> str:
    """`text` as code inside a table."""
    if "|" in text:  # a bar ends a cell, in code too
        return f"<code>{text.replace('<', '&lt;').replace('|', '&#124;')}</code>"
    return f"`{text}`" if text else ""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; the cells are written already."""
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(title: str, lead: str, *parts: str, wide: bool = False) -> str:
    """One page; a wide one has no table of contents beside it."""
    head = ["---\nhide:\n  - toc\n---"] if wide else []
    return "\n\n".join([*head, f"# {title}", NOTE, lead, *parts]) + "\n"


def fenced(text: str, language: str = "text") -> str:
    """A block of code."""
    return f"```{language}\n{inspect.cleandoc(text)}\n```"


def metavar(option: click.Parameter) -> str:
    """What stands for the value of an option."""
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(str(word) for word in option.type.choices)
    if isinstance(option.type, click.IntRange | click.types.IntParamType):
        return "N"
    return "X" if isinstance(option.type, click.FloatRange | click.types.FloatParamType) else "WORD"


def argument(one: click.Argument) -> str:
    """How an argument is written in the usage of its verb."""
    word = one.metavar or (one.name or "").upper()
    return word if one.required or one.metavar or one.nargs != 1 else f"[{word}]"


def option_row(option: click.Option) -> list[str]:
    """An option as a row of a table."""
    names = ", ".join(option.opts) + "".join(f" / {name}" for name in option.secondary_opts)
    shown = names if option.is_flag or option.count else f"{names} {metavar(option)}"
    default = option.default
    plain = isinstance(default, str | int | float) and not isinstance(default, bool)
    return [code(shown), cell(option.help), code(str(default)) if plain else ""]


def verb(name: str) -> str:
    """The section of one verb."""
    command: click.Command = import_module(f"traincast.cli.{name}").command
    words = [argument(one) for one in command.params if isinstance(one, click.Argument)]
    options = [one for one in command.params if isinstance(one, click.Option)]
    own = [one for one in options if one.name not in documented() or one.name in ELSEWHERE]
    parts = [f"## {name}", fenced(f"traincast {name} {command.options_metavar} {' '.join(words)}".strip())]
    parts += described(command.help or "")
    parts.append(table(["option", "what", "default"], map(option_row, own)))
    if len(own) < len(options):
        parts.append("Every [key of a workload](workload.md) is an option too: `--n-layer 12`.")
    if command.epilog:
        parts.append(cell(command.epilog))
    return "\n\n".join(parts)


def described(text: str) -> list[str]:
    """Paragraphs of a docstring of click; those that are not to be wrapped become blocks of code."""
    found = []
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        body = paragraph.removeprefix("\b\n")
        found.append(fenced(body) if body != paragraph else cell(body))
    return found


def verbs_page() -> str:
    """Every verb with its options."""
    lead = "What `traincast VERB --help` says, for every verb. `-h` and `--help` work everywhere."
    return page("Verbs", lead, *map(verb, VERBS))


def findings_page() -> str:
    """The closed list of findings."""

    def row(one: Kind) -> list[str]:
        return [code(one.code), one.severity, cell(one.message), cell(one.remedy)]

    lead = (
        "What traincast may say beside an answer. `--fail-on CODE,...` turns one into exit status 1. info: worth "
        "knowing; warning: the answer is weaker for it; error: it cannot be relied on. Names in braces are filled in."
    )
    return page(
        "Findings", lead, table(["code", "severity", "message", "remedy"], map(row, kinds().values())), wide=True
    )


def plain(value: object) -> str:
    """A value as people write it: 119675, not 119675.0."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def dialect(one: Dialect) -> str:
    """A dialect and what is read from its samples."""
    parts = [f"## {one.name}", f"**{cell(one.title)}**. {cell(one.about)}"]
    for sample in one.sample:
        told = {"step": sample.step, "seconds a step": sample.step_seconds, "loss": sample.loss, "MFU": sample.mfu}
        told |= {"rate": sample.rate} | dict(sample.facts)
        read = ", ".join(f"{key} {plain(value)}" for key, value in told.items() if value is not None)
        parts += [fenced(sample.text.strip("\n")), f"Read: {cell(read)}."]
    return "\n\n".join(parts)


def dialects_page() -> str:
    """Every text dialect with its samples."""
    known = [load(name) for name in sorted(openings())]
    lead = (
        f"The {len(known)} text formats that are told apart by their lines, each with the lines that test it. "
        "`traincast dialects NAME --toml` prints the file of one. Structured logs (CSV, JSON lines, TensorBoard, "
        "trainer states) are read too, and [a log that is not known](../guides/unknown-log.md) is induced."
    )
    return page("Dialects", lead, *map(dialect, known))


def devices_page() -> str:
    """Every accelerator with the figures that bounds rest on."""

    def row(one: Accelerator) -> list[str]:
        peaks = [one.peak(name) for name in ("fp32", "fp16", "bf16", "fp8")]
        return [
            code(one.name),
            str(one.year),
            units.memory(one.memory_bytes) if one.memory_bytes else "",
            units.rate(one.memory_bandwidth, "byte/s") if one.memory_bandwidth else "",
            *(units.flops(peak) if peak else "" for peak in peaks),
        ]

    known = accelerators().values()
    lead = (
        f"The {len(known)} accelerators of the catalog. Peaks are dense, with fp32 accumulation. `traincast devices "
        "NAME` tells all of one, with its sources. [Add a device](../guides/add-a-device.md) that is missing."
    )
    head = ["name", "year", "memory", "bandwidth", "fp32", "fp16", "bf16", "fp8"]
    return page("Devices", lead, table(head, map(row, known)), wide=True)


def models_page() -> str:
    """Every preset."""
    rows = []
    for name, one in sorted(presets().items()):
        shape = [one.values.get(key) for key in ("n_layer", "d_model", "n_head", "seq_len", "vocab")]
        rows.append([code(name), cell(one.title), *(f"{n:,}" if n else "" for n in shape)])
    lead = f"The {len(rows)} published models that are known by name. `traincast models NAME` tells all of one."
    head = ["name", "model", "n_layer", "d_model", "n_head", "seq_len", "vocab"]
    return page("Models", lead, table(head, rows), wide=True)


def workload_page() -> str:
    """Every key of a workload."""
    rows = []
    for key, spec in schema("workload")["$defs"]["Workload"]["properties"].items():
        kinds_of = [one.get("type", "word") for one in spec.get("anyOf", [spec]) if one.get("type") != "null"]
        rows.append([code(key), code("--" + key.replace("_", "-")), " or ".join(kinds_of), cell(documented().get(key))])
    lead = (
        "The flat keys of what is trained: the same in TOML, JSON, options and the Python API. A key that is missing "
        "is unknown: the answer is taken over what it may be, its interval widens, and a finding says so."
    )
    return page("Workload keys", lead, table(["key", "option", "value", "what"], rows))


def schemas() -> dict[str, str]:
    """Name of file -> JSON Schema."""
    return {f"schemas/{name}.json": json.dumps(schema(name), indent=1) + "\n" for name in documents()}


def schemas_page() -> str:
    """The documents that have a schema."""
    rows = []
    for name, record in documents().items():
        keys = record.__struct_encode_fields__
        what = cell(inspect.getdoc(record).splitlines()[0])
        rows.append([f"[{name}](schemas/{name}.json)", what, " ".join(map(code, keys))])
    lead = (
        "JSON Schemas (draft 2020-12) of every document; `traincast schema NAME` prints one. Units are SI; `null` is "
        "unknown; NaN and Infinity do not occur. An estimate is value, low, high, level and unit."
    )
    return page("JSON documents", lead, table(["document", "what", "keys"], rows), wide=True)


def signature(function: Any) -> str:
    """The signature of a function, an argument a line where it is long; annotations as they are written."""
    lines, star = [], False
    for one in inspect.signature(function).parameters.values():
        if one.kind is one.KEYWORD_ONLY and not star:
            lines.append("*")
            star = True
        mark = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        lines.append(f"{mark}{one.name}: {one.annotation}{default}")
    back = inspect.signature(function).return_annotation
    short = f"{function.__name__}({', '.join(lines)}) -> {back}"
    if len(short) <= 88:
        return short
    return "\n".join([f"{function.__name__}(", *(f"    {line}," for line in lines), f") -> {back}"])


def functions() -> dict[str, Any]:
    """Name -> function of everything that Python users call."""
    named = {f"traincast.{one}": getattr(traincast, one) for one in traincast.__all__ if not one.startswith("_")}
    for one, value in vars(api).items():
        ours = inspect.isfunction(value) and value.__module__ == api.__name__ and not one.startswith("_")
        if ours and f"traincast.{one}" not in named:
            named[f"traincast.api.{one}"] = value
    return {name: one for name, one in named.items() if inspect.isfunction(one)}


def fields(record: type) -> str:
    """The fields of a record with the text below each."""
    tree = ast.parse(Path(inspect.getfile(record)).read_text(encoding="utf-8"))
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == record.__name__)
    rows = []
    for node, after in zip(found.body, [*found.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            below = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            rows.append([code(node.target.id), code(ast.unparse(node.annotation)), cell(below)])
    return table(["field", "type", "what"], rows)


def records() -> dict[str, type]:
    """Name -> record of everything that an answer holds."""
    modules = map(import_module, (f"traincast.{name}" for name in ("estimate", "answers", "explanation", "scorecard")))
    found = {
        name: one
        for module in modules
        for name, one in vars(module).items()
        if inspect.isclass(one) and one.__module__ == module.__name__ and hasattr(one, "__struct_fields__")
    }
    return dict(sorted(found.items()))


def api_page() -> str:
    """The verbs as functions, and the records they return."""
    parts = ["## Functions"]
    for name, function in sorted(functions().items()):
        parts += [f"### {name}", fenced(signature(function), "text"), inspect.getdoc(function) or ""]
    parts.append("## Records")
    for name, record in records().items():
        parts += [f"### {name}", inspect.getdoc(record) or "", fields(record)]
    parts += ["## In a notebook", "Every answer also has:"]
    for name in ("to_html", "to_pandas", "to_polars", "chart"):
        parts += [
            f"### {name}",
            fenced(signature(getattr(Shown, name)), "text"),
            inspect.getdoc(getattr(Shown, name)) or "",
        ]
    lead = (
        "The verbs are functions with the names of their options; they raise `traincast.errors.TraincastError`, "
        "whose `hint` says what to do. Answers are msgspec records; `traincast.answers.to_json(answer)` is the "
        "document of `--json`."
    )
    return page("Python API", lead, *parts)


@cache
def pages() -> dict[str, str]:
    """Name of file -> text of everything below docs/reference."""
    assert set(Workload.__struct_fields__) == set(documented())
    return {
        "verbs.md": verbs_page(),
        "workload.md": workload_page(),
        "findings.md": findings_page(),
        "dialects.md": dialects_page(),
        "devices.md": devices_page(),
        "models.md": models_page(),
        "json.md": schemas_page(),
        "api.md": api_page(),
        **schemas(),
    }


def main() -> int:
    """Write every page; drop those that nothing writes any more."""
    found = pages()
    (TARGET / "schemas").mkdir(parents=True, exist_ok=True)
    for name, text in found.items():
        (TARGET / name).write_text(text, encoding="utf-8")
    for path in TARGET.rglob("*"):
        if path.is_file() and str(path.relative_to(TARGET)) not in found:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
