"""The wheel and the sdist as a stranger gets them: `python -m tools.dist` builds, installs and uses them.

The wheel goes alone, with its core dependencies, into a new environment (build/clean), which `tools.licences` and
`tools.advisories` look at afterwards. `--tests PYTHON...` also runs the tests of the unpacked sdist, each Python in an
environment of its own that holds the wheel and the group `test`.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from traincast import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
CLEAN = ROOT / "build" / "clean"
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")
GPT, LOG = "examples/gpt-40m.toml", "tests/logs/nanogpt-cpu.log"
USES = (
    (["--version"], f"traincast {__version__}"),
    (["--help"], "predict"),
    (["read", str(ROOT / LOG), "-q"], "a step"),
    (["predict", str(ROOT / GPT), "--on", "RTX 4070", "-q"], "6,000 steps"),
    (["forecast", str(ROOT / LOG), "-q"], "Forecast"),
    (
        ["audit", "--claim", "100 ms an iteration", "--workload", str(ROOT / GPT), "--on", "RTX 4070", "-q"],
        "IMPOSSIBLE",
    ),
)
"""(arguments, what the output must hold)"""


def call(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command; its failure ends the check."""
    subprocess.run([str(word) for word in command], cwd=cwd, check=True)


def built() -> tuple[Path, Path]:
    """(wheel, sdist), the wheel built from the unpacked sdist."""
    shutil.rmtree(DIST, ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(DIST), str(ROOT)], check=True, stdout=subprocess.DEVNULL
    )
    (wheel,), (sdist,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    return wheel, sdist


def environment(folder: Path, python: str = sys.executable) -> Path:
    """A new virtual environment; its interpreter comes back."""
    shutil.rmtree(folder, ignore_errors=True)
    call(python, "-m", "venv", folder)
    call(folder / "bin" / "python", *PIP, "install", "--upgrade", "pip>=25.1")
    return folder / "bin" / "python"


def used(python: Path) -> None:
    """Run what USES lists, outside the checkout; raises RuntimeError where the answer lacks what it must hold."""
    with tempfile.TemporaryDirectory() as elsewhere:
        for arguments, needed in USES:
            done = subprocess.run(
                [str(python.parent / "traincast"), *arguments],
                cwd=elsewhere,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode or needed not in done.stdout:
                raise RuntimeError(
                    f"traincast {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
                )
            print(f"  traincast {arguments[0]}: answered")


def extras() -> list[str]:
    """Names of the optional dependencies."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["optional-dependencies"])


def runs(python: str) -> bool:
    """Whether there is an interpreter of this name."""
    try:
        return subprocess.run([python, "--version"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def tested(python: str, wheel: Path, sdist: Path) -> None:
    """Run the tests of the unpacked sdist with the wheel installed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(sdist) as archive:
            if sys.version_info >= (3, 12):
                archive.extractall(folder, filter="data")
            else:
                archive.extractall(folder)
        (tree,) = folder.glob("traincast-*")
        own = environment(folder / "environment", python)
        call(own, *PIP, "install", f"{wheel}[formats,calibrate,report]")
        call(own, *PIP, "install", "--group", f"{tree / 'pyproject.toml'}:test", cwd=tree)
        call(own, *PIP, "install", "--force-reinstall", "--no-deps", wheel)
        print(
            f"  the sdist's tests, {subprocess.check_output([str(own), '--version'], text=True).strip()}:", flush=True
        )
        call(own, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tree)


def main() -> None:
    """Build, install, use; a failing command ends it with its status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", nargs="*", default=[], metavar="PYTHON", help="interpreters for the sdist's tests")
    asked = parser.parse_args()
    wheel, sdist = built()
    print(
        f"built {wheel.name} ({wheel.stat().st_size / 1e6:.2f} MB), {sdist.name} ({sdist.stat().st_size / 1e6:.2f} MB)"
    )
    python = environment(CLEAN)
    call(python, *PIP, "install", wheel)
    print("installed with its core dependencies alone")
    used(python)
    for extra in extras():
        call(python, *PIP, "install", "--dry-run", f"{wheel}[{extra}]")
        print(f"  [{extra}] resolves")
    for one in asked.tests:
        if runs(one):
            tested(one, wheel, sdist)
        else:
            print(f"  {one}: not here")


if __name__ == "__main__":
    main()
