"""Findings: what the user should know beside the answer, from a closed list.

Detection is elsewhere; `findings.toml` holds code, severity, wording and remedy of each.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from traincast.errors import UnknownNameError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Severity = Literal["info", "warning", "error"]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the closed list."""

    code: str
    severity: Severity
    message: str
    """template; the names in braces are the values that a finding carries"""
    remedy: str = ""
    evidence: str = ""
    """template of the evidence, where it is told in words"""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found: what, on what evidence, and what to do about it."""

    code: str
    severity: Severity
    message: str
    evidence: str = ""
    remedy: str = ""
    values: dict[str, str] = {}
    """what fills the template, so that another language can be filled too"""


@cache
def kinds() -> dict[str, Kind]:
    """The closed list of findings, by code."""
    text = files("traincast").joinpath("findings.toml").read_text(encoding="utf-8")
    return {code: msgspec.convert({"code": code, **row}, Kind) for code, row in tomllib.loads(text).items()}


def kind(code: str) -> Kind:
    """The entry called `code`; raises UnknownNameError."""
    if code not in kinds():
        import difflib  # only a mistake pays for it

        raise UnknownNameError("finding", code, difflib.get_close_matches(code, kinds(), 3, 0.4))
    return kinds()[code]


def finding(code: str, *, evidence: str = "", **values: str) -> Finding:
    """A finding of the closed list with its wording filled in; `evidence` is a place, where the list has no words."""
    entry = kind(code)
    return Finding(
        code=code,
        severity=entry.severity,
        message=entry.message.format_map(values),
        evidence=str(evidence) or entry.evidence.format_map(values),
        remedy=entry.remedy.format_map(values),
        values={name: str(value) for name, value in values.items()},  # a record holds plain text
    )
