"""The command line: one file a verb, imported when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `traincast`; exits with 0, 1 (--fail-on), 2 (bad usage or input) or 130 (interrupted)."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if arguments == ["--version"]:  # before click is imported: a script may ask every minute
        from traincast._version import __version__

        sys.stdout.write(f"traincast {__version__}\n")
        return
    from traincast.cli.root import run

    sys.exit(run(arguments))
