"""Catalogues of messages: complete, no dead entries, figures in place."""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from traincast import api, reports, units
from traincast.estimate import Estimate
from traincast.findings import finding
from traincast.reports.forecast_page import forecast_page
from traincast.reports.models_page import models_page
from traincast.reports.read_page import read_page
from traincast.reports.text import plain
from traincast.reports.wording import evidence_text, finding_text
from traincast.wording import LANGUAGES, catalogue, counter, translator
from traincast.workloads.presets import presets

pytest.importorskip("babel")
FRENCH = [lang for lang in LANGUAGES if lang != "en"]


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """The tool that keeps the catalogues."""
    path = Path(__file__).parent.parent.parent / "tools" / "messages.py"
    spec = importlib.util.spec_from_file_location("messages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["messages"] = module
    spec.loader.exec_module(module)
    return module


def keys(catalogue: object) -> set[object]:
    """Message identities of a catalogue."""
    return {message.id for message in catalogue if message.id}  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", FRENCH)
def test_every_message_is_translated_and_none_is_dead(messages: ModuleType, lang: str) -> None:
    """The catalogue holds the messages of the source, no more and no less (`python tools/messages.py` mends it)."""
    written = messages.loaded(lang)

    assert keys(messages.template()) - keys(written) == set()
    assert keys(written) - keys(messages.template()) == set()
    assert messages.untranslated(written) == []


@pytest.mark.parametrize("lang", FRENCH)
def test_the_compiled_catalogue_is_that_of_the_words(messages: ModuleType, lang: str) -> None:
    """What is installed is what was translated."""
    for message in messages.loaded(lang):
        if isinstance(message.id, str) and message.id:
            assert translator(lang)(message.id) == message.string


@pytest.mark.parametrize("lang", FRENCH)
def test_translations_keep_their_figures(messages: ModuleType, lang: str) -> None:
    """The names in braces are the same; only the singular may leave its count out."""
    for message in messages.loaded(lang):
        if isinstance(message.id, str) and message.id:
            assert sorted(re.findall(r"\{\w+\}", message.id)) == sorted(re.findall(r"\{\w+\}", message.string))


@pytest.mark.parametrize("lang", FRENCH)
def test_french_marks_have_their_space(messages: ModuleType, lang: str) -> None:
    """A colon or semicolon stands behind a no-break space, so that no line begins with it."""
    texts = [message.string for message in messages.loaded(lang) if message.id and isinstance(message.string, str)]

    assert [text for text in texts if set(re.findall(r"(.)[;:](?=\s|$)", text)) - {"\u00a0"}] == []


def test_an_unknown_language_is_english() -> None:
    """No catalogue, no change."""
    assert catalogue("xx").gettext("steps") == "steps"


@pytest.mark.parametrize(("count", "starts"), [(1, "Écartez le premier"), (17, "Écartez les {count} premiers")])
def test_plurals_have_their_form(count: int, starts: str) -> None:
    """One step and seventeen steps are worded apart."""
    many = counter("fr")
    text = many(
        "Ignore the first {count} step: it is not like the rest.",
        "Ignore the first {count} steps: they are not like the rest.",
        count,
    )

    assert text.startswith(starts)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        (lambda: units.digits(3.857), "3,86"),
        (lambda: units.digits(524288.0), "524\u202f288"),
        (lambda: units.duration(3.857), "3,86 s"),
        (lambda: units.duration(9 * 86400 + 22 * 3600), "9 j 22 h"),
        (lambda: units.percent(0.678), "67,8 %"),
        (lambda: units.memory(9.45 * 2**30), "9,45 Gio"),
        (lambda: units.number(1500), "1\u202f500"),
        (lambda: units.level(0.995), "99,5 %"),
        (lambda: units.count(40.56e6), "40,6\u202fM"),
        (lambda: units.count(3.146e9), "3,15\u202fMd"),
        (lambda: units.interval(Estimate(value=3.86, low=3.1, high=4.92)), "3,10 s à 4,92 s (90 %)"),
    ],
)
def test_numbers_are_written_as_french_writes_them(english: object, french: str) -> None:
    """Decimal commas, thin spaces between groups, French units; English again afterwards."""
    assert callable(english)
    before = english()
    with units.speaking("fr"):
        assert english() == french
    assert english() == before


def test_a_finding_is_told_in_french_with_french_figures() -> None:
    """The template is translated and its figures are rewritten."""
    found = finding("slowdown", step="1116", after="1.70 s", before="1,234 ms", score="103")
    message, remedy = finding_text(found, "fr")

    assert "depuis le pas 1\u202f116" in message
    assert "1,70 s" in message
    assert "1\u202f234 ms" in message
    assert remedy.startswith("la prévision")
    assert finding_text(found, "en") == (found.message, found.remedy)


def test_a_name_of_digits_is_no_number() -> None:
    """ "4090" names a card; a step of four digits is grouped."""
    found = finding("device-variant", asked="4090", device="nvidia-rtx-4090", others="nvidia-rtx-4090-laptop")

    assert finding_text(found, "fr")[0].startswith("4090 est pris pour")


def test_french_pages_group_the_digits_of_every_count() -> None:
    """No bare run of four digits but in the name of the file; English pages are as they were."""
    log = Path(__file__).parent.parent / "logs" / "nanogpt-cpu-busy.log"
    (run,) = api.read(log).runs
    ahead = api.forecast(log, steps=6000)
    bare = r"(?<![\w.,:-])[0-9]{4,}(?![\w.-])"

    for page, value in ((read_page, run), (forecast_page, ahead), (models_page, list(presets().values()))):
        french, english = (plain(page(value, lang=lang)) for lang in ("fr", "en"))  # type: ignore[operator]
        assert re.findall(bare, french) == []
        assert re.search(r"[0-9]\s[0-9]{3}\b", french)
        assert re.search(bare, english)


def test_evidence_in_words_is_told_in_french_and_places_stay() -> None:
    """The template of the list is translated; a file's name is nobody's word."""
    slower = finding("slowdown", step="1116", after="1.70 s", before="1,234 ms", score="103")
    placed = finding("keys-ignored", evidence="run line 3", names="x")

    assert slower.evidence == "z = 103 of a two-sample scan"
    assert evidence_text(slower, "en") == slower.evidence
    assert evidence_text(slower, "fr").startswith("z = 103 d'une recherche")
    assert [evidence_text(placed, lang) for lang in ("en", "fr")] == ["run line 3"] * 2


def test_words_that_fill_a_template_are_told_in_french_too() -> None:
    """What is used where print and clock disagree is a phrase of the source, and so is the evidence of a notebook."""
    words = {"printed": "1.00 s", "clock": "2.00 s", "used": "the clock"}
    found = finding("time-disagrees", **words, evidence="outputs of different executions of the notebook")

    assert finding_text(found, "fr")[0].endswith("retenu\u00a0: l'horloge")
    assert evidence_text(found, "fr") == "des sorties de différentes exécutions du notebook"


def test_whatever_is_shown_in_a_language_writes_its_numbers_so() -> None:
    """Every function of a page module that takes `lang` and can be called from outside is `spoken`."""
    names = [f"traincast.reports.{path.stem}" for path in Path(reports.__path__[0]).glob("*_page.py")]
    silent = [
        f"{name}.{called}"
        for name in names
        for called, one in vars(import_module(name)).items()
        if getattr(one, "__module__", "") == name and "lang" in (getattr(one, "__kwdefaults__", None) or {})
        if not hasattr(one, "__wrapped__")
    ]

    assert len(names) > 10
    assert silent == []
