"""What other installed packages add, by entry points: dialects, readers, devices, presets, reports.

They are looked for when one of the five is first needed, once. A package that cannot be used is left out, and
`problems` says so; what is built in goes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import msgspec

from traincast.findings import Finding, finding

T = TypeVar("T")

GROUPS = ("dialects", "readers", "devices", "presets", "reports")
"""an entry point of group `traincast.GROUP` adds to it"""
SWITCH = "TRAINCAST_PLUGINS"
OFF = ("off", "0", "no", "false")
METADATA = (".dist-info", ".egg-info")
SIGN = b"[traincast."
LONGEST_REASON = 200


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """One entry point of an installed package."""

    group: str
    """one of GROUPS"""
    name: str
    package: str
    """distribution that brings it"""
    version: str
    value: str
    """what it points to: `module` or `module:attribute`"""


def installed() -> list[Plugin]:
    """Every plug-in of every installed package, usable or not, by group."""
    return [plugin for plugin, _ in entry_points()]


def contributions(group: str, use: Callable[[Plugin, Any], Iterable[T]]) -> list[T]:
    """What `use` makes of each plug-in of `group`; one at which anything fails is left out as a whole."""
    found: list[T] = []
    for plugin, point in entry_points():
        if plugin.group == group:
            try:
                with redirect_stdout(sys.stderr):  # what it prints must not end up in a document
                    found += list(use(plugin, point.load()))
            except (Exception, SystemExit) as error:  # a stranger's code: whatever it does, the verbs go on
                leave_out(plugin, error)
    return found


def texts(thing: object, suffix: str) -> Iterator[tuple[str, str]]:
    """(name, text) of every file `*suffix` of `thing`: a package, a path to a folder or file, or a text itself.

    Raises ValueError where there is none, TypeError where it is something else.
    """
    if isinstance(thing, str) and "\n" in thing:
        yield "its text", thing
        return
    found = [entry for entry in entries(thing) if entry.name.endswith(suffix)]
    if not found:
        raise ValueError(f"there is no {suffix} file in it")
    for entry in sorted(found, key=lambda entry: str(entry.name)):
        yield entry.name, entry.read_text(encoding="utf-8")


def entries(thing: object) -> list[Any]:
    """The files of a package or of a path."""
    if isinstance(thing, ModuleType):
        from importlib.resources import files

        if not hasattr(thing, "__path__"):
            raise ValueError(f"{thing.__name__} is a module, not a package with files")
        return list(files(thing).iterdir())
    if isinstance(thing, str | os.PathLike):
        path = Path(thing)
        return list(path.iterdir()) if path.is_dir() else [path]
    raise TypeError(f"a {type(thing).__name__} is neither a package nor a path")


def leave_out(plugin: Plugin, error: BaseException) -> None:
    """Note that `plugin` cannot be used."""
    said = " ".join(str(error).split()) or "no reason given"
    reason = said if isinstance(error, ValueError) else f"{type(error).__name__}: {said}"
    _LEFT_OUT[plugin] = finding(
        "plugin-broken",
        evidence=f"entry point traincast.{plugin.group}: {plugin.name} = {plugin.value}",
        group=plugin.group, name=plugin.name, package=plugin.package, reason=reason[:LONGEST_REASON],
    )  # fmt: skip


def problems() -> list[Finding]:
    """A finding for each plug-in that was needed until now and could not be used."""
    return list(_LEFT_OUT.values())


_LEFT_OUT: dict[Plugin, Finding] = {}


@cache
def entry_points() -> tuple[tuple[Plugin, Any], ...]:
    """Every plug-in with its entry point."""
    if os.environ.get(SWITCH, "").lower() in OFF or not is_any_declared():
        return ()
    from importlib import metadata

    found = []
    for group in GROUPS:
        for point in metadata.entry_points(group=f"traincast.{group}"):
            package, version = (point.dist.name, point.dist.version) if point.dist else ("an unknown package", "")
            plugin = Plugin(group=group, name=point.name, package=package, version=version, value=point.value)
            found.append((plugin, point))
    return tuple(sorted(found, key=lambda one: (GROUPS.index(one[0].group), one[0].package, one[0].name)))


def is_any_declared() -> bool:
    """Whether some installed package names a group of ours.

    Asked of the files themselves: importing `importlib.metadata` takes a quarter of the time of reading a small log.
    """
    for folder in sys.path:
        try:
            with os.scandir(folder or ".") as inside:
                found = [f"{entry.path}/entry_points.txt" for entry in inside if entry.name.endswith(METADATA)]
        except NotADirectoryError:  # an archive of packages: let importlib look into it
            return True
        except OSError:
            continue
        if any(SIGN in content(path) for path in found):
            return True
    return False


def content(path: str) -> bytes:
    """The bytes of a small file; none where it is not there."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (this runs at every start: no Path is made for each package)
            return file.read()
    except OSError:
        return b""
