"""Plug-ins: the example package adds what it says, a broken one is named, and none costs nothing."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tools.plugin import EXAMPLE, declare, install

from traincast import plugins
from traincast.plugins import Plugin, contributions, entries, is_any_declared, problems, texts

ROOT = Path(__file__).parent.parent
LOG = ROOT / "tests" / "logs" / "nanogpt-cpu.log"
ACME_LOG = "".join(["acme> batch 64\n", *(f"acme> step {i} of 500 loss 3.25 took 0.50 s\n" for i in range(1, 40))])

Verb = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages."""
    folder = tmp_path / "site"
    folder.mkdir()
    return folder


@pytest.fixture
def traincast(site: Path) -> Verb:
    """Runs the command line in a process in which the packages of `site` are installed."""

    def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key != plugins.SWITCH}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(site)])
        return subprocess.run(
            [sys.executable, "-m", "traincast", *words], env={**environment, **settings}, cwd=site.parent,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    return run


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The JSON document that a verb printed."""
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_example_adds_a_dialect_a_device_and_a_preset(site: Path, traincast: Verb) -> None:
    """A log in its dialect is known by its first lines; its card and its model are names like any other."""
    install(EXAMPLE, site)
    (site.parent / "run.log").write_text(ACME_LOG)

    (run,) = document(traincast("read", "run.log", "--json"))["runs"]
    assert (run["dialect"], run["steps"]["planned"], run["step_time"]["value"]) == ("acme-trainer", 500, 0.5)

    answer = document(traincast("predict", "acme-1b", "--on", "acme one x2", "--micro-batch", "4", "--json"))
    assert answer["machine"]["device"] == "acme-one"
    # bf16 peak of the row: 480 TFLOPS; 22 layers of 2048 with a SwiGLU of 5632 have 1.1e9 parameters
    assert answer["machine"]["peak_flops"] == 480e12
    assert answer["parameters"] == pytest.approx(1.1e9, rel=0.01)
    assert not [one for one in answer["findings"] if one["code"] == "plugin-broken"]


def test_the_example_adds_a_reader_and_a_report(site: Path, traincast: Verb) -> None:
    """A binary recording of 30 steps, 2 s apart, and a report by name and by the ending of its file."""
    install(EXAMPLE, site)
    recording = b"ACMEBOX1" + b"".join(struct.pack("<Id", i, 1.7e9 + 2 * i) for i in range(1, 31)) + b"torn"
    (site.parent / "box.bin").write_bytes(recording)

    (run,) = document(traincast("read", "box.bin", "--json"))["runs"]
    assert (run["dialect"], run["steps"]["last"], run["step_time"]["value"]) == ("acme-blackbox", 30, 2.0)

    told = traincast("report", str(LOG), "--format", "slack", "--lang", "fr").stdout
    assert told.count("\n") == 3
    assert "par pas" in told
    assert traincast("report", str(LOG), "-o", "note.slack").returncode == 0
    assert "a step" in (site.parent / "note.slack").read_text()


def test_a_note_may_name_what_the_example_adds(site: Path, traincast: Verb) -> None:
    """Card and model are known in prose: 6 x 1.1e9 parameters x 2M tokens/s is 27 times the card's 480 TFLOPS."""
    install(EXAMPLE, site)

    answer = document(traincast("audit", "--claim", "Acme 1B trains at 2M tokens/s on one Acme One", "--json"))
    assert answer["verdict"] == "impossible"
    assert "acme-one" in json.dumps(answer["claims"])


def test_what_is_installed_is_listed(site: Path, traincast: Verb) -> None:
    """Every entry point with its package and whether it can be used; devices and models of it in their lists."""
    install(EXAMPLE, site)
    declare(site, "half-done", "0.1", {"traincast.dialects": {"oops": "no_such_module"}})

    shown = traincast("plugins")
    assert shown.stdout.count("traincast-acme 1.0") == 5
    assert "half-done" in shown.stdout
    assert shown.stdout.count("left out") == 1
    assert "ModuleNotFoundError" in shown.stderr
    assert "acme-one" in traincast("devices").stdout
    assert "acme-1b" in traincast("models").stdout
    assert "acme-trainer" in traincast("dialects").stdout
    assert 'name = "acme-trainer"' in traincast("dialects", "acme-trainer", "--toml").stdout


def dialect(name: str, *, marker: str = "a", step: str = "a") -> str:
    """The least that a dialect file says."""
    return f'name = "{name}"\ntitle = "a"\nmarker = "{marker}"\nstep = "{step}"\n'


BROKEN = [
    ("dialects", "missing_module", "", "ModuleNotFoundError"),
    ("dialects", "bad", "raise SystemExit(3)", "SystemExit"),
    ("dialects", "bad:TEXT", "TEXT = 'name = 3\\n'", "is no dialect"),
    ("dialects", "bad:TEXT", 'TEXT = \'name = "a"\\ntitle = "a"\\nmarker = "a"\\nstep = "("\\n\'', "missing )"),
    ("dialects", "bad:TEXT", 'TEXT = \'name = "nanogpt"\\ntitle = "a"\\nmarker = "a"\\nstep = "a"\\n\'', "built in"),
    ("dialects", "bad:TEXT", 'TEXT = \'name = "b"\\ntitle = "a"\\nstep = "a"\\n\'', "needs a marker"),
    ("dialects", "bad", "", "not a package with files"),
    ("dialects", "bad:NUMBER", "NUMBER = 3", "neither a package nor a path"),
    ("readers", "bad", "def sniff(head, name): return 1.0", "no function read"),
    ("readers", "bad", "def sniff(head, name): 1 / 0\ndef read(source): return []", "ZeroDivisionError"),
    ("readers", "bad", "def sniff(head, name): return 1.0\ndef read(source): return [3]", "no RunLog"),
    ("devices", "bad:TEXT", "TEXT = 'name,vendor\\na,b\\n'", "must be told"),
    ("devices", "bad:TEXT", "TEXT = 'name,colour\\na,b\\n'", "no column is called colour"),
    ("devices", "bad:TEXT", "TEXT = 'name,vendor,family,arch,year,source\\nnvidia-k80,b,c,d,1,e\\n'", "already"),
    ("presets", "bad:TEXT", "TEXT = '[a\\n'", "Expected"),
    ("presets", "bad:TEXT", "TEXT = '[a]\\nsource = \"x\"\\n'", "no table of families"),
    ("presets", "bad:TEXT", 'TEXT = \'[a]\\nsource="x"\\n[a.models]\\nm={title="M", colour=1}\\n\'', "colour"),
    ("presets", "bad:TEXT", 'TEXT = \'[a]\\nsource="x"\\n[a.models]\\ngpt2={title="M"}\\n\'', "built in already"),
    ("reports", "bad:NUMBER", "NUMBER = 3", "no function"),
]


@pytest.fixture
def in_process(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`site` on the path of this process, with nothing kept of what was found before or since."""
    from traincast.catalog import devices
    from traincast.reading import dialect
    from traincast.reading.structured import added
    from traincast.reports import formats
    from traincast.workloads import presets

    kept = (plugins.entry_points, devices.accelerators, dialect.added, dialect.openings, added.readers)
    kept = (*kept, formats.formats, presets.presets)

    def forget() -> None:
        plugins._LEFT_OUT.clear()
        for one in kept:
            one.cache_clear()
        sys.modules.pop("bad", None)

    forget()
    monkeypatch.delenv(plugins.SWITCH, raising=False)
    monkeypatch.syspath_prepend(str(site))
    yield site
    monkeypatch.undo()
    forget()


@pytest.mark.parametrize(("group", "value", "code", "reason"), BROKEN)
def test_a_broken_plug_in_is_a_finding_that_names_it(
    group: str, value: str, code: str, reason: str, in_process: Path
) -> None:
    """Whatever is wrong with it: the log is read, and the answer says which package is left out and why."""
    from traincast import api
    from traincast.cli.plugins import load_all

    (in_process / "bad.py").write_text(code)
    declare(in_process, "bad-package", "1", {f"traincast.{group}": {"bad": value}})

    load_all()
    (run,) = api.read(LOG).runs
    assert run.dialect == "nanogpt"
    (found,) = [one for one in run.findings if one.code == "plugin-broken"]
    assert found.values["package"] == "bad-package"
    assert reason in found.message


def test_a_broken_plug_in_breaks_no_document(site: Path, traincast: Verb) -> None:
    """It may print and exit as it is imported: stdout is one JSON document all the same."""
    (site / "bad.py").write_text("print('hello'); raise SystemExit(3)")
    declare(site, "bad-package", "1", {f"traincast.{group}": {"bad": "bad"} for group in plugins.GROUPS})

    for words in (["read", str(LOG)], ["predict", "gpt2", "--on", "RTX 4070"], ["devices", "RTX 4070"], ["plugins"]):
        answer = document(traincast(*words, "--json"))
        assert "bad-package" in json.dumps(answer), words


def test_live_verbs_name_a_broken_plug_in_too(site: Path, traincast: Verb) -> None:
    """As every answer does: `watch` in each document, `rehearse` in its one."""
    (site / "bad.py").write_text("raise ImportError('gone')")
    declare(site, "bad-package", "1", {"traincast.dialects": {"bad": "bad"}})

    watched = traincast("watch", str(LOG), "--json")
    rehearsed = traincast("rehearse", "--json", "--no-evaluation", "--", "cat", str(LOG))
    for done in (watched, rehearsed):
        answer = json.loads(done.stdout.splitlines()[-1])
        assert "bad-package" in [one["values"].get("package") for one in answer["findings"]], done.stderr


def test_a_report_that_fails_is_one_error(site: Path, traincast: Verb) -> None:
    """The user asked for it by name: exit 2, and the package is named."""
    (site / "bad.py").write_text("def write(answer, *, lang): return 1 / 0\ndef three(answer, *, lang): return 3")
    declare(site, "bad-package", "1", {"traincast.reports": {"oops": "bad:write", "three": "bad:three"}})

    done = traincast("report", str(LOG), "--format", "oops", "-q")
    assert done.returncode == 2
    assert done.stderr.startswith("error: the report 'oops' of bad-package failed: ZeroDivisionError")
    assert "gave no text" in traincast("report", str(LOG), "--format", "three").stderr
    assert "one of text, markdown, html, json, oops, three" in traincast("report", str(LOG), "--format", "x").stderr


def test_a_device_of_a_plug_in_takes_no_name_away(in_process: Path) -> None:
    """An alias that a device of the catalog has goes on meaning that device."""
    from traincast.catalog.lookup import accelerator, index, spellings

    for kept in (accelerator, index, spellings):
        kept.cache_clear()
    head = "name,vendor,family,arch,year,aliases,source"
    row = "acme-4070,NVIDIA,acme,one,2026,RTX 4070;NVIDIA GeForce RTX 4070,x"
    (in_process / "bad.py").write_text(f"TEXT = {f'{head}{chr(10)}{row}{chr(10)}'!r}")
    declare(in_process, "greedy", "1", {"traincast.devices": {"bad": "bad:TEXT"}})

    assert accelerator("RTX 4070").name == "nvidia-rtx-4070"
    assert accelerator("NVIDIA GeForce RTX 4070").name == "nvidia-rtx-4070"
    assert accelerator("acme-4070").name == "acme-4070"
    for kept in (accelerator, index, spellings):
        kept.cache_clear()


def test_off_leaves_all_of_them_out(site: Path, traincast: Verb) -> None:
    """The switch tells a user whether a plug-in is to blame."""
    install(EXAMPLE, site)

    assert traincast("predict", "acme-1b", TRAINCAST_PLUGINS="off").returncode == 2
    assert document(traincast("plugins", "--json", TRAINCAST_PLUGINS="off"))["plugins"] == []


def test_none_installed_imports_nothing(site: Path) -> None:
    """`importlib.metadata` costs more than reading a small log: it is left alone where no package declares anything."""
    code = (
        "import sys; from traincast import api; from traincast.cli.root import run; "
        f"run(['read', {str(LOG)!r}, '-q']); print('importlib.metadata' in sys.modules)"
    )
    environment = {key: value for key, value in os.environ.items() if key != plugins.SWITCH}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**environment, "PYTHONPATH": str(ROOT / "src")}, capture_output=True,
        text=True, check=True, timeout=60,
    )  # fmt: skip

    assert done.stdout.endswith("False\n")


def test_what_is_declared_is_seen_wherever_python_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder by its metadata; an archive is left to importlib; a folder that is not there is passed over."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr(sys, "path", [str(empty), str(tmp_path / "gone")])
    assert not is_any_declared()

    declare(empty, "tool", "1", {"console_scripts": {"traincast": "traincast.cli:main"}})
    assert not is_any_declared()

    declare(empty, "adds", "1", {"traincast.reports": {"a": "b:c"}})
    assert is_any_declared()

    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("module.py", "")
    monkeypatch.setattr(sys, "path", [str(archive)])
    assert is_any_declared()


def test_files_come_from_packages_paths_and_texts(tmp_path: Path) -> None:
    """Sorted by name; nothing of another suffix; a folder without one is an error."""
    (tmp_path / "b.toml").write_text("two")
    (tmp_path / "a.toml").write_text("one")
    (tmp_path / "c.csv").write_text("three")

    assert list(texts(tmp_path, ".toml")) == [("a.toml", "one"), ("b.toml", "two")]
    assert list(texts(str(tmp_path / "c.csv"), ".csv")) == [("c.csv", "three")]
    assert [text for _, text in texts("x = 1\n", ".toml")] == ["x = 1\n"]
    with pytest.raises(ValueError, match=r"no \.md file"):
        list(texts(tmp_path, ".md"))
    with pytest.raises(TypeError):
        entries(3)


def test_one_of_two_plug_ins_that_fails_does_not_take_the_other_with_it(in_process: Path) -> None:
    """What fails half-way is left out as a whole."""
    (in_process / "bad.py").write_text("GOOD, BAD = [1, 2], [3, 0]")
    declare(in_process, "two", "1", {"traincast.reports": {"a": "bad:BAD", "b": "bad:GOOD"}})

    def use(_: Plugin, numbers: list[int]) -> Iterator[float]:
        yield from (1 / number for number in numbers)

    assert contributions("reports", use) == [1.0, 0.5]
    assert [one.values["name"] for one in problems()] == ["a"]
