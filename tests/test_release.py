"""What a stranger installs: what an import loads, one version, the files that a release has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tools.licences import permitted

import traincast

ROOT = Path(__file__).parent.parent
LOADED = (
    "import sys; before = set(sys.modules)\n{code}\n"
    "new = {{name.partition('.')[0] for name in set(sys.modules) - before}}\n"
    "print(*sorted(new - set(sys.stdlib_module_names)), file=sys.stderr)"
)
TOML = {"tomli"} if sys.version_info < (3, 11) else set()
WITH_CLICK = {"typing_extensions", "colorama"}
"""what some versions of click import"""
LOG = ROOT / "tests" / "logs" / "nanogpt-cpu.log"


def loaded(code: str) -> set[str]:
    """Packages outside the standard library that `code` imports in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(code=code)], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stderr.splitlines()[-1].split())


def test_importing_the_package_loads_no_other() -> None:
    """A training script that imports traincast pays for nothing that it does not call."""
    assert loaded("import traincast") == {"traincast"}


def test_the_recorder_loads_no_other() -> None:
    """`track` runs inside a training loop, beside whatever versions live there."""
    assert loaded("import traincast; list(traincast.track([1, 2], steps=2))") == {"traincast"}


@pytest.mark.parametrize("verb", ["read", "forecast"])
def test_a_log_is_read_with_the_command_line_and_records_alone(verb: str) -> None:
    """No numpy, rich, scipy, zstandard, yaml or torch on the way of a plain log to a pipe."""
    code = f"from traincast.cli.root import run; run(['{verb}', {str(LOG)!r}, '-q'])"

    assert loaded(code) - WITH_CLICK == {"traincast", "click", "msgspec"} | TOML


def test_a_prediction_needs_the_core_alone() -> None:
    """numpy is added; nothing of an extra."""
    code = (
        f"from traincast.cli.root import run; run(['predict', {str(ROOT / 'examples/gpt-40m.toml')!r}, '--on', 'H100'])"
    )

    assert loaded(code) - WITH_CLICK == {"traincast", "click", "msgspec", "numpy"} | TOML


def test_the_version_is_told_once() -> None:
    """`_version.py` has it; the first heading of the changelog is about it; the citation has no copy of its own."""
    heading = next(
        line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "
    )

    assert heading.split()[1] == traincast.__version__
    assert not re.search(r"^version:", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_citation_has_what_its_format_demands() -> None:
    """cff-version, message, title and authors are required by Citation File Format 1.2.0."""
    yaml = pytest.importorskip("yaml")
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))

    assert told["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "type", "license"} <= set(told)
    assert told["type"] == "software"
    assert told["authors"] == [{"name": "The traincast authors"}]


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "CITATION.cff"])
def test_a_release_has_its_papers(name: str) -> None:
    """Each is there and says something."""
    assert len((ROOT / name).read_text(encoding="utf-8")) > 300


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_a_page_of_one_screen_is_one(name: str) -> None:
    """About fifty lines of text."""
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= 55


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT License", True),
        ("BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0", True),
        ("Apache Software License; BSD License", True),
        ("MIT OR GPL-3.0-only", True),
        ("(MIT)", True),
        ("MIT AND GPL-3.0-only", False),
        ("Mozilla Public License 2.0 (MPL 2.0)", False),
        ("UNKNOWN", False),
        ("", False),
    ],
)
def test_only_permissive_licences_pass(licence: str, allowed: bool) -> None:
    """Every part of what a package is under has to be on the list; of alternatives one."""
    assert permitted(licence) == allowed
