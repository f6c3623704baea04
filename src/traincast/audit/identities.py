"""Relations between the figures of one run: which close, which cannot, and by what ratio.

Each relation is a product of powers that is one within an interval; in logs it is linear, so two relations that share
an unstated quantity combine into one without it. A relation fails only if no choice among the claims closes it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice, product

import msgspec

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TOLERANCE = 0.02
"""relative, beside the rounding of the printed digits (METHODS: 2 %, 10 % where a figure is said to be about)"""
ABOUT = 0.10
MOST_MERGED = 4
"""base relations in one combined relation"""
MOST_CHOICES = 3000
MOST_ALTERNATIVES = 8


PLAN = frozenset(
    {"steps", "seq_len", "micro_batch", "grad_accum", "global_batch", "n_devices", "parameters", "epochs", "peak"}
)
"""quantities that say what is run, not how it went"""


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One figure or fact for a quantity."""

    quantity: str
    low: float
    """positive, SI units"""
    high: float
    """positive, SI units; infinity where only a lower limit is said"""
    tolerance: float = 0.0
    """relative, at each end"""
    claim: int | None = None
    """index of the claim; `None` for a fact that was given or listed"""
    loose: bool = False
    """possible and not stated: what closes with it proves nothing"""
    label: str = ""
    """what a listed fact is: `nvidia-rtx-4070 peak`"""

    @property
    def ends(self) -> tuple[float, float]:
        """Natural log of both ends of the interval, tolerance outside."""
        low = math.log(self.low * (1 - self.tolerance)) if self.low > 0 else -math.inf
        return low, math.log(self.high * (1 + self.tolerance)) if self.high < math.inf else math.inf


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """A product of powers that is one within [least, most]."""

    names: tuple[str, ...]
    """of the base relations in it"""
    powers: tuple[tuple[str, int], ...]
    least: float = 1.0
    """ratio of both sides"""
    most: float = 1.0
    """ratio of both sides"""
    says: tuple[str, ...] = ()


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """How a relation fares with one choice of values."""

    relation: Relation
    values: tuple[Value, ...]
    gap: float
    """natural log by which it fails; 0 where it closes"""
    others: tuple[int, ...] = ()
    """other claims of the same quantities that do not close it either"""
    kindest: Value | None = None
    """of several listed facts (peaks) the one that fails least"""

    @property
    def claims(self) -> tuple[int, ...]:
        """Indices of the claims in it; what states the plan of the run is left out where other claims are in it."""
        told = [value for value in self.values if value.claim is not None]
        figures = [value for value in told if value.quantity not in PLAN]
        return tuple(sorted({value.claim for value in figures or told if value.claim is not None}))

    @property
    def ratio(self) -> float:
        """Factor by which the nearest ends of the intervals miss."""
        return math.exp(self.gap)


@cache
def base_relations() -> tuple[Relation, ...]:
    """The table as records."""
    text = files("traincast.audit").joinpath("identities.toml").read_text(encoding="utf-8")
    return tuple(
        Relation(
            names=(row["name"],),
            powers=tuple(sorted(row["powers"].items())),
            least=row.get("least", 1.0),
            most=row.get("most", 1.0),
            says=(row["says"],),
        )
        for row in tomllib.loads(text)["relation"]
    )


def merged(one: Relation, other: Relation, shared: str) -> Relation | None:
    """The relation without `shared` that follows from both; None where nothing is left or a power grows large."""
    a, b = dict(one.powers), dict(other.powers)
    sign = -1 if a[shared] * b[shared] > 0 else 1
    if abs(a[shared]) != abs(b[shared]) or set(one.names) & set(other.names):
        return None
    powers = {name: a.get(name, 0) + sign * b.get(name, 0) for name in {*a, *b}}
    kept = tuple(sorted((name, power) for name, power in powers.items() if power))
    if len(kept) < 2 or any(abs(power) > 2 for _, power in kept):
        return None
    least, most = (other.least, other.most) if sign > 0 else (1 / other.most, 1 / other.least)
    return Relation(
        names=tuple(sorted({*one.names, *other.names})),
        powers=kept,
        least=one.least * least,
        most=one.most * most,
        says=(*one.says, *other.says),
    )


def relations(available: frozenset[str]) -> list[Relation]:
    """Base relations and what follows from them, with available quantities alone; fewest base relations first."""
    seen: dict[tuple[tuple[str, int], ...], Relation] = {r.powers: r for r in base_relations()}
    frontier = list(base_relations())
    for _ in range(MOST_MERGED - 1):
        grown = []
        for one in frontier:
            missing = [name for name, _ in one.powers if name not in available]
            for other in base_relations():
                names = {name for name, _ in other.powers}
                for shared in (name for name, _ in one.powers if name in names and name not in CONSTANTS):
                    made = merged(one, other, shared)
                    if made is None or made.powers in seen or mirrored(made.powers) in seen or len(missing) > 3:
                        continue
                    seen[made.powers] = made
                    grown.append(made)
        frontier = grown
    closed = [r for r in seen.values() if all(name in available for name, _ in r.powers)]
    return sorted(closed, key=lambda r: (len(r.names), len(r.powers), r.names))


CONSTANTS = frozenset({"peak", "flops_per_token", "seconds_per_hour", "replicas", "parameters"})
"""never eliminated: they tie no two relations of different runs together"""


def mirrored(powers: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    """The same relation, turned over."""
    return tuple((name, -power) for name, power in powers)


def gap(relation: Relation, values: Sequence[Value]) -> float:
    """Log distance between what the values allow and what the relation demands; 0 where they meet."""
    low = high = 0.0
    for (_, power), value in zip(relation.powers, values, strict=True):
        a, b = value.ends
        low, high = low + min(power * a, power * b), high + max(power * a, power * b)
    least, most = math.log(relation.least * (1 - TOLERANCE)), math.log(relation.most * (1 + TOLERANCE))
    return max(0.0, low - most, least - high)


def best_check(relation: Relation, table: Mapping[str, Sequence[Value]]) -> list[Check]:
    """Choices of values that close the relation; the nearest miss alone where none does."""
    columns = [table[name][:MOST_ALTERNATIVES] for name, _ in relation.powers]
    checks = [
        Check(relation=relation, values=values, gap=gap(relation, values))
        for values in islice(product(*columns), MOST_CHOICES)
        if any(value.claim is not None for value in values)
    ]
    if not checks:
        return []
    closing = [check for check in checks if not check.gap]
    if closing:
        return [check for check in closing if not any(value.loose for value in check.values)]
    return [told_failure(relation, [c for c in checks if not any(v.loose for v in c.values)] or checks)]


def told_failure(relation: Relation, checks: Sequence[Check]) -> Check:
    """Of all failing choices the one to tell: the first listed peak, then the claims that miss least as printed."""
    kindest = min(checks, key=lambda check: check.gap)
    first = next((v for v in checks[0].values if v.quantity == "peak"), None)
    mine = [check for check in checks if first is None or first in check.values]
    chosen = min(mine, key=lambda check: gap(relation, [bare(value) for value in check.values]))
    everyone = {value.claim for check in checks for value in check.values if value.quantity not in PLAN}
    other = next((v for v in kindest.values if v.quantity == "peak" and v is not first), None)
    return msgspec.structs.replace(
        chosen, others=tuple(sorted(claim for claim in everyone if claim is not None)), kindest=other
    )


def bare(value: Value) -> Value:
    """`value` as printed."""
    return msgspec.structs.replace(value, tolerance=0.0)


def check_all(values: Iterable[Value]) -> tuple[list[Check], list[Check]]:
    """(relations that close, relations that cannot), the failing ones with the fewest claims each."""
    table: dict[str, list[Value]] = {}
    for value in values:
        table.setdefault(value.quantity, []).append(value)
    closing: list[Check] = []
    failing: list[Check] = []
    for relation in relations(frozenset(table)):
        checks = best_check(relation, table)
        if checks and checks[0].gap:
            failing.append(checks[0])
        else:
            closing += checks
    return closing, minimal(failing)


def minimal(failing: Sequence[Check]) -> list[Check]:
    """Failing checks whose claims hold no other failing set of claims; one for each set."""
    kept: list[Check] = []
    for check in sorted(failing, key=lambda c: (len(c.claims), len(c.relation.names), -c.gap)):
        mine = set(check.claims)
        if mine and not any(set(other.claims) <= mine for other in kept):
            kept.append(check)
    return kept


def independent(closing: Sequence[Check]) -> int:
    """How many of the closing relations do not follow from the others: the rank of their powers."""
    names = sorted({name for check in closing for name, _ in check.relation.powers})
    rows = [[float(dict(check.relation.powers).get(name, 0)) for name in names] for check in closing]
    rank = 0
    for column in range(len(names)):
        pivot = next((i for i in range(rank, len(rows)) if abs(rows[i][column]) > 1e-9), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / rows[rank][column]
            rows[i] = [x - factor * y for x, y in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank
