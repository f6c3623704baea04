"""Many workloads from a file."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from traincast import api
from traincast.answers import to_json
from traincast.errors import UnreadableError
from traincast.predict.batch import answer_lines

GPT = {"n_layer": 12, "n_head": 12, "d_model": 768, "seq_len": 1024, "vocab": 50304, "micro_batch": 8}


def answers(tmp_path: Path, lines: list[str]) -> list[dict[str, object]]:
    """The documents of a file of `lines`."""
    file, out = tmp_path / "workloads.jsonl", io.BytesIO()
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    answer_lines(str(file), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_documents_come_in_the_order_of_the_lines(tmp_path: Path) -> None:
    """Ids are kept, bad lines answer with message and hint, lines without a device with sizes, and the rest go on."""
    lines = [
        json.dumps({"id": 1, "on": "RTX 4090", **GPT}),
        "not json",
        json.dumps({"id": "two", "on": "no such card", **GPT}),
        json.dumps({"id": 3, **GPT}),
        json.dumps({"id": 4, "on": "H100x8", **GPT}),
    ]
    found = answers(tmp_path, lines)

    assert [one["id"] for one in found] == [1, None, "two", 3, 4]
    assert ["error" in one for one in found] == [False, True, True, False, False]
    assert all({"message", "hint"} == set(one["error"]) for one in found if isinstance(one.get("error"), dict))
    assert found[3]["step_time"] is None
    assert found[4]["machine"]["n_devices"] == 8  # type: ignore[index]


def test_a_batch_of_wrong_lines_alone_is_an_error_behind_its_documents(tmp_path: Path) -> None:
    """Each line has its document, and a script that looks at the exit status learns that nothing was answered."""
    file, out = tmp_path / "workloads.jsonl", io.BytesIO()
    file.write_text('{"id": 1, "on": "no such card"}\nnot json\n', encoding="utf-8")

    with pytest.raises(UnreadableError, match="no such card") as caught:
        answer_lines(str(file), out)
    assert caught.value.hint
    assert ["error" in json.loads(line) for line in out.getvalue().splitlines()] == [True, True]


def test_a_batch_without_a_line_is_an_error(tmp_path: Path) -> None:
    """An empty file, or one of empty lines, asks nothing: no silence that looks like an answer."""
    for content in ("", "\n\n"):
        path = tmp_path / "empty.jsonl"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(UnreadableError, match=r"empty\.jsonl is empty"):
            answer_lines(str(path), io.BytesIO())


def test_a_batch_says_what_single_questions_say(tmp_path: Path) -> None:
    """The same document, whatever else is in the file."""
    asked = [{**GPT, "n_layer": n, "precision": p} for n in (6, 12, 24) for p in ("bf16", None)]
    found = answers(tmp_path, [json.dumps({"id": i, "on": "L4", **one}) for i, one in enumerate(asked)])

    for one, document in zip(asked, found, strict=True):
        single = json.loads(to_json(api.predict(one, on="L4")))
        assert document["step_time"]["value"] == pytest.approx(single["step_time"]["value"])  # type: ignore[index]
        assert document["memory"]["verdict"] == single["memory"]["verdict"]  # type: ignore[index]
        assert [x["code"] for x in document["findings"]] == [x["code"] for x in single["findings"]]  # type: ignore[attr-defined]


def test_no_document_holds_a_number_that_is_none(tmp_path: Path) -> None:
    """Neither NaN nor infinity, on devices of which little is known."""
    devices = ("K80", "M3 Max", "TPU v3", "Trainium2", "Jetson Orin Nano", "Gaudi 2")
    lines = [json.dumps({"id": name, "on": name, **GPT, "precision": p}) for name in devices for p in ("bf16", "fp8")]
    out = answers(tmp_path, lines)

    assert len(out) == len(lines)
    assert all("NaN" not in json.dumps(one) and "Infinity" not in json.dumps(one) for one in out)
