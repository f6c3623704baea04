"""Rates of false alarms and of catches of the audit over measured runs: `python -m accuracy.audit`.

Every measured row becomes a note of its own figures. None of them is wrong, so an impossible verdict is a false alarm.
Then one figure at a time is made eight times better or worse, and the audit has to notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from accuracy.facts import rows, workload
from traincast.audit import Text, audit
from traincast.audit.ask import prediction
from traincast.catalog.lookup import accelerator
from traincast.machine import Machine
from traincast.workload import Workload

FACTOR = 8.0
LEAST_CAUGHT = 0.90
MOST_IMPOSSIBLE = 0.01
MOST_IMPLAUSIBLE = 0.10
PICTURES = ("vit", "resnet", "unet", "diffusion")
CAUGHT = ("impossible", "contradictory", "implausible")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One measured row as claims."""

    id: str
    workload: Workload
    machine: Machine
    rate: float | None
    """tokens per second"""
    seconds: float | None
    """of a step"""
    single_language: bool

    def note(self, *, rate: float = 1.0, seconds: float = 1.0) -> str:
        """The figures as a note, each times a factor."""
        lines = []
        if self.rate:
            lines.append(f"Throughput: {self.rate * rate:.6g} tokens/s")
        if self.seconds:
            lines.append(f"Step time: {self.seconds * seconds:.6g} s per step")
        return "\n".join(lines)


def cases() -> Iterator[Case]:
    """Rows with a device and a speed."""
    for row in rows():
        rate = float(row["tokens_per_s"]) if row["tokens_per_s"] else None
        seconds = float(row["step_time_s"]) if row["step_time_s"] else None
        if not row["accelerator"] or not (rate or seconds):
            continue
        known = workload(row)
        devices = known.n_devices or 1
        yield Case(
            id=row["id"], workload=known, rate=rate, seconds=seconds,
            machine=Machine(accelerator=accelerator(row["accelerator"]), n_devices=devices),
            single_language=devices == 1 and bool(known.seq_len) and row["arch"] not in PICTURES,
        )  # fmt: skip


def verdict(case: Case, text: str) -> str:
    """The audit's verdict on `text` about the run of `case`."""
    note = Text(source=case.id, content=text)
    return audit(
        [note], lookup=accelerator, workload=case.workload, machine=case.machine, predict=prediction, lang="en"
    ).verdict


def alarms(found: list[Case]) -> tuple[Counter[str], list[str]]:
    """(verdicts on the rows as measured, ids of those called impossible or contradictory)."""
    verdicts = [(case.id, verdict(case, case.note())) for case in found]
    wrong = [f"{name}: {said}" for name, said in verdicts if said in ("impossible", "contradictory")]
    return Counter(said for _name, said in verdicts), wrong


def catches(found: list[Case]) -> dict[str, tuple[int, int]]:
    """What was changed -> (caught, rows) over single-card language-model rows."""
    single = [case for case in found if case.single_language]
    table: dict[str, tuple[int, int]] = {}
    for name, options, needs in (
        (f"throughput x {FACTOR:g}", {"rate": FACTOR}, "rate"),
        (f"throughput / {FACTOR:g}", {"rate": 1 / FACTOR}, "rate"),
        (f"step time x {FACTOR:g}", {"seconds": FACTOR}, "seconds"),
        (f"step time / {FACTOR:g}", {"seconds": 1 / FACTOR}, "seconds"),
    ):
        chosen = [case for case in single if getattr(case, needs)]
        caught = sum(verdict(case, case.note(**options)) in CAUGHT for case in chosen)
        table[name] = (caught, len(chosen))
    alone = [case for case in single if case.rate]
    for name, factor in ((f"throughput alone x {FACTOR:g}", FACTOR), (f"throughput alone / {FACTOR:g}", 1 / FACTOR)):
        bare = [msgspec.structs.replace(case, seconds=None) for case in alone]
        table[name] = (sum(verdict(case, case.note(rate=factor)) in CAUGHT for case in bare), len(bare))
    return table


def main() -> None:
    """Print the rates beside their limits."""
    found = list(cases())
    verdicts, wrong = alarms(found)
    total = len(found)
    print(f"measured rows turned into claims: {total}")
    for name, limit in (("impossible", MOST_IMPOSSIBLE), ("contradictory", None), ("implausible", MOST_IMPLAUSIBLE)):
        share = verdicts[name] / total
        print(f"  called {name:14} {verdicts[name]:5}  {share:6.1%}" + (f"  (at most {limit:.0%})" if limit else ""))
    for name in ("consistent", "unverifiable"):
        print(f"  called {name:14} {verdicts[name]:5}  {verdicts[name] / total:6.1%}")
    for line in wrong[:20]:
        print(f"    {line}")
    print("wrong figures caught, single-card language-model rows (at least 90 %)")
    for name, (caught, count) in catches(found).items():
        print(f"  {name:24} {caught:5} of {count:5}  {caught / max(count, 1):6.1%}")


if __name__ == "__main__":
    main()
