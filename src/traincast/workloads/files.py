"""Settings files: their text, and the tables of TOML, JSON and YAML, guarded against what is no settings file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from traincast.errors import TraincastError, UnreadableError
from traincast.phrases import phrase

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LARGEST_FILE = 4 * 2**20
"""bytes; a settings file is far smaller"""
DEEPEST = 50
"""tables inside tables; settings stay far below, and recursion is bounded"""
SUFFIXES = (".py", ".json", ".toml", ".yaml", ".yml")


def looks_like_file(name: str) -> bool:
    """Whether `name` is written as a file's."""
    return name.lower().endswith(SUFFIXES) or name.startswith(("/", "./", "../", "~"))


def is_file(name: str) -> bool:
    """Whether there is a file called `name` that is meant: a folder `gpt2` does not hide the preset."""
    return stands(name) and (looks_like_file(name) or Path(name).suffix.lower() in SUFFIXES)


def stands(name: str) -> bool:
    """Whether there is a file called `name`, whatever its ending; a name that no file can have is none."""
    try:
        return Path(name).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def text(path: Path) -> str:
    """Text of a settings file. Raises UnreadableError."""
    try:
        path = path.expanduser()
        if path.is_dir():
            raise UnreadableError("{path} is a folder", hint="give the settings file in it", path=path)
        if not path.is_file() and path.exists():
            raise UnreadableError("{path} is no file", hint="give a settings file", path=path)
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except (OSError, RuntimeError) as error:
        reason = (getattr(error, "strerror", None) or "").lower() or phrase("cannot be read")
        raise UnreadableError("{path}: {reason}", hint="check the name", path=path, reason=reason) from error
    except ValueError as error:
        raise UnreadableError("{path!r} is no file name", hint="check the name", path=str(path)[:200]) from error
    if len(content) > LARGEST_FILE:
        raise UnreadableError(
            "{path} is larger than {size} MiB",
            hint="settings files are far smaller",
            path=path,
            size=LARGEST_FILE >> 20,
        )
    return decoded(path, content)


def decoded(path: Path, content: bytes) -> str:
    """`content` as text: UTF-8, or UTF-16 where it begins with a byte order mark. Raises UnreadableError."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        found = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            "{path} is not text", hint="give settings in TOML, JSON, YAML or Python", path=path
        ) from error
    if not found.strip():
        raise UnreadableError("{path} is empty", hint="give settings in TOML, JSON, YAML or Python", path=path)
    return found


def document(path: Path) -> dict[str, Any]:
    """The tables of a TOML, JSON or YAML file. Raises UnreadableError."""
    content = text(path)
    kind = {".json": "JSON", ".yaml": "YAML", ".yml": "YAML"}.get(path.suffix.lower(), "TOML")
    try:
        found = json_tables(content) if kind == "JSON" else yaml_tables(content) if kind == "YAML" else toml(content)
    except TraincastError:
        raise
    except (ValueError, RecursionError) as error:
        reason = next(iter(str(error).splitlines()), "")[:120]
        raise UnreadableError(
            "{path} is not {kind}: {reason}", hint="correct the file", path=path, kind=kind, reason=reason
        ) from error
    if not isinstance(found, dict):
        raise UnreadableError("{path} holds no keys", hint="write key = value", path=path)
    if depth(found) > DEEPEST:
        raise UnreadableError(
            "{path} is nested deeper than {depth} tables", hint="settings are flatter", path=path, depth=DEEPEST
        )
    return {str(key): value for key, value in found.items()}


def depth(value: Any) -> int:
    """Tables and lists inside each other, counted without recursion."""
    deepest, level = 0, [value]
    while level and deepest <= DEEPEST:
        inner = [one for one in level if isinstance(one, dict | list)]
        level = [item for one in inner for item in (one.values() if isinstance(one, dict) else one)]
        deepest += bool(inner)
    return deepest


def toml(content: str) -> Any:
    """TOML."""
    return tomllib.loads(content)


def json_tables(content: str) -> Any:
    """JSON."""
    import json

    return json.loads(content)


def yaml_tables(content: str) -> Any:
    """YAML without aliases, by which a small file could grow without bound; tags make no objects."""
    try:
        import yaml
    except ImportError as error:
        raise UnreadableError("YAML needs PyYAML", hint="pip install 'traincast[formats]'") from error
    try:
        level = 0
        for event in yaml.parse(content, Loader=yaml.SafeLoader):
            level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise UnreadableError("YAML with aliases is not read", hint="write the values out")
            if level > DEEPEST:
                raise UnreadableError(
                    "YAML nested deeper than {depth} tables", hint="settings are flatter", depth=DEEPEST
                )
        return yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error
