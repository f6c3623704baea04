"""First iteration, speed and MFU of a run against what was to be expected."""

from __future__ import annotations

from traincast.answers import PredictAnswer, RunAnswer
from traincast.explain.causes import Predictor, likely_causes
from traincast.explain.first import first_split
from traincast.explanation import Explanation
from traincast.machine import Machine
from traincast.runlog import RunLog, Series
from traincast.wording import spoken
from traincast.workload import Workload


@spoken
def explain(
    log: RunLog,
    series: Series | None,
    told: RunAnswer,
    *,
    workload: Workload | None = None,
    machine: Machine | None = None,
    expected: PredictAnswer | None = None,
    predict: Predictor | None = None,
    lang: str = "en",
) -> Explanation:
    """The explanation of `log`; with `workload`, `machine` and the `expected` prediction also why it is slower."""
    seen, wanted = told.step_time, expected.step_time if expected else None
    causes = []
    if expected is not None and workload is not None and machine is not None and predict is not None:
        causes = likely_causes(told, workload, machine, expected, predict, lang=lang)
    return Explanation(
        first=first_split(log, series, told, workload, lang=lang),
        seen_step=seen,
        expected_step=wanted,
        ratio=seen.value / wanted.value if seen and wanted else None,
        mfu_seen=mfu_seen(told, expected),
        mfu_expected=expected.mfu if expected else None,
        causes=causes,
    )


def mfu_seen(told: RunAnswer, expected: PredictAnswer | None) -> float | None:
    """MFU on the device's dense peak: re-based from the log, or from the workload's FLOP and the seen step."""
    if told.mfu is not None and told.mfu.rebased is not None:
        return told.mfu.rebased
    if expected is None or expected.mfu is None or expected.step_time is None or told.step_time is None:
        return None
    return expected.mfu.value * expected.step_time.value / told.step_time.value
