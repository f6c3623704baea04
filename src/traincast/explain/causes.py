"""Why a run is slower than predicted: each cause by how well it explains the ratio, and by what the log shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import msgspec

from traincast import units
from traincast.answers import PredictAnswer, RunAnswer
from traincast.explanation import LikelyCause
from traincast.machine import Machine
from traincast.wording import translator
from traincast.workload import Workload

SLOWER = 1.25
"""seen over predicted from which a reason is looked for"""
FIT = 0.25
"""log distance at which an altered prediction explains a ratio half as well"""
UNEVEN = 0.10
"""relative spread of step times from which loading or another process is likely"""

Predictor = Callable[[Workload, Machine], PredictAnswer | None]


def likely_causes(
    told: RunAnswer,
    workload: Workload,
    machine: Machine,
    expected: PredictAnswer,
    predict: Predictor,
    *,
    lang: str = "en",
) -> list[LikelyCause]:
    """Causes of a step time far above the prediction, most likely first; empty where they agree."""
    if told.step_time is None or expected.step_time is None:
        return []
    ratio = told.step_time.value / expected.step_time.value
    if ratio < SLOWER:
        return []
    found = [
        *altered(ratio, workload, machine, expected, predict, lang),
        *shown(told, expected, lang),
    ]
    most = max((cause.weight for cause in found), default=1.0)
    ranked = [
        msgspec.structs.replace(cause, weight=round(cause.weight / most, 3)) for cause in found if cause.weight > 0.05
    ]
    return sorted(ranked, key=lambda cause: -cause.weight)


def altered(
    ratio: float, workload: Workload, machine: Machine, expected: PredictAnswer, predict: Predictor, lang: str
) -> Iterator[LikelyCause]:
    """Settings that may differ from what was said, each by the prediction it would make."""
    _ = translator(lang)
    assert expected.step_time is not None
    trials: Sequence[tuple[str, str, dict[str, object]]] = (
        ("no-compile", _("the model is not compiled"), {"compile": False}),
        ("naive-attention", _("attention writes its score matrix to memory"), {"attention": "naive"}),
        ("wrong-precision", _("arithmetic is in 32 bits"), {"precision": "fp32"}),
        ("recompute", _("activations are computed twice"), {"recompute": "full"}),
    )
    for name, says, change in trials:
        if all(getattr(workload, key) == value for key, value in change.items()):
            continue
        answer = predict(msgspec.structs.replace(workload, **change), machine)
        if answer is None or answer.step_time is None:
            continue
        other = answer.step_time.value / expected.step_time.value
        if other < 1.05:
            continue
        fit = math.exp(-abs(math.log(ratio / other)) / FIT)
        yield LikelyCause(
            name=name,
            weight=fit,
            evidence=_("{cause}: predicted {time} a step, {factor} times the expected; seen is {ratio} times").format(
                cause=says,
                time=units.duration(answer.step_time.value),
                factor=units.digits(other),
                ratio=units.digits(ratio),
            ),
        )


def shown(told: RunAnswer, expected: PredictAnswer, lang: str) -> Iterator[LikelyCause]:
    """What the log itself or the prediction shows."""
    _ = translator(lang)
    step = told.step_time
    assert step is not None
    if any(phase.kind == "slowdown" for phase in told.phases):
        yield LikelyCause(
            name="other-process",
            weight=0.8,
            evidence=_("the step time changed while nothing in the run did: another process, heat or a power cap"),
        )
    stalls = sum(phase.count for phase in told.phases if phase.kind in ("stall", "pause"))
    if stalls:
        yield LikelyCause(
            name="data-loading",
            weight=0.6,
            evidence=_("{count} pauses without a period: data loading, a slow disk or another process").format(
                count=stalls
            ),
        )
    if told.mean_step_seconds and told.mean_step_seconds > 1.2 * step.value:
        yield LikelyCause(
            name="evaluation",
            weight=0.5,
            evidence=_(
                "pauses included a step takes {mean}, without them {step}: evaluation or checkpoints are "
                "{share} of the time"
            ).format(
                mean=units.duration(told.mean_step_seconds),
                step=units.duration(step.value),
                share=units.percent(1 - step.value / told.mean_step_seconds),
            ),
        )
    if expected.memory.verdict in ("tight", "no"):
        yield LikelyCause(
            name="spill",
            weight=1.0,
            evidence=_(
                "the run needs about all memory of the device: on some systems it spills to the host, "
                "four to nine times slower"
            ),
        )
    yield LikelyCause(
        name="power-cap",
        weight=0.15,
        evidence=_(
            "a power or temperature limit: not to be seen in a log; compare the clocks that the "
            "driver reports with the listed boost"
        ),
    )
