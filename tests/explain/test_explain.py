"""The first iteration in parts, and why a run is slow."""

from __future__ import annotations

import pytest

from traincast.answers import PredictAnswer, RunAnswer
from traincast.catalog.lookup import machine
from traincast.estimate import Estimate
from traincast.explain import first_split, likely_causes
from traincast.machine import Machine
from traincast.reading import read_text
from traincast.reading.series import series
from traincast.runlog import RunLog
from traincast.summary import summary
from traincast.workload import Workload

SEED_LOG = "\n".join(
    [
        "gradient_accumulation_steps = 32", "eval_iters = 200", "eval_interval = 500", "compile = True",
        "step 0: train loss 10.9512, val loss 10.9509",
        "iter 0: loss 10.9512, time 27000.00ms, mfu -100.00%",
        *(f"iter {i}: loss 9.1000, time 3840.00ms, mfu 13.13%" for i in range(1, 40)),
    ]
)  # fmt: skip


def told(text: str) -> tuple[RunLog, RunAnswer]:
    """A log and what it says."""
    (log,) = read_text([text + "\n"], name="run.log")
    return log, summary(log, series(log))


def test_the_seed_s_first_iteration() -> None:
    """27.0 s = 14.88 s of 400 forward batches (0.31 x 0.12 s each) + 3.84 s + 8.28 s: a warm compile cache."""
    log, answer = told(SEED_LOG)
    split = first_split(log, series(log), answer, None)

    assert split is not None
    parts = {part.name: part.seconds for part in split.parts}
    assert parts["evaluation"].value == pytest.approx(14.88, abs=0.01)
    assert parts["step"].value == pytest.approx(3.84, abs=0.001)
    assert parts["compilation"].value == pytest.approx(8.28, abs=0.01)
    assert parts["compilation"].low is not None
    assert parts["compilation"].high is not None
    assert parts["compilation"].low < 8.28 < parts["compilation"].high
    assert split.cache == "warm"
    assert split.ignore_steps == 1
    assert split.stable_from == 1


def test_parts_add_up_to_the_whole() -> None:
    """Whatever is known of it, the parts make the logged time."""
    log, answer = told(SEED_LOG)
    split = first_split(log, series(log), answer, None)

    assert split is not None
    assert sum(part.seconds.value for part in split.parts) == pytest.approx(27.0)


def test_a_first_iteration_like_the_rest_is_not_split() -> None:
    """Nothing to explain where it is not slower."""
    log, answer = told(SEED_LOG.replace("27000.00ms", "3850.00ms"))
    split = first_split(log, series(log), answer, None)

    assert split is not None
    assert split.parts == []


def test_without_compilation_the_rest_is_set_up() -> None:
    """An eager first step of 2 s more than the rest is context and tuning."""
    log, answer = told(SEED_LOG.replace("compile = True", "compile = False").replace("27000.00ms", "20720.00ms"))
    split = first_split(log, series(log), answer, None)

    assert split is not None
    assert split.parts[0].name == "set-up"
    assert split.cache == "eager"


def predicted(workload: Workload, on: Machine) -> PredictAnswer:
    """A predictor of fixed answers: 1 s, 3 s uncompiled, 1.5 s with naive attention, 8 s in fp32."""
    from traincast.answers import MachineAnswer, Memory

    value = (
        3.0
        if workload.compile is False
        else 1.5
        if workload.attention == "naive"
        else 8.0
        if workload.precision == "fp32"
        else 1.0
    )
    return PredictAnswer(
        workload=workload, parameters=None, flops_per_token=None, tokens_per_step=None, tokens_per_second=None,
        mfu=None,
        machine=MachineAnswer(
            device=on.accelerator.name, title=on.accelerator.title, n_devices=1, peak_flops=None, memory_bandwidth=None,
            memory_bytes=None,
        ),
        step_time=Estimate(value=value, low=value / 1.2, high=value * 1.2), floor_seconds=None,
        memory=Memory(peak_bytes=None, capacity_bytes=None, fits=None), first_iteration=None, total=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("milliseconds", "first"), [(3000, "no-compile"), (1500, "naive-attention"), (8000, "wrong-precision")]
)
def test_the_cause_that_explains_the_ratio_comes_first(milliseconds: int, first: str) -> None:
    """A run three times slower than predicted, where an uncompiled one would be three times slower, is uncompiled."""
    _log, answer = told(SEED_LOG.replace("3840.00", f"{milliseconds}.00").replace("27000.00", f"{milliseconds}.00"))
    workload, on = Workload(compile=True, precision="bf16"), machine("RTX 4070")
    causes = likely_causes(answer, workload, on, predicted(workload, on), predicted)

    assert causes[0].name == first
    assert causes[0].weight == 1.0
    assert [cause.weight for cause in causes] == sorted((cause.weight for cause in causes), reverse=True)


def test_a_run_as_fast_as_predicted_has_no_causes() -> None:
    """Nothing is explained where seen and expected agree."""
    _log, answer = told(SEED_LOG.replace("3840.00", "1010.00"))
    workload, on = Workload(compile=True), machine("RTX 4070")

    assert likely_causes(answer, workload, on, predicted(workload, on), predicted) == []
