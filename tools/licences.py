"""Licences of what `pip install traincast` brings along: `python -m tools.licences`, after `python -m tools.dist`.

pip-licenses reads them from the clean environment. A licence that is unknown, or not on the list below (copyleft is
not), ends the check with status 1.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping

from tools.dist import CLEAN

ALLOWED = frozenset({
    "0bsd", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "cc0-1.0", "isc", "mit", "psf-2.0", "python-2.0", "unlicense",
    "zlib",
    "apache license 2.0", "apache software license", "bsd license", "isc license (iscl)", "mit license",
    "python software foundation license",
})  # fmt: skip
"""SPDX identifiers and the names of trove classifiers, in lower case: permissive ones alone"""


def permitted(expression: str) -> bool:
    """Whether all licences of an SPDX expression (or of a list with semicolons) are allowed; of alternatives one."""
    alternatives = re.split(r"\s+OR\s+", expression.strip(), flags=re.IGNORECASE)
    return any(
        all(name.strip(" ()").lower() in ALLOWED for name in re.split(r"\s+AND\s+|;", one, flags=re.IGNORECASE))
        for one in alternatives
    )


def rows() -> list[Mapping[str, str]]:
    """What pip-licenses tells of each package in the clean environment."""
    command = [sys.executable, "-m", "piplicenses", "--python", str(CLEAN / "bin" / "python"), "--format", "json"]
    found: list[Mapping[str, str]] = json.loads(subprocess.check_output([*command, "--from", "mixed"], text=True))
    return [row for row in found if row["Name"] != "traincast"]


def main() -> int:
    """Print the list; 1 where a licence is not allowed, or nothing was found to look at."""
    table = rows()
    for row in table:
        mark = "" if permitted(row["License"]) else "   <- not allowed"
        print(f"  {row['Name']:<20}{row['Version']:<12}{row['License']}{mark}")
    return int(not table or not all(permitted(row["License"]) for row in table))


if __name__ == "__main__":
    sys.exit(main())
