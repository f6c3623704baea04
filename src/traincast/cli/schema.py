"""`traincast schema`: the JSON Schema of a verb's document."""

from __future__ import annotations

from typing import Any

import click


@click.command()
@click.argument("verb")
def command(verb: str) -> None:
    """The JSON Schema of the document that VERB answers with --json.

    `workload` is what a user writes, `runlog` what is saved of a log.

    \b
    Examples:
      traincast schema predict
      traincast schema workload
      traincast schema forecast > forecast.schema.json
    """
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(schema(verb)), indent=2))


def documents() -> dict[str, Any]:
    """Name -> record of every document that has a schema."""
    from traincast.answers import DOCUMENTS
    from traincast.probing.profile import Profile
    from traincast.runlog import RunLog
    from traincast.workload import Workload

    return {**DOCUMENTS, "probe": Profile, "workload": Workload, "runlog": RunLog}


def schema(verb: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one document. Raises UnknownNameError."""
    import difflib

    import msgspec

    from traincast.errors import UnknownNameError

    known = documents()
    if verb not in known:
        near = difflib.get_close_matches(verb, known, 3, 0.3) or list(known)
        raise UnknownNameError("document", verb[:80], near)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(known[verb])}
