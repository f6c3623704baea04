"""The algebra of relations, by hand."""

from __future__ import annotations

import math

import pytest

from traincast.audit import identities
from traincast.audit.identities import Check, Relation, Value, best_check, check_all, gap, merged, minimal, relations


def value(quantity: str, low: float, high: float | None = None, **told: object) -> Value:
    """A value; one figure where no second is given."""
    return Value(quantity=quantity, low=low, high=low if high is None else high, **told)  # type: ignore[arg-type]


def base(name: str) -> Relation:
    """A relation of the table."""
    return next(one for one in identities.base_relations() if one.names == (name,))


RATE, TOTAL, BUDGET = base("rate"), base("total"), base("budget")


def values_of(relation: Relation, **figures: float) -> list[Value]:
    """Values in the order of the relation, claimed one after the other."""
    return [value(name, figures[name], claim=i) for i, (name, _) in enumerate(relation.powers)]


def test_ends_are_logarithms_with_the_tolerance_outside() -> None:
    """2 to 4 with 10 %: ln 1.8 to ln 4.4; open ends are infinite."""
    assert value("x", 2, 4, tolerance=0.1).ends == (pytest.approx(math.log(1.8)), pytest.approx(math.log(4.4)))
    assert value("x", 0, math.inf).ends == (-math.inf, math.inf)
    assert value("x", 2).ends == (math.log(2), math.log(2))


def test_what_two_relations_leave_when_a_quantity_is_taken_out() -> None:
    """tokens/s x step = tokens a step and tokens = steps x tokens a step: tokens = steps x tokens/s x step."""
    made = merged(RATE, BUDGET, "tokens_per_step")

    assert made is not None
    powers = dict(made.powers)
    assert {name: power * powers["tokens_total"] for name, power in powers.items()} == {
        "tokens_total": 1, "steps": -1, "tokens_per_second": -1, "step_time": -1,
    }  # fmt: skip
    assert made.names == ("budget", "rate")
    assert len(made.says) == 2


def test_slack_travels_with_its_relation() -> None:
    """Total <= 1.5 steps x step: with the rate, total x tokens/s within 1 to 1.5 steps x tokens a step, both ways."""
    one, other = merged(TOTAL, RATE, "step_time"), merged(RATE, TOTAL, "step_time")

    assert one is not None
    assert other is not None
    assert (dict(one.powers)["total_time"], one.least, one.most) == (1, 1.0, 1.5)
    sign = dict(other.powers)["total_time"]
    assert (other.least, other.most) == ((1.0, 1.5) if sign > 0 else (pytest.approx(1 / 1.5), 1.0))


def test_what_cannot_be_merged() -> None:
    """A relation with itself, powers that differ, and what leaves a single quantity."""
    double = Relation(names=("d",), powers=(("step_time", 2), ("x", -1)))
    inverse = Relation(names=("i",), powers=(("step_time", -1), ("x", 1)))
    squared = Relation(names=("s",), powers=(("step_time", 1), ("x", 2)))
    cubed = Relation(names=("c",), powers=(("step_time", -1), ("x", 1), ("y", 1)))

    assert merged(RATE, RATE, "step_time") is None
    assert merged(RATE, double, "step_time") is None
    assert merged(inverse, Relation(names=("j",), powers=(("step_time", 1), ("x", -1))), "step_time") is None
    assert merged(squared, cubed, "step_time") is None  # x to the third


def test_derived_relations_use_what_is_available_alone() -> None:
    """Tokens, rate and steps: no base relation holds these four alone, the merged one does."""
    available = frozenset({"tokens_total", "steps", "tokens_per_second", "step_time"})
    found = relations(available)

    assert [one.names for one in found] == [("budget", "rate")]
    assert [one.names for one in relations(frozenset({"steps", "step_time", "total_time"}))] == [("total",)]
    assert relations(frozenset()) == []


def test_fewest_relations_come_first() -> None:
    """Base relations before those made of two, three, four."""
    names = frozenset({"tokens_per_second", "step_time", "tokens_per_step", "total_time", "steps", "tokens_total"})
    sizes = [len(one.names) for one in relations(names)]

    assert sizes == sorted(sizes)
    assert sizes[:3] == [1, 1, 1]
    assert len({one.powers for one in relations(names)}) == len(sizes)


@pytest.mark.parametrize(
    ("tokens_per_second", "expected"),
    [
        (1000.0, 0.0),
        (1019.0, 0.0),  # 2 % of tolerance
        (1021.0, math.log(1.021 / 1.02)),
        (981.0, 0.0),
        (979.0, math.log(0.98 / 0.979)),
        (2000.0, math.log(2 / 1.02)),
    ],
)
def test_the_gap_of_a_relation(tokens_per_second: float, expected: float) -> None:
    """1000 tokens a step of 1 s: the log distance beyond 2 %."""
    found = values_of(RATE, tokens_per_second=tokens_per_second, step_time=1.0, tokens_per_step=1000.0)

    assert gap(RATE, found) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("total", "closes"), [(100.0, True), (150.0, True), (152.0, True), (154.0, False), (99.0, True), (97.0, False)]
)
def test_pauses_make_a_total_up_to_half_as_long_again(total: float, closes: bool) -> None:
    """100 steps of 1 s take 100 to 150 s, give or take 2 %."""
    found = values_of(TOTAL, total_time=total, steps=100.0, step_time=1.0)

    assert (gap(TOTAL, found) == 0) == closes


def table(**figures: list[Value]) -> dict[str, list[Value]]:
    """Values by quantity."""
    return figures


def test_what_closes_hides_what_does_not() -> None:
    """Of two step times one closes: no failure is told; with the right one away the other fails."""
    rate, tokens = [value("tokens_per_second", 1000, claim=0)], [value("tokens_per_step", 1000)]
    right, wrong = value("step_time", 1.0, claim=1), value("step_time", 5.0, claim=2)
    both = best_check(RATE, table(tokens_per_second=rate, tokens_per_step=tokens, step_time=[wrong, right]))
    alone = best_check(RATE, table(tokens_per_second=rate, tokens_per_step=tokens, step_time=[wrong]))

    assert [(check.gap, check.claims) for check in both] == [(0.0, (0, 1))]
    assert [check.claims for check in alone] == [(0, 2)]
    assert alone[0].ratio == pytest.approx(5 / 1.02)


def test_facts_alone_prove_nothing() -> None:
    """A relation of listed facts is no check."""
    facts = {name: [value(name, 1.0)] for name, _ in RATE.powers}

    assert best_check(RATE, facts) == []


def test_what_closes_only_with_a_possible_fact_proves_nothing() -> None:
    """Not stated and possible: no failure, no agreement."""
    rows = table(
        tokens_per_second=[value("tokens_per_second", 1000, claim=0)],
        step_time=[value("step_time", 5.0, claim=1)],
        tokens_per_step=[value("tokens_per_step", 1000), value("tokens_per_step", 1500, math.inf, loose=True)],
    )
    failing = {**rows, "step_time": [value("step_time", 0.1, claim=1)]}

    assert best_check(RATE, rows) == []
    (told,) = best_check(RATE, failing)
    assert not any(one.loose for one in told.values)


def test_of_failing_peaks_the_first_is_told_and_the_kindest_named() -> None:
    """MFU .4 against 100 and 300 TFLOPS where 10 would be right: told against 100, the kindest is the nearest."""
    mfu = base("mfu")
    rows = table(
        mfu=[value("mfu", 0.4, claim=0)],
        peak=[value("peak", 300e12, label="first"), value("peak", 100e12, label="second")],
        n_devices=[value("n_devices", 1.0)],
        flops_per_token=[value("flops_per_token", 1e9)],
        tokens_per_second=[value("tokens_per_second", 4000.0, claim=1)],
    )
    (told,) = best_check(mfu, rows)

    assert next(one.label for one in told.values if one.quantity == "peak") == "first"
    assert told.kindest is not None
    assert told.kindest.label == "second"
    (alone,) = best_check(mfu, {**rows, "peak": rows["peak"][:1]})
    assert alone.kindest is None


def test_of_failing_claims_the_nearest_is_told_and_the_others_listed() -> None:
    """10 s and 3 s a step where 1 s is right: 3 s is told, both are bad."""
    rows = table(
        tokens_per_second=[value("tokens_per_second", 1000, claim=0)],
        tokens_per_step=[value("tokens_per_step", 1000)],
        step_time=[value("step_time", 10.0, claim=1), value("step_time", 3.0, claim=2)],
    )
    (told,) = best_check(RATE, rows)

    assert told.claims == (0, 2)
    assert told.others == (0, 1, 2)


def test_the_plan_of_a_run_is_not_blamed_beside_figures() -> None:
    """Steps say what is run; a total and a step time that do not fit are the claims; a plan alone is blamed itself."""
    check = Check(relation=TOTAL, values=tuple(values_of(TOTAL, total_time=9.0, steps=1.0, step_time=1.0)), gap=1.0)
    names = [TOTAL.powers[i][0] for i in check.claims]
    batch = base("accumulation")
    plan = Check(
        relation=batch,
        values=(value("grad_accum", 1.0, claim=0), value("micro_batch", 1.0, claim=1), value("replicas", 1.0)),
        gap=1.0,
    )

    assert sorted(names) == ["step_time", "total_time"]
    assert plan.claims == (0, 1)
    assert plan.ratio == pytest.approx(math.e)


def test_all_relations_of_a_set_of_figures() -> None:
    """1000 tokens/s and 1 s close over 1000 tokens; 9 s in all for 3 steps do not."""
    closing, failing = check_all([
        value("tokens_per_second", 1000, claim=0), value("step_time", 1.0, claim=1), value("tokens_per_step", 1000),
        value("total_time", 9.0, claim=2), value("steps", 3.0),
    ])  # fmt: skip

    assert {check.relation.names for check in closing} == {("rate",)}
    assert failing[0].relation.names == ("total",)
    assert set(failing[0].claims) == {1, 2}


def failure(*claims: int, names: int = 1, miss: float = 1.0) -> Check:
    """A failing check of figures with these indices."""
    return Check(
        relation=Relation(names=tuple(f"r{i}" for i in range(names)), powers=()),
        values=tuple(value("step_time", 1.0, claim=claim) for claim in claims),
        gap=miss,
    )


def test_sets_of_claims_that_hold_a_smaller_one_are_not_told() -> None:
    """{0, 1} hides {0, 1, 2} and itself; fewer relations and a larger gap come first; nothing claimed, nothing told."""
    pair, same, larger, apart = failure(0, 1, miss=2.0), failure(0, 1), failure(0, 1, 2), failure(3, names=2)
    direct = failure(3, names=1, miss=0.1)

    assert minimal([larger, same, pair]) == [pair]
    assert minimal([apart, direct]) == [direct]
    assert minimal([larger, apart]) == [apart, larger]
    assert minimal([failure()]) == []


def closing(**powers: int) -> Check:
    """A closing check with a relation of these powers."""
    return Check(relation=Relation(names=("r",), powers=tuple(sorted(powers.items()))), values=(), gap=0.0)


@pytest.mark.parametrize(
    ("checks", "rank"),
    [
        ([], 0),
        ([closing(a=1, b=-1)], 1),
        ([closing(a=1, b=-1), closing(a=2, b=-2)], 1),
        ([closing(a=1, b=-1), closing(b=1, c=-1)], 2),
        ([closing(a=1, b=-1), closing(b=1, c=-1), closing(a=1, c=-1)], 2),  # the third follows from the two
        ([closing(a=1, b=-1), closing(b=1, c=-1), closing(a=1, c=1)], 3),
        ([closing(b=1, c=-1), closing(a=1, b=-1)], 2),
    ],
)
def test_independent_relations_are_counted_once(checks: list[Check], rank: int) -> None:
    """The rank of the powers."""
    assert identities.independent(checks) == rank


def test_a_relation_turned_over_is_the_same() -> None:
    """Powers with the other sign."""
    assert identities.mirrored((("a", 1), ("b", -2))) == (("a", -1), ("b", 2))
    assert identities.bare(value("x", 1.0, tolerance=0.3)).tolerance == 0
