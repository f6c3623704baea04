"""Do the tests notice a changed operator: `python -m tools.mutation` lets mutmut change a seeded sample of the code.

mutmut makes some 11,000 mutants of `stats`, `cost` and `audit` ([tool.mutmut] in pyproject.toml), each one expression
that is another: `<` for `<=`, 2 for 1, None for a value, a text for another. All of them take hours; so many of each
package are drawn, the same at every run while the code stays. The share of all that are killed is the mean over the
packages, weighed by how many mutants they have. tests/survivors.txt lists those that stay, each with its reason.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
COPY = ROOT / "build" / "mutation"
NEEDED = ("src", "tests", "tools", "examples", "docs", "pyproject.toml", "README.md", "CHANGELOG.md")
PACKAGES = ("stats", "cost", "audit")
SEED = 20261124
FLOOR = 0.8
"""least share of mutants that the tests must notice"""
FIRST = "traincast.cost.bounds.*"
"""a few mutants: the first call makes all of them and learns which tests run which function"""
SURVIVED, UNTESTED = 0, 33
"""exit statuses of a mutant's tests: passed; no test runs the function"""
LIST = ROOT / "tests" / "survivors.txt"
REASONS = (
    (r"strict=\w+|zip\([^\n]*, \)", "equivalent: the lengths are the same, `strict` is a guard"),
    (r"dtype=\w+|np\.(?:as)?array\([^\n]*, \)", "equivalent: the numbers given are floats"),
    (r"= (?:False|None)$", "equivalent: None is no more true than False"),
    (r"XX|_\([^\n]*None\)", "a text or a pattern that no test tells from the other"),
    (r"[<>]=?", "the limit itself: no figure lies on it"),
)
"""(what the changed line holds beside the old one, why it may stay): the first that fits; others are open"""


def fresh() -> None:
    """The tree where it may be changed."""
    shutil.rmtree(COPY, ignore_errors=True)
    for name in NEEDED:
        source, target = ROOT / name, COPY / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)


def mutmut(*names: str) -> None:
    """Test the mutants of these names; what mutmut prints of its progress goes to a file."""
    with (COPY / "mutmut.log").open("a", encoding="utf-8") as log:
        subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names], cwd=COPY, stdout=log, stderr=log,
            check=False,
        )  # fmt: skip


def results() -> Iterator[tuple[str, str, int | None]]:
    """(package, mutant, exit status of its tests; None where they were not run)."""
    for package in PACKAGES:
        for path in sorted((COPY / "mutants" / "src" / "traincast" / package).rglob("*.meta")):
            for name, status in json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items():
                yield package, name, status


def drawn(each: int, seed: int) -> list[str]:
    """`each` mutants of every package."""
    names = [(package, name) for package, name, _ in results()]
    found: list[str] = []
    for package in PACKAGES:
        mine = sorted(name for one, name in names if one == package)
        found += random.Random(seed).sample(mine, min(each, len(mine)))
    return found


@cache
def functions(module: str) -> dict[str, list[str]]:
    """Lines of every function of a mutated module, originals and mutants, without the line of the name."""
    text = (COPY / "mutants" / "src" / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    lines = text.splitlines()
    return {node.name: lines[node.lineno : node.end_lineno] for node in found}


def change(mutant: str) -> tuple[str, str]:
    """(lines as they are, lines as the mutant has them)."""
    module, _, name = mutant.rpartition(".")
    here = functions(module)
    before = here.get(name.partition("__mutmut_")[0] + "__mutmut_orig", [])
    lines = list(difflib.unified_diff(before, here.get(name, []), n=0, lineterm=""))[2:]
    old, new = (" ".join(one[1:].strip() for one in lines if one[0] == sign) for sign in "-+")
    return old, new


def reason(old: str, new: str) -> str:
    """Why a survivor may stay, by what it changes."""
    for pattern, why in REASONS:
        if re.findall(pattern, old) != re.findall(pattern, new):
            return why
    if old.lower() == new.lower():
        return "the case of a text"
    return "open"


def written(survivors: list[str]) -> None:
    """Keep the list of survivors: name, reason, line before, line after."""
    rows = []
    for name in survivors:
        old, new = change(name)
        rows.append(f"{name}: {reason(old, new)}\n  - {old}\n  + {new}\n")
    LIST.write_text("".join(rows), encoding="utf-8")


def told(sample: set[str]) -> float:
    """Print the share killed of each package and keep the list of survivors; the weighed share of all comes back."""
    rows = list(results())
    weighed = 0.0
    survivors: list[str] = []
    for package in PACKAGES:
        made = [status for one, _, status in rows if one == package]
        tried = [
            (name, status) for one, name, status in rows if one == package and name in sample and status is not None
        ]
        left = [name for name, status in tried if status in (SURVIVED, UNTESTED)]
        if not tried:
            raise RuntimeError(f"no mutant of {package} was tested: see {COPY / 'mutmut.log'}")
        share = 1 - len(left) / len(tried)
        weighed += share * len(made) / len(rows)
        print(f"{package}: {len(tried) - len(left)} of {len(tried)} killed ({share:.1%}), drawn of {len(made)}")
        survivors += left
    written(survivors)
    print(f"the survivors with their changes and reasons: {LIST.relative_to(ROOT)}")
    return weighed


def main() -> int:
    """Draw, test, tell; 1 where fewer than FLOOR are killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=200, help="mutants of each package")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--keep", action="store_true", help="go on with the copy of the last run")
    asked = parser.parse_args()
    if not asked.keep:
        fresh()
        mutmut(FIRST)
    sample = drawn(asked.each, asked.seed)
    mutmut(*sample)
    share = told(set(sample))
    print(f"killed: {share:.1%} of all, from {len(sample)} mutants drawn with seed {asked.seed} (floor {FLOOR:.0%})")
    return int(share < FLOOR)


if __name__ == "__main__":
    sys.exit(main())
