"""What click says about a command line, recognised, so that it can be said in another language."""

from __future__ import annotations

import re

from traincast.phrases import Phrase, phrase

FORMS = (
    phrase("No such option {option}."),
    phrase("No such option {option}. Did you mean {near}?"),
    phrase("No such option {option}. (Did you mean one of: {near}?)"),
    phrase("No such option: {option}"),
    phrase("No such option: {option} Did you mean {near}?"),
    phrase("No such option: {option} (Possible options: {near})"),
    phrase("Option {option} requires an argument."),
    phrase("Option {option} does not take a value."),
    phrase("Missing argument {name}."),
    phrase("Missing option {name}."),
    phrase("Got unexpected extra argument ({words})"),
    phrase("Got unexpected extra arguments ({words})"),
    phrase("Invalid value for {name}: {reason}"),
    phrase("{value} is not one of {choices}."),
    phrase("{value} is not in the range {range}."),
    phrase("{value} is not a valid {kind}."),
    phrase("{kind} {path} does not exist."),
    phrase("{kind} {path} is a directory."),
    phrase("{kind} {path} is a file."),
    phrase("{kind} {path} is not readable."),
    phrase("integer"),
    phrase("integer range"),
    phrase("whole number"),
    phrase("float"),
    phrase("float range"),
    phrase("File"),
    phrase("Directory"),
    phrase("Path"),
)
"""of click 8.1 to 8.5; the first that fits holds. What none fits stays English."""


def recognised(text: str) -> Phrase:
    """`text` as the form it was made from; text of no known form as it is."""
    for form in FORMS:
        if found := re.fullmatch(pattern(form), text, re.DOTALL):
            inner = {name: recognised(found[name]) for name in ("reason", "kind") if name in found.groupdict()}
            return phrase(form, **found.groupdict() | inner)
    return phrase(text)


def pattern(form: str) -> str:
    """A regular expression of what `form` becomes."""
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(form))
