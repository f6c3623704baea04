"""`--lang fr`: errors are told in French too, wherever the option stands, and in English without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from traincast.cli.clicks import FORMS, recognised
from traincast.cli.root import language, root, run
from traincast.phrases import Figures, phrase
from traincast.wording import told

LOG = Path(__file__).parent.parent / "logs" / "nanogpt-cpu.log"
CUT = "\u00a0:"
"""colon of French, behind a no-break space"""


def complaint(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Lines on stderr of a command line that fails."""
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


@pytest.mark.parametrize(
    "words", [["--lang", "fr", "gone.log"], ["gone.log", "--lang", "fr"], ["gone.log", "--lang=fr"]]
)
def test_the_language_counts_before_and_behind_what_is_wrong(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Message, hint and their labels; spaces that no line may break at stay."""
    said = complaint(["read", *words], capsys)

    assert said == [f"erreur{CUT} fichier introuvable{CUT} gone.log", f"conseil{CUT} vérifiez le chemin"]


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["raed", "x"], f"nom inconnu (verbe){CUT} 'raed'", f"les plus proches{CUT} read"),
        (["watch", "--every", "soon", "x"], "'soon' n'est pas une durée", "écrivez 90s, 1h30m, 2:03:04 ou 6.5 hours"),
        (
            ["predict", "gpt2", "--seq-len", "-3"],
            "seq_len = -3 est impossible",
            "seq_len est entre 1 et 1\u202f000\u202f000\u202f000",
        ),
        (["predict", "gpt2", "--seq-len", "2.5"], "seq_len = '2.5' n'est pas un nombre entier", None),
        (["rehearse", "x.py", "--steps", "3"], "une commande se place après --, et non 'x.py' seul", None),
        (["read", "."], "aucun journal dans .", "donnez le journal texte,"),
    ],
)
def test_errors_of_a_verb_are_told_in_french(
    arguments: list[str],
    message: str,
    hint: str | None,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Errors while options are read, of a value, of a name and of a file."""
    monkeypatch.chdir(tmp_path)
    said = complaint([*arguments, "--lang", "fr"], capsys)

    assert said[0] == f"erreur{CUT} {message}"
    assert said[1].startswith(f"conseil{CUT} {hint or ''}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["read", "--zzz"], "L'option '--zzz' n'existe pas."),
        (["read"], "Il manque l'argument 'LOG...'."),
        (["report", "a", "b"], f"Argument en trop{CUT} b"),
        (["report", "a", "b", "c"], f"Arguments en trop{CUT} b c"),
        (["devices", "--json=1"], "L'option '--json' ne prend pas de valeur."),
        (
            ["forecast", "x", "--steps", "10k"],
            f"Valeur refusée pour '--steps'{CUT} '10k' n'est pas valable (nombre entier).",
        ),
        (
            ["read", "x", "--level", "2"],
            f"Valeur refusée pour '--level'{CUT} 2.0 n'est pas dans l'intervalle 0.0<x<1.0.",
        ),
        (
            ["probe", "--backend", "x"],
            f"Valeur refusée pour '--backend'{CUT} 'x' n'est pas l'une des valeurs 'torch', 'numpy'.",
        ),
    ],
)
def test_what_click_says_is_told_in_french(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The common slips on a command line."""
    said = complaint([*arguments[:1], "--lang", "fr", *arguments[1:]], capsys)

    assert said[0].replace("'", "") == f"erreur{CUT} {message}".replace("'", "")  # versions of click quote otherwise
    assert said[1] == f"conseil{CUT} `traincast {arguments[0]} --help` montre les options"


def test_an_option_without_its_value_is_told_in_french(capsys: pytest.CaptureFixture[str]) -> None:
    """At the end of the line, behind --lang."""
    assert complaint(["read", "--lang", "fr", "--level"], capsys)[0].endswith("demande une valeur.")


def test_words_of_click_that_are_not_known_stay_as_they_are() -> None:
    """Another version of click may word things anew."""
    assert recognised("Something {new} happened: 3") == "Something {new} happened: 3"
    assert told(recognised("Something {new} happened: 3"), "fr") == "Something {new} happened: 3"


@pytest.mark.parametrize("form", [form for form in FORMS if "{" in form])
def test_a_form_of_click_is_recognised_with_its_own_english(form: str) -> None:
    """What was recognised reads in English as click wrote it; French says it otherwise."""
    quoted = {"option": "'--x'", "near": "'--y'", "name": "'--z'", "value": "'7'", "choices": "'a', 'b'", "path": "'f'"}
    text = form.format_map(quoted | {"words": "a b", "reason": "no; {y}", "range": "x>=1", "kind": "File"})

    assert recognised(text) == text
    assert told(recognised(text), "fr") != text


def test_english_is_untouched_and_pays_for_no_catalogue() -> None:
    """Without --lang an error imports nothing of other languages."""
    code = (
        "import sys; from traincast.cli.root import run; run(['read', 'gone.log']); run(['read', '--zzz']); "
        "print('traincast.wording' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
    assert done.stderr.splitlines()[:2] == ["error: no such file: gone.log", "hint: check the path"]


def test_words_behind_two_dashes_are_those_of_the_command() -> None:
    """A trainer may have an option of the same name; the last one said counts; what is no language is English."""
    assert language(["watch", "--", "train.py", "--lang", "fr"]) == "en"
    assert language(["watch", "--lang", "fr", "--", "train.py", "--lang", "en"]) == "fr"
    assert language(["read", "--lang", "fr", "--lang=en"]) == "en"
    assert language(["read", "--lang=en", "--lang", "fr"]) == "fr"
    assert language(["read", "--lang", "de"]) == "en"
    assert language(["read", "--lang"]) == "en"


def test_the_languages_are_those_of_the_option() -> None:
    """What errors are told in is what --lang takes."""
    from traincast.cli.root import LANGUAGES

    command = root.get_command(click.Context(root), "read")
    assert command is not None
    (option,) = (one for one in command.params if one.name == "lang")

    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == LANGUAGES


def test_names_and_words_of_other_programs_stay_as_they_are() -> None:
    """A file called like a word of the catalogue is still that file; figures are written as French writes them."""
    lost = phrase("cannot read {path}: {reason}", path="steps", reason="Input/output error")
    late = phrase("too little was seen: the command {how} after {spent}", how=phrase("ended"), spent=Figures("1.50 s"))

    assert told(lost, "fr") == f"impossible de lire steps{CUT} Input/output error"
    assert told(late, "fr") == f"trop peu a été vu{CUT} la commande s'est terminée après 1,50 s"
    assert told(lost, "en") == "cannot read steps: Input/output error"


def test_a_document_of_a_wrong_line_is_english(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """JSON is for programs: the language of the text does not change it; the summary behind it is for people."""
    path = tmp_path / "batch.jsonl"
    path.write_text('{"n_head": 0.5, "n_layer": 2}\n', encoding="utf-8")
    assert run(["predict", "--batch", str(path), "--on", "H100", "--lang", "fr"]) == 2
    captured = capsysbinary.readouterr()

    assert b'"message":"n_head = 0.5 is not a whole number"' in captured.out
    said = captured.err.decode("utf-8")
    assert "n_head = 0.5 n'est pas un nombre entier" in said
    assert "écrivez n_head comme un nombre entier, ou omettez-le" in said
