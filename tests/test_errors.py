"""Errors: English as it always was, kept as templates that can be said in another language."""

from __future__ import annotations

import ast
import pickle
import string
from collections.abc import Iterator
from pathlib import Path

from traincast.errors import (
    AmbiguousNameError,
    PlanUnknownError,
    TraincastError,
    UnknownNameError,
    UnreadableError,
    UsageError,
    WorkloadError,
)
from traincast.phrases import Figures, Phrase, phrase
from traincast.wording import catalogue

SOURCE = Path(__file__).parent.parent / "src" / "traincast"
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
OF_ITS_OWN_WORDS = {"UnknownNameError", "AmbiguousNameError"}
"""errors that are made of names; the first of them is a word"""
PASSED_ON = {"cli/root.py": {"recognised(error)"}}
"""messages of click, worded in cli/clicks.py"""


def error_classes() -> set[str]:
    """Names of TraincastError and of all classes of the package that come from it."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"TraincastError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return found


def made() -> Iterator[tuple[str, ast.Call]]:
    """(file:line, call) wherever an error is made."""
    names = error_classes()
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{path.relative_to(SOURCE).as_posix()}:{node.lineno}", node


def phrases(path: Path) -> dict[str, str]:
    """Names of a module that are bound to `phrase("...")`, with its text."""
    found = {}
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call | ast.Tuple):
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            targets = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets
            for name, value in zip(targets, values, strict=False):
                if isinstance(name, ast.Name) and is_phrase(value):
                    found[name.id] = value.args[0].value  # type: ignore[attr-defined]
    return found


def is_phrase(node: ast.expr) -> bool:
    """Whether it is `phrase("...")`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "phrase"
        and isinstance(node.args[0], ast.Constant)
    )


EVERYWHERE = {name: text for path in TREES for name, text in phrases(path).items()}


def wordings(node: ast.expr) -> list[str | None]:
    """The templates that `node` may be; None for one that is not known."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if is_phrase(node):
        return [node.args[0].value]  # type: ignore[attr-defined]
    if isinstance(node, ast.IfExp):
        return wordings(node.body) + wordings(node.orelse)
    if isinstance(node, ast.Name):
        return [EVERYWHERE.get(node.id)]
    return [None]


def fields(template: str) -> set[str]:
    """Names in the braces of a template."""
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(template) if name}


def test_every_error_is_worded_as_a_template_of_the_catalogue() -> None:
    """Message and hint are literal texts, so that nothing that is raised stays untranslated."""
    known = catalogue("fr")._catalog  # type: ignore[attr-defined]
    wrong = []
    for where, call in made():
        allowed = PASSED_ON.get(where.rpartition(":")[0], set())
        texts = [call.args[0], *(one.value for one in call.keywords if one.arg == "hint")]
        for text in texts:
            said = ast.unparse(text)
            if said in allowed or said.endswith(".advice"):  # the words of another error
                continue
            wrong += [f"{where}: {said}" for one in wordings(text) if one is None or not known.get(one)]

    assert sum(1 for _ in made()) > 150
    assert wrong == []


def test_every_name_in_a_template_is_filled() -> None:
    """What stands in braces is given where the error is raised; without values braces stay."""
    wrong = []
    for where, call in made():
        given = {one.arg for one in call.keywords}
        if call.func.id in OF_ITS_OWN_WORDS or None in given:  # type: ignore[attr-defined]
            continue
        values = given - {"hint"} | ({"status"} if call.func.id == "FailedError" else set())  # type: ignore[attr-defined]
        texts = [call.args[0], *(one.value for one in call.keywords if one.arg == "hint")]
        told = [str(text.value) for text in texts if isinstance(text, ast.Constant)]
        wrong += [f"{where}: {text}" for text in told if values and fields(text) - values]

    assert wrong == []


def test_errors_are_plain_english_in_the_api() -> None:
    """`str(error)` and `hint` are what they were before they were templates."""
    lost = UnreadableError("cannot read {name!r}: {reason}", hint="check the path", name="a{b}.log", reason="I/O error")
    batch = WorkloadError("{key} = {value} is not known", hint="one of {names}", key="mlp", value="'x'", names="a, b")
    name = UnknownNameError("device", "RTX 9", ["rtx-4090", "rtx-5090"])

    assert str(lost) == "cannot read 'a{b}.log': I/O error"
    assert (str(batch), batch.hint) == ("mlp = 'x' is not known", "one of a, b")
    assert (str(name), name.hint) == ("no device is called 'RTX 9'", "closest: rtx-4090, rtx-5090")
    assert UnknownNameError("device", "x").hint == "`traincast devices` lists all of them"
    assert str(AmbiguousNameError("device", "A100", ["a", "b"])) == "device 'A100' may be any of 2"
    assert PlanUnknownError("x").hint == "say how many with --steps N"
    assert type(lost.hint) is str
    assert TraincastError("x").hint == ""


def test_a_text_without_values_keeps_its_braces() -> None:
    """What another program says may hold braces of its own."""
    error = UsageError('write {"id": 1}', hint="{x}")

    assert (str(error), error.hint) == ('write {"id": 1}', "{x}")


def test_standard_input_has_its_name_in_words() -> None:
    """`-` at the beginning of a message is no name of a file; elsewhere it is what was typed."""
    assert str(UnreadableError("{name} is empty", name="-")) == "standard input is empty"
    assert str(UnreadableError("{path}: {reason}", path=Path("-"), reason="gone")) == "standard input: gone"
    assert str(UnreadableError("- is empty")) == "standard input is empty"
    assert str(UnreadableError("no such file: {name}", name="-")) == "no such file: -"


def test_a_hint_can_be_given_later() -> None:
    """Who passes an error on may know better."""
    error = UsageError("x", hint="first")
    error.hint = "second"

    assert error.hint == "second"


def test_an_error_goes_to_another_process_with_its_template() -> None:
    """Multiprocessing pickles what a worker raises."""
    error = UsageError("{text!r} is not a number", hint="write 350", text="x")
    again = pickle.loads(pickle.dumps(error))

    assert (str(again), again.hint) == ("'x' is not a number", "write 350")
    assert again.said.template == "{text!r} is not a number"


def test_a_phrase_is_its_english_text() -> None:
    """Whoever knows nothing of templates sees a string."""
    said = phrase("{count} lines of {name}", count=3, name=phrase("the log"))

    assert said == "3 lines of the log"
    assert isinstance(said.values["name"], Phrase)
    assert Figures("3.5 s") == "3.5 s"
