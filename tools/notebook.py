"""Run the example notebook without a kernel and keep what its cells show: `python -m tools.notebook`.

A cell's last expression is shown as a notebook shows it: by its `_repr_html_` or altair's picture, and as text.
"""

from __future__ import annotations

import ast
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from tools.blocks import ROOT, workspace

NOTEBOOK = ROOT / "examples" / "notebook.ipynb"
VEGA = "application/vnd.vegalite.v"
LONGEST_TEXT = 2000
"""characters of the plain text of an output that are kept; its HTML holds the rest"""


@contextmanager
def beside_examples() -> Iterator[None]:
    """The folder that holds `examples` and `tests/logs`, as current one."""
    before = Path.cwd()
    with workspace() as environment:
        os.chdir(environment["PWD"])
        try:
            yield
        finally:
            os.chdir(before)


def executed(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """`notebook` with the outputs of its cells; raises what a cell raises."""
    names: dict[str, Any] = {}
    cells, count = [], 0
    with beside_examples():
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                outputs = list(shown(run("".join(cell["source"]), names), count))
                cell = {**cell, "outputs": outputs, "execution_count": count}
            cells.append(cell)
    return {**notebook, "cells": cells}


def run(source: str, names: dict[str, Any]) -> tuple[str, Any]:
    """(what a cell printed, the value of its last expression)."""
    body = ast.parse(source)
    last = body.body[-1] if body.body else None
    with redirect_stdout(StringIO()) as printed:
        value = None
        if isinstance(last, ast.Expr):
            body.body.pop()
        exec(compile(body, "<cell>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    return printed.getvalue(), value


def shown(result: tuple[str, Any], count: int) -> Iterator[dict[str, Any]]:
    """The outputs of one cell as they are stored."""
    printed, value = result
    if printed:
        yield {"output_type": "stream", "name": "stdout", "text": printed.splitlines(keepends=True)}
    if value is None:
        return
    data: dict[str, Any] = {"text/plain": lines(repr(value)[:LONGEST_TEXT])}
    if type(value).__module__.startswith("altair."):
        spec = value.to_dict()
        version = re.search(r"/v(\d+)[./]", spec.get("$schema", "/v5/"))
        data = {f"{VEGA}{version[1] if version else 5}+json": spec, "text/plain": ["a chart"]}
        if picture := svg(spec):
            data["image/svg+xml"] = lines(picture)
    elif hasattr(value, "_repr_html_"):
        data["text/html"] = lines(value._repr_html_())
    yield {"output_type": "execute_result", "execution_count": count, "data": data, "metadata": {}}


def svg(spec: Mapping[str, Any]) -> str:
    """A chart as it looks where no script runs; empty where it cannot be drawn."""
    from traincast.reports.charts import can_draw
    from traincast.reports.charts import svg as drawn

    return drawn(dict(spec)) if can_draw() else ""


def lines(text: str) -> list[str]:
    """`text` as notebooks store it."""
    return text.splitlines(keepends=True)


def main() -> int:
    """Run it and write it back."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    NOTEBOOK.write_text(json.dumps(executed(notebook), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
