"""Known weaknesses of what is installed: `python -m tools.advisories` asks pip-audit about this environment.

Its databases are on the network. A package that no database answers for was not audited, whatever pip-audit says at its
end: it is named, and the status is 3, which `make check` tells in its last line. With `--required` (a release) it is a
failure like a weakness.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

NOT_AUDITED = 3
SERVICES = ("pypi", "osv")
"""databases, asked in turn until one knows every package"""
OWN = ("traincast", "pip", "setuptools", "wheel")
"""not a dependency, or not of the package"""


def packages(service: str) -> list[dict[str, Any]]:
    """What pip-audit tells of each package; nothing where the database cannot be reached."""
    command = [sys.executable, "-m", "pip_audit", "--local", "--skip-editable", "--progress-spinner", "off"]
    done = subprocess.run(
        [*command, "--format", "json", "--timeout", "10", "--vulnerability-service", service],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(f"  {service}: {(done.stderr.strip().splitlines() or ['no answer'])[-1][:160]}")
        return []
    return [one for one in found if one["name"] not in OWN]


def main() -> int:
    """0 nothing known of any package; 1 a weakness; 3 (or 1, `--required`) where a package was not audited."""
    told: dict[str, dict[str, Any]] = {}
    unknown: set[str] = set()
    for service in SERVICES:
        found = packages(service)
        told |= {one["name"]: one for one in found if "skip_reason" not in one}
        unknown = (unknown | {one["name"] for one in found}) - set(told)
        if told and not unknown:
            break
    for name, one in sorted(told.items()):
        for weakness in one.get("vulns", []):
            print(
                f"  {name} {one['version']}: {weakness['id']}, mended in {', '.join(weakness['fix_versions']) or '-'}"
            )
    if any(one.get("vulns") for one in told.values()):
        return 1
    print(f"audited {len(told)} packages: nothing is known against them" if told else "no package was audited")
    if told and not unknown:
        return 0
    names = [*sorted(unknown)[:8], *([f"{len(unknown) - 8} more"] if len(unknown) > 8 else [])]
    print(f"NOT AUDITED, no database in reach knows them: {', '.join(names) or 'all packages'}")
    return 1 if "--required" in sys.argv else NOT_AUDITED


if __name__ == "__main__":
    sys.exit(main())
