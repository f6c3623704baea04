"""Message catalogues: `python tools/messages.py` brings them up to date with the source and compiles them.

Messages are the first argument of `_(...)`, `because(...)` and `phrase(...)`, both forms of `many(...)`, message and
hint of errors, and the texts of the tables that people read: findings and identities. Needs Babel.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SOURCE = Path(__file__).parent.parent / "src" / "traincast"
LOCALES = SOURCE / "locale"
ERRORS = re.compile(r"(Traincast|Usage|Workload|Unreadable|PlanUnknown|Plugin|UnknownName|AmbiguousName|Failed)Error")
FIXED = datetime(2026, 1, 1, tzinfo=timezone.utc)


def texts(node: ast.expr) -> str | None:
    """The string that `node` is."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def of_file(path: Path) -> Iterator[tuple[str | tuple[str, str], int]]:
    """(message, line) of every text for people in a Python file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        said = [text for text in map(texts, node.args) if text is not None]
        if ERRORS.fullmatch(node.func.id):
            hints = [texts(keyword.value) for keyword in node.keywords if keyword.arg == "hint"]
            yield from ((text, node.lineno) for text in [*said[:1], *hints] if text)
        elif node.func.id in ("_", "because", "phrase") and said:
            yield said[0], node.lineno
        elif node.func.id == "many" and len(said) > 1:
            yield (said[0], said[1]), node.lineno


def of_tables() -> Iterator[tuple[str, str]]:
    """(message, table) of the tables whose texts are shown."""
    findings = tomllib.loads((SOURCE / "findings.toml").read_text(encoding="utf-8"))
    for row in findings.values():
        yield from ((row[part], "findings.toml") for part in ("message", "evidence", "remedy") if row.get(part))
    identities = tomllib.loads((SOURCE / "audit" / "identities.toml").read_text(encoding="utf-8"))
    for row in identities["relation"]:
        yield row["says"], "audit/identities.toml"


def template() -> Catalog:
    """All messages of the source."""
    found = Catalog(project="traincast", charset="utf-8", creation_date=FIXED)
    for path in sorted(SOURCE.rglob("*.py")):
        for message, _line in of_file(path):
            found.add(message, locations=[(path.relative_to(SOURCE).as_posix(), 0)])
    for text, table in of_tables():
        found.add(text, locations=[(table, 0)])
    return found


def paths(lang: str) -> tuple[Path, Path]:
    """(.po, .mo) of a language."""
    folder = LOCALES / lang / "LC_MESSAGES"
    return folder / "traincast.po", folder / "traincast.mo"


def loaded(lang: str) -> Catalog:
    """The catalogue as written."""
    with paths(lang)[0].open("rb") as stream:
        return read_po(stream, locale=lang)


def update(lang: str) -> list[str]:
    """Bring one catalogue up to date and compile it; the messages that are not translated."""
    source, compiled = paths(lang)
    catalogue = loaded(lang) if source.exists() else Catalog(locale=lang, project="traincast", charset="utf-8")
    catalogue.creation_date = catalogue.revision_date = FIXED  # no change of the file without a change of the words
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with source.open("wb") as stream:
        write_po(stream, catalogue, width=0, sort_output=True, ignore_obsolete=True, include_lineno=False)
    with compiled.open("wb") as stream:
        write_mo(stream, catalogue)
    return untranslated(catalogue)


def untranslated(catalogue: Catalog) -> list[str]:
    """Messages without a translation."""
    return [str(message.id) for message in catalogue if message.id and not all(
        message.string if isinstance(message.string, tuple | list) else (message.string,)
    )]  # fmt: skip


if __name__ == "__main__":
    missing = update("fr")
    for text in missing:
        sys.stdout.write(f"not translated: {text}\n")
    sys.exit(1 if missing else 0)
