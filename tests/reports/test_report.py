"""The report: five parts in every form, hostile text shown as text, no request from the page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from traincast import api
from traincast.answers import ReportAnswer
from traincast.cli.root import run
from traincast.reports.html import page_html
from traincast.reports.markdown import escaped, markdown
from traincast.reports.page import Page, Table
from traincast.reports.report_page import report_page
from traincast.reports.text import plain
from traincast.reports.unit_words import with_article

PARTS = {
    "en": [
        "Why the first iteration was slow", "Expected speed", "Total time", "MFU and stability", "How long to wait",
        "Method",
    ],
    "fr": [
        "Pourquoi la première itération a été lente", "Vitesse attendue", "Durée totale", "MFU et stabilité",
        "Combien de temps attendre", "Méthode",
    ],
}  # fmt: skip
PASTED = "\n".join(
    ["iter 0: loss 10.9512, time 27034.11ms, mfu -100.00%"]
    + [
        f"iter {i}: loss {9.0 - i / 10:.4f}, time {3850 + 7 * (i % 3)}.21ms, mfu {'-100.00' if i < 5 else '13.05'}%"
        for i in range(1, 10)
    ]
)
SEED = {
    "n_layer": 12, "d_model": 384, "n_head": 12, "vocab": 50304, "seq_len": 1024, "micro_batch": 16, "grad_accum": 32,
    "precision": "bf16", "compile": True,
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>\x1b[31mred\x1b[0m\u202eevil [link](javascript:alert(2)) | `code` **bold** "
    "<img src=x onerror=alert(3)>"
)


@pytest.fixture(scope="module")
def answer() -> ReportAnswer:
    """The report on a log that the project made."""
    log = Path(__file__).parent.parent / "logs" / "nanogpt-cpu.log"
    return api.report(log, date="2026-11-24")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_five_parts_stand_in_order(answer: ReportAnswer, lang: str) -> None:
    """All three forms have the five answers and the method, in the reader's language."""
    page = report_page(answer, lang=lang)
    for text in (plain(page), markdown(page, date="2026-11-24"), page_html(page, drawings={}, date="2026-11-24")):
        places = [text.index(part) for part in PARTS[lang]] if "<h2>" not in text else [
            text.index(f"<h2>{part}") for part in PARTS[lang]
        ]  # fmt: skip
        assert places == sorted(places)


def test_the_front_matter_is_that_of_a_note(answer: ReportAnswer) -> None:
    """Title, language, date and type stand first."""
    head = markdown(report_page(answer, lang="fr"), date="2026-11-24").split("---")[1]

    for line in ("title: ", "lang: fr", "date: 2026-11-24", "type: note"):
        assert line in head


def test_ten_pasted_lines_give_speed_and_what_to_ignore(tmp_path: Path) -> None:
    """The first iteration is split off, the step is 3.85 s, -100 % is a placeholder."""
    log = tmp_path / "pasted.txt"
    log.write_text(PASTED, encoding="utf-8")
    told = api.report(log, steps=6000, date="2026-11-24", on="RTX 4070", **SEED)

    assert told.run is not None
    assert told.run.step_time is not None
    assert told.run.step_time.value == pytest.approx(3.857, abs=0.01)
    assert told.forecast is not None
    assert told.forecast.total is not None
    assert told.forecast.total.value == pytest.approx(6000 * 3.857 + 23, rel=0.02)
    assert told.run.tokens_per_second is not None
    assert told.run.tokens_per_second.value == pytest.approx(524288 / 3.857, rel=0.01)
    assert told.explanation is not None
    assert told.explanation.expected_step is not None
    assert told.explanation.expected_step.contains(3.857)
    assert told.run.mfu is not None
    assert told.run.mfu.rebased == pytest.approx(0.1305 * 312e12 / 58.29e12, rel=0.01)
    text = plain(report_page(told))
    assert "-100 % is no measurement" in text
    assert "The first iteration took 27.0 s" in text


class Seen(HTMLParser):
    """Tags, attributes and text of a document."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def hostile(answer: ReportAnswer) -> ReportAnswer:
    """The report on a log of a hostile name, with hostile findings."""
    assert answer.run is not None
    run = msgspec.structs.replace(answer.run, source=HOSTILE, dialect=HOSTILE)
    return msgspec.structs.replace(answer, title=HOSTILE, run=run, sources=[HOSTILE])


def test_hostile_text_is_text_in_html(answer: ReportAnswer) -> None:
    """No script, no image, no escape, no direction mark; the words are there to be read."""
    seen = Seen(page_html(report_page(hostile(answer)), drawings={}, date="2026-11-24"))

    assert {"script", "img", "iframe", "object"} & {tag for tag, _attrs in seen.tags} == set()
    assert not any(name.startswith("on") for _tag, attrs in seen.tags for name in attrs)
    assert "<script>alert(1)</script>" in seen.text
    assert "\x1b" not in seen.text
    assert "\u202e" not in seen.text


def test_hostile_text_is_text_in_markdown(answer: ReportAnswer) -> None:
    """Markup characters are escaped, HTML is written as entities, control characters are gone."""
    text = markdown(report_page(hostile(answer)), date="2026-11-24")
    body = text.split("---", 2)[2]

    assert "<script" not in body
    assert "<img" not in body
    assert r"\[link\](" in body
    assert r"\*\*bold\*\*" in body
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", text)
    assert "title: " in text.split("---")[1]
    assert len(text.split("---")[1].strip().splitlines()) == 4  # a title cannot add a line to the front matter


def test_hostile_text_is_text_in_plain_text(answer: ReportAnswer) -> None:
    """Terminal escapes are gone."""
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", plain(report_page(hostile(answer))))


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("- item", r"\- item"), ("# head", r"\# head"), ("1. one", r"\1. one"), ("a | b", r"a \| b"), ("a_b", r"a\_b"),
        ("&amp;", "&amp;amp;"), ("> quote", "&gt; quote"),
    ],
)  # fmt: skip
def test_markdown_escapes(text: str, safe: str) -> None:
    """Each marker shows as itself."""
    assert escaped(text) == safe


def test_the_page_asks_for_nothing(answer: ReportAnswer) -> None:
    """No address is loaded: no src, no stylesheet, no url() in the style; a policy forbids the rest."""
    document = page_html(report_page(answer), drawings=drawn(answer), date="2026-11-24")
    seen = Seen(document)

    assert not any("src" in attrs or tag == "link" for tag, attrs in seen.tags)
    assert [attrs["href"] for tag, attrs in seen.tags if tag == "a" and not (attrs["href"] or "").startswith("#")] == []
    assert "url(" not in document.replace('clip-path="url(#', "")
    assert "default-src 'none'" in document


def drawn(answer: ReportAnswer) -> dict[str, str]:
    """The charts as SVG, where they can be drawn."""
    pytest.importorskip("vl_convert")
    from traincast.reports.charts import specs, svg

    return {name: svg(spec) for name, spec in specs(answer).items()}


def test_charts_have_words_and_take_the_page_s_colours(answer: ReportAnswer) -> None:
    """Each drawing is named by its caption, scales, and has no fixed text colour."""
    document = page_html(report_page(answer), drawings=drawn(answer), date="2026-11-24")
    drawings = [attrs for tag, attrs in Seen(document).tags if tag == "svg"]

    assert len(drawings) >= 3
    assert all(attrs.get("role") == "img" and attrs.get("aria-label") and attrs.get("viewbox") for attrs in drawings)
    assert "currentColor" in document
    assert "#24292f" not in document


def test_no_line_begins_with_a_colon_in_french(answer: ReportAnswer) -> None:
    """Spaces before marks and inside figures are kept from breaking, in the page and in the note."""
    page = report_page(answer, lang="fr")
    for text in (markdown(page, date="2026-11-24"), page_html(page, drawings={}, date="2026-11-24")):
        assert "1\u202f200 pas" in text
        assert "\u00a0:" in text
        assert "1 200" not in text


def test_short_columns_are_not_broken_and_long_ones_are(answer: ReportAnswer) -> None:
    """`262 ms to 264 ms` stays on its line; what has no end wraps."""
    table = Table(head=("between", "because", "n"), rows=(("262 ms to 264 ms", "a reason " * 9, "1"),), align="llr")
    seen = Seen(page_html(Page(title="t", blocks=(table,)), drawings={}, date="2026-11-24"))

    assert [attrs.get("class") for tag, attrs in seen.tags if tag == "td"] == ["short", None, "r"]


def test_the_page_can_be_used_by_keyboard_and_reader(answer: ReportAnswer) -> None:
    """Language, one h1, a skip link, scopes on heads, focus on what scrolls."""
    seen = Seen(page_html(report_page(answer, lang="fr"), drawings={}, date="2026-11-24"))
    tags = [tag for tag, _attrs in seen.tags]

    assert dict(seen.tags)["html"]["lang"] == "fr"
    assert tags.count("h1") == 1
    assert ("a", {"class": "skip", "href": "#main"}) in seen.tags
    assert all(attrs.get("scope") == "col" for tag, attrs in seen.tags if tag == "th")
    assert all(attrs.get("tabindex") == "0" for _tag, attrs in seen.tags if attrs.get("class") == "scroll")


def test_the_command_writes_by_the_suffix(tmp_path: Path, own_logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o note.md writes Markdown, -o page.html a page, --json one document on stdout."""
    log = str(own_logs / "nanogpt-cpu.log")

    assert run(["report", log, "-o", str(tmp_path / "note.md"), "--date", "2026-11-24"]) == 0
    assert (tmp_path / "note.md").read_text(encoding="utf-8").startswith("---\ntitle: ")
    assert run(["report", log, "--json", "--date", "2026-11-24"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "traincast.report/1"
    assert document["explanation"]["first"]["parts"][0]["name"] == "compilation"


def test_a_picture_needs_a_known_suffix(tmp_path: Path, own_logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--plot charts.bmp is refused with what to write instead."""
    assert run(["report", str(own_logs / "nanogpt-cpu.log"), "--plot", str(tmp_path / "charts.bmp")]) == 2
    assert "hint: --plot charts.svg" in capsys.readouterr().err


def test_a_profile_of_a_probe_is_a_machine_for_the_report() -> None:
    """The log was written by the probed thread: what is seen lies inside the prediction from the profile."""
    root = Path(__file__).parent.parent.parent
    told = api.report(
        root / "tests" / "logs" / "nanogpt-cpu.log",
        workload=str(root / "examples" / "gpt-cpu.toml"),
        on=str(root / "tests" / "logs" / "cpu-profile.json"),
        date="2026-11-24",
    )

    assert told.run is not None
    assert told.run.step_time is not None
    assert told.predict is not None
    assert told.predict.step_time is not None
    assert told.predict.step_time.low < told.run.step_time.value < told.predict.step_time.high


@pytest.mark.parametrize(
    ("text", "right"), [("a epoch", "an epoch"), ("a step", "a step"), ("par époque", "par époque")]
)
def test_a_unit_has_the_article_of_its_first_letter(text: str, right: str) -> None:
    """`an` in front of a vowel; other languages are left as they are."""
    assert with_article(text) == right
