"""Writes the text that `traincast train` ships: the journal of a harbour that never was, by a small grammar.

    python examples/make_text.py src/traincast/training/harbour.txt

Every word is drawn by a seeded generator from the lists below, so the file can be made again byte for byte.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

SIZE = 160_000
"""bytes: enough that a small model cannot learn it by heart in a few hundred steps"""

GRAMMAR = {
    "entry": [
        "{day}. {weather} {arrival} {event}",
        "{day}. {weather} {event} {arrival} {remark}",
        "{day}. {weather} {arrival} {arrival} {event}",
        "{day}. {weather} No ship today. {event} {remark}",
    ],
    "weather": [
        "Wind {quarter}, {force}, and {sky}.",
        "{Sky} since {hour}, the wind {quarter}.",
        "A {force} wind out of the {quarter} and {sky}.",
        "The glass is {glass} and the wind goes to the {quarter}.",
    ],
    "arrival": [
        "The {rig} {ship} came in from {port} with {count} {vessel} of {cargo}, {master} master.",
        "At {hour} the {rig} {ship} made fast at the {quay} quay, {count} days out of {port}.",
        "The {ship} sailed for {port} on the {tide} tide with {count} {vessel} of {cargo}.",
        "The {rig} {ship} lies in the roads and waits for {water}; she has {cargo} for {port}.",
        "{Master} of the {ship} paid {count} shillings of dues and complained of the {quay} quay.",
    ],
    "event": [
        "The {worker} mended the {thing} before {hour}.",
        "{Master} asked for {count} {vessel} of {cargo} and was given {count}.",
        "The {worker} found the {thing} broken again and wrote to {port} for another.",
        "Two of the {crew} were late, and the {worker} wrote their names in the book.",
        "The lamp on the {quay} mole burned until {hour} and used {count} measures of oil.",
        "We weighed {count} {vessel} of {cargo} and found {count}.",
    ],
    "remark": [
        "The {worker} says that it will be {sky} tomorrow.",
        "So it has been every year since I keep this book.",
        "I have set it down as it was told to me.",
        "The {crew} sang until {hour}.",
        "What is written twice is seldom lost.",
        "Nobody can say when the {thing} was last new.",
    ],
    "quarter": ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"],
    "force": ["light", "fresh", "steady", "strong", "falling", "rising"],
    "sky": ["clear", "rain", "fog over the water", "snow on the hills", "high cloud", "a red sky", "hail"],
    "glass": ["falling", "rising", "steady", "lower than yesterday", "higher than yesterday"],
    "hour": ["dawn", "six bells", "noon", "four bells", "dusk", "midnight", "the first watch", "the second watch"],
    "rig": ["brig", "schooner", "ketch", "barque", "cutter", "sloop", "lugger"],
    "ship": ["Heron", "Good Intent", "Margaret", "Swallow", "Two Brothers", "Perseverance", "Petrel", "Anna",
             "Northern Light", "Kittiwake", "Fortune", "Hope of Wick", "Ceres", "Halcyon"],
    "port": ["Bergen", "Leith", "Hull", "Riga", "Cadiz", "Antwerp", "Danzig", "Lisbon", "Bristol", "Ostend", "Cork"],
    "vessel": ["casks", "barrels", "sacks", "bales", "chests", "crates"],
    "cargo": ["salt herring", "tar", "oats", "coal", "wool", "oranges", "timber", "rope", "wine", "slate", "flax"],
    "master": ["Captain Muir", "Captain Olsen", "Captain Reyes", "Captain Braun", "Captain Hay", "Captain Le Goff"],
    "quay": ["north", "south", "old", "fish", "long"],
    "tide": ["morning", "evening", "spring", "neap"],
    "water": ["a pilot", "the flood", "a berth", "fair weather", "her papers"],
    "worker": ["lamp-keeper", "cooper", "pilot", "sailmaker", "harbour smith", "tide-waiter", "clerk"],
    "thing": ["windlass", "bell rope", "great chain", "tide gauge", "crane", "sluice", "signal mast", "weigh-beam"],
    "crew": ["porters", "boatmen", "coopers", "apprentices"],
}  # fmt: skip
NUMBERS = ["two", "three", "four", "seven", "nine", "twelve", "fifteen", "twenty", "thirty", "forty", "sixty"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
          "November", "December"]  # fmt: skip


class Draw(dict[str, str]):
    """Expands a symbol whenever a template asks for it; a capital letter asks for a capital letter."""

    def __init__(self, random: Random, day: str) -> None:
        super().__init__()
        self.random = random
        self.day = day

    def __missing__(self, symbol: str) -> str:
        name = symbol.lower()
        if name == "day":
            return self.day
        if name == "count":
            return self.random.choice(NUMBERS)
        text = self.random.choice(GRAMMAR[name]).format_map(self)
        return text[0].upper() + text[1:] if symbol[0].isupper() else text


def journal(size: int, seed: int = 7) -> str:
    """About `size` characters of journal, whole entries only."""
    random = Random(seed)
    pages: list[str] = []
    length = day = 0
    while length < size:
        date = f"{MONTHS[day // 28 % 12]} {day % 28 + 1}"
        pages.append(Draw(random, date)["entry"] + "\n\n")
        length += len(pages[-1])
        day += 1
    return "".join(pages)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(journal(SIZE), encoding="ascii")
