"""Damaged logs: `python -m accuracy.fuzz [LINES] [SEED]`. Mutates lines of real logs and reads them; 1 where one
crashes or hangs.

What is checked of every reading: only errors meant for the user are raised, no interval is negative or infinite, the
record can be written as JSON, the time is in proportion to the text, and memory does not grow from one piece to the
next.
"""

from __future__ import annotations

import math
import random
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from traincast.errors import TraincastError
from traincast.reading import read_text
from traincast.reading.series import pace, series
from traincast.runlog import RunLog, save
from traincast.summary import summary

ROOT = Path(__file__).parent.parent
FOLDERS = (ROOT.parent / "shared" / "logs", ROOT / "tests" / "logs")
LINES = 10**6
PIECE = 400
"""lines of one reading"""
SLOW = 4e-5
"""seconds a character that a reading may take, beyond half a second"""
GROWTH = 200.0
"""MB that memory may grow after the first tenth"""
WORST = [
    "1e999", "-1e999", "nan", "NaN", "-inf", "-1", "0", "-0.0", "1" * 400, "99999999999999999999", "1e-320", "0x10", "",
    "1,,,2", "12:99:99", "99:99", "1 day, 25:61:61", "9" * 18, "\u0661\u0662", "1_000", "+5", ".", "1.2.3",
    "2024-13-45 99:00:00",
]  # fmt: skip
NASTY = [
    "\0",
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\u202e",
    "\ufeff",
    "\r",
    "\u2028",
    "\x85",
    "\ud7ff",
    "%|",
    "[",
    "(" * 50,
    "\t" * 30,
]


def mutations() -> list[Callable[[random.Random, list[str]], None]]:
    """Ways to damage a list of lines in place."""

    def digits(dice: random.Random, lines: list[str]) -> None:
        i = dice.randrange(len(lines))
        words = lines[i].split(" ")
        places = [j for j, word in enumerate(words) if any(c.isdigit() for c in word)]
        if places:
            words[dice.choice(places)] = dice.choice(WORST)
            lines[i] = " ".join(words)

    def number(dice: random.Random, lines: list[str]) -> None:
        i = dice.randrange(len(lines))
        places = [j for j, c in enumerate(lines[i]) if c.isdigit()]
        if places:
            j = dice.choice(places)
            lines[i] = lines[i][:j] + dice.choice(WORST) + lines[i][j + 1 :]

    def cut(dice: random.Random, lines: list[str]) -> None:
        i = dice.randrange(len(lines))
        lines[i] = lines[i][: dice.randrange(len(lines[i]) + 1)]

    def glue(dice: random.Random, lines: list[str]) -> None:
        i = dice.randrange(len(lines))
        lines[i] = lines[i] + lines[dice.randrange(len(lines))]

    def swap(dice: random.Random, lines: list[str]) -> None:
        i, j = dice.randrange(len(lines)), dice.randrange(len(lines))
        lines[i], lines[j] = lines[j], lines[i]

    def repeat(dice: random.Random, lines: list[str]) -> None:
        i = dice.randrange(len(lines))
        lines[i:i] = [lines[i]] * dice.randrange(1, 6)

    def nasty(dice: random.Random, lines: list[str]) -> None:
        i = dice.randrange(len(lines))
        j = dice.randrange(len(lines[i]) + 1)
        lines[i] = lines[i][:j] + dice.choice(NASTY) + lines[i][j:]

    def stretch(dice: random.Random, lines: list[str]) -> None:
        i = dice.randrange(len(lines))
        if lines[i]:
            j = dice.randrange(len(lines[i]))
            lines[i] = lines[i][:j] + lines[i][j : j + dice.randrange(1, 9)] * dice.randrange(1, 2000) + lines[i][j:]

    return [digits, digits, number, number, cut, glue, swap, repeat, nasty, stretch]


def faults(log: RunLog) -> list[str]:
    """What must not be in any reading."""
    found = []
    for one in (series(log), pace(log)):
        pairs = zip(one.seconds, one.steps, strict=True) if one is not None else ()
        if any(not math.isfinite(d) or d < 0 or n < 1 for d, n in pairs):
            found += ["an interval is negative, infinite or empty"]
    for point in log.points:
        figures = (point.clock, point.step_seconds, point.loss, point.rate, point.mfu)
        if any(value is not None and not math.isfinite(value) for value in figures) or point.step < 0:
            found.append(f"a figure of step {point.step} is not finite")
            break
    save(log)
    summary(log, series(log), pace=pace(log))
    return found


def attempt(lines: list[str], dialect: str | None) -> str | None:
    """What is wrong with the reading of `lines`; `None` where nothing is."""
    text = "\n".join(lines) + "\n"
    begin = time.process_time()
    try:
        logs = read_text([text], dialect=dialect)
        wrong = [words for log in logs for words in faults(log)]
    except TraincastError:
        return None
    except Exception as error:  # a crash is what is looked for
        return f"{type(error).__name__}: {error}"
    spent = time.process_time() - begin
    if spent > 0.5 + SLOW * len(text):
        wrong.append(f"{spent:.1f} s for {len(text)} characters")
    return wrong[0] if wrong else None


def pieces(dice: random.Random) -> list[list[str]]:
    """Stretches of real logs."""
    found = []
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.*")):
            if path.suffix in (".tfevents", ".wandb", ".md") or not path.is_file():
                continue
            lines = [
                line[:4000]
                for line in path.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").split("\n")
            ]
            begin = dice.randrange(max(1, len(lines) - PIECE))
            found.append(lines[begin : begin + PIECE])
    return [piece for piece in found if piece]


def keep(lines: list[str], words: str, number: int) -> None:
    """Write what broke a reading to a file, to become a test."""
    path = Path(f"fuzz-{number}.log")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogatepass")
    sys.stdout.write(f"{words}: kept as {path}\n")


def main(count: int = LINES, seed: int = 1) -> int:
    """Mutate and read until `count` lines were damaged."""
    dice = random.Random(seed)
    stock, ways = pieces(dice), mutations()
    damaged = broken = 0
    settled: float | None = None
    while damaged < count:
        lines = list(dice.choice(stock))
        for _ in range(dice.randrange(1, 3 * len(lines))):
            dice.choice(ways)(dice, lines)
            damaged += 1
        words = attempt(lines, dice.choice([None, None, None, "none"]))
        if words is not None:
            broken += 1
            keep(lines, words, broken)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if settled is None and damaged > count / 10:
            settled = peak
        if settled is not None and peak > settled + GROWTH:
            sys.stdout.write(f"memory grew from {settled:.0f} to {peak:.0f} MB\n")
            return 1
        if broken >= 10:
            break
    sys.stdout.write(f"{damaged} lines damaged, {broken} readings broken\n")
    return int(broken > 0)


if __name__ == "__main__":
    raise SystemExit(main(*(int(argument) for argument in sys.argv[1:3])))
