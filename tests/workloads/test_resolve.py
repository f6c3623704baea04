"""WORKLOAD, whatever it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from traincast.errors import TraincastError, UnknownNameError, UnreadableError, WorkloadError
from traincast.workload import Workload
from traincast.workloads.resolve import load, resolve

FLAT = {"n_layer": 12, "d_model": 384, "n_head": 12, "seq_len": 1024, "vocab": 50304, "micro_batch": 16}


def test_the_same_workload_from_every_kind(tmp_path: Path) -> None:
    """Keys, a record, TOML, a table in TOML, JSON; a file lends its name."""
    toml = "".join(f"{key} = {value}\n" for key, value in FLAT.items())
    (tmp_path / "run.toml").write_text(toml)
    (tmp_path / "table.toml").write_text("[workload]\n" + toml)
    (tmp_path / "run.json").write_text(json.dumps(FLAT))
    expected = load(FLAT)

    assert load(Workload(**FLAT)) == expected
    assert load(tmp_path / "run.toml") == load({**FLAT, "model": "run"})
    assert load(str(tmp_path / "table.toml")) == load({**FLAT, "model": "table"})
    assert load(tmp_path / "run.json") == load({**FLAT, "model": "run"})
    assert resolve(None, **FLAT)[0] == expected


def test_options_override_and_void_what_followed() -> None:
    """Another depth makes the published parameter count void; other heads the key-value heads."""
    assert resolve("deepseek-v3")[0].params_total == 671e9
    assert resolve("deepseek-v3", n_layer=10)[0].params_total is None
    assert resolve("llama-3-8b", n_head=16)[0].n_kv_head is None
    assert resolve("nanogpt-gpt2", micro_batch=16, on_devices=1)[0].grad_accum == 30  # 480 / 16
    assert resolve("shakespeare-char", tokens=1e6, on_devices=1)[0].steps == 62  # 1e6 / (64 x 256)


def test_none_is_no_override() -> None:
    """Options that were not given change nothing."""
    assert resolve("gpt2", n_layer=None, steps=None)[0] == load("gpt2")


def test_a_file_may_stand_on_a_preset(tmp_path: Path) -> None:
    """`preset` and what differs."""
    path = tmp_path / "run.toml"
    path.write_text('preset = "gpt2"\nmicro-batch = "12"\ncompile = true\n')
    w = load(path)

    assert (w.n_layer, w.micro_batch, w.compile) == (12, 12, True)


def test_a_folder_does_not_hide_a_preset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`gpt2` beside a folder of that name."""
    (tmp_path / "gpt2").mkdir()
    monkeypatch.chdir(tmp_path)

    assert load("gpt2").n_layer == 12


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.toml", b""),
        ("blank.json", b" \n"),
        ("bad.toml", b"n_layer = = 3\n"),
        ("bad.json", b"{"),
        ("list.json", b"[1]"),
        ("deep.json", b"[" * 100_000),
        ("deep2.json", b'{"a":' * 200 + b"1" + b"}" * 200),
        ("binary.toml", bytes(range(256))),
        ("nan.json", b'{"n_layer": NaN}'),
        ("unknown.toml", b"n_layr = 3\n"),
        ("other.toml", b"[tool.black]\nline-length = 100\n"),
        ("huge.json", b'{"n_layer": 1' + b"0" * 5000 + b"}"),
        ("large.toml", b"#" * (5 * 2**20)),
        ("wrong.toml", b'n_layer = "twelve"\n'),
    ],
)
def test_files_that_are_no_workload_are_refused(name: str, content: bytes, tmp_path: Path) -> None:
    """One line and a hint; no traceback, no long wait."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(TraincastError) as caught:
        resolve(path)

    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_utf_16_is_read(tmp_path: Path) -> None:
    """As some editors write it."""
    path = tmp_path / "run.toml"
    path.write_bytes("n_layer = 3\n".encode("utf-16"))

    assert load(path).n_layer == 3


@pytest.mark.parametrize(
    "name", ["gone.toml", "./gone", "/", "/dev/null", "x" * 5000 + ".toml", "a\0b.toml", "~nobody/x.toml"]
)
def test_missing_files(name: str) -> None:
    """What looks like a file is not taken for a preset."""
    with pytest.raises(UnreadableError):
        resolve(name)


def test_neither_file_nor_preset() -> None:
    """Near misses, or the ways to name a workload."""
    with pytest.raises(UnknownNameError) as caught:
        resolve("gtp2")

    assert "gpt2" in caught.value.near
    with pytest.raises(WorkloadError, match="n_layer"):
        resolve({"n_layer": 0})


def test_a_known_model_without_a_shape_is_its_preset() -> None:
    """`--model gpt2` and {"model": "gpt2"}; a name beside a shape is only shown."""
    assert resolve(None, model="gpt2")[0].n_layer == 12
    assert resolve({"model": "gpt2-xl", "micro_batch": 3})[0].n_layer == 48
    assert resolve(None, model="gpt2", n_layer=4)[0].d_model is None
    assert resolve({"model": "gpt2", "params_total": 1e9})[0].n_layer is None
    assert resolve(None, model="nobody's own")[0].n_layer is None


def test_a_file_lends_its_name_to_a_model_without_one(tmp_path: Path) -> None:
    """What is shown is told from other answers; `config.json` is called by its folder, a name that is told stays."""
    (tmp_path / "mine").mkdir()
    for name in ("small.toml", "gpt2.toml", "mine/config.toml"):
        (tmp_path / name).write_text("n_layer = 3\n")
    (tmp_path / "told.toml").write_text('model = "Ours"\nn_layer = 3\n')

    assert [load(tmp_path / name).model for name in ("small.toml", "mine/config.toml", "told.toml")] == [
        "small", "mine", "Ours",
    ]  # fmt: skip
    assert load(tmp_path / "gpt2.toml").d_model is None  # a name is no shape
    assert load({"n_layer": 3}).model is None


def test_a_file_without_an_ending_of_settings_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log given in place of a workload: no model is called so, and the hint says why the file was not read."""
    (tmp_path / "bloom.log").write_text("iter 0: loss 4.0")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UnknownNameError) as raised:
        load("bloom.log")
    assert ".toml" in raised.value.hint


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "~nobody-here/x"])
def test_a_name_that_no_file_can_have_is_an_error(name: str) -> None:
    """Too long, with a NUL, of a home that is not there."""
    with pytest.raises(TraincastError):
        load(name)
