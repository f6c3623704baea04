"""`--fail-on CODE,...`: which findings end a command with status 1."""

from __future__ import annotations

from collections.abc import Sequence

from traincast.findings import Finding, kind

SEVERITIES = ("info", "warning", "error")


def failing(findings: Sequence[Finding], conditions: str | None) -> bool:
    """Whether one of `findings` has a code or severity of `conditions` (comma-separated).

    A severity stands for itself and worse. Raises UnknownNameError for a code that is not in the closed list.
    """
    asked = [name.strip() for name in (conditions or "").split(",") if name.strip()]
    worse: set[str] = set()
    for name in asked:
        if name in SEVERITIES:
            worse |= set(SEVERITIES[SEVERITIES.index(name) :])
        else:
            kind(name)
    return any(found.code in asked or found.severity in worse for found in findings)
