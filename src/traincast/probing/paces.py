"""From the figures of a probe to paces: what a call, a FLOP, an element of each piece costs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from traincast.cost.paced import attention_features, head_features, layer_features
from traincast.machine import Paces
from traincast.probing.profile import Measured, Profile
from traincast.stats.robust import NORMAL_MAD, mad

OPERATORS = 100
"""calls of a layer, forward and backward, that a framework makes one by one (counted in a profile of torch)"""
UNSURE = (0.7, 0.25, 1.0, 0.7, 0.7, 1.0)
"""standard deviations of the logarithms of the first guesses, in the order of the features"""
COMPILED = {"cpu": (0.5, 0.85), "gpu": (0.4, 0.5)}
"""share of the cost per call and per activation that torch.compile leaves; on a CPU, where arithmetic binds and not
traffic, six small GPTs ran 0 to 8 % faster compiled (AMD Zen 5, torch 2.13); on a GPU assumed"""
COMPILED_SPREAD = {"cpu": 0.05, "gpu": 0.15}
"""what is not known of that, as a standard deviation of log seconds of a step; on a CPU those six, on a GPU assumed"""
ERROR = 0.08
"""standard deviation of log(measured / paced) that is put down to the pieces' own ways"""
ROUNDS = 40


def paces(profile: Profile) -> Paces | None:
    """Paces of a profile; `None` where no layer, head or optimizer was measured."""
    precisions = sorted({one.precision for one in profile.of("layer") if one.precision})
    layer: dict[str, tuple[float, ...]] = {}
    head: dict[str, tuple[float, ...]] = {}
    errors: list[float] = []
    for precision in precisions:
        guess = first_guess(profile, precision)
        if guess is None:
            continue
        for kind, alone, into in (("layer", ("attention", "matmul"), layer), ("head", (), head)):
            found = profile.of(kind, precision)
            parts = [one for name in alone for one in profile.of(name, precision)]
            if found:
                both = found + parts
                start = guess if kind == "layer" else (*guess[:3], *guess[4:])
                into[precision], left = fit([features(one) for one in both], times(both), start)
                errors += left[: len(found)]
    update = profile.of("optimizer")
    if not layer or not head or not update:
        return None
    place = "cpu" if profile.kind == "cpu" else "gpu"
    spread = NORMAL_MAD * mad(errors, 0.0)  # one figure that a busy moment spoilt should not speak for all
    return Paces(
        layer=layer, head=head, optimizer=line(update), compiled=COMPILED[place],
        compiled_spread=COMPILED_SPREAD[place], spread=spread,
    )  # fmt: skip


def first_guess(profile: Profile, precision: str) -> tuple[float, ...] | None:
    """Paces as the rates of products, copies and calls suggest, before any layer was looked at."""
    rate, copied = profile.best_rate("matmul", precision), profile.best_rate("copy")
    launches = times(profile.of("launch"))
    if rate is None or copied is None or not launches:
        return None
    element = 4 / copied
    query, score = attention_guess(profile, precision, 14 / rate)
    return (OPERATORS * launches[0], 1 / rate, element, query, score, 3 * element)


def attention_guess(profile: Profile, precision: str, score: float) -> tuple[float, float]:
    """Seconds per query and per score x width through the shortest and the longest sequence that were measured.

    A share of a hundredth is left to each, so that the fit can move it; `score` where nothing was measured.
    """
    points = sorted((*features(one)[3:5], one.figure.seconds.value) for one in profile.of("attention", precision))
    if len(points) < 2:
        return 100 * score, score
    (q0, s0, t0), (q1, s1, t1) = min(points, key=lambda p: p[1]), max(points, key=lambda p: p[1])
    each = (t1 / q1 - t0 / q0) / (s1 / q1 - s0 / q0) if s1 / q1 > s0 / q0 else 0.0
    each = min(max(each, 0.01 * t1 / s1), t1 / s1)
    return max(t0 - each * s0, 0.01 * t0) / q0, each


def times(found: Sequence[Measured]) -> list[float]:
    """Seconds of each figure."""
    return [one.figure.seconds.value for one in found]


def features(one: Measured) -> tuple[float, ...]:
    """FLOP, bytes and counts of a measured layer or head, or of the products or the attention of a layer alone."""
    s = one.shape
    if one.kind == "matmul":
        return (0.0, 2.0 * s["m"] * s["n"] * s["k"], 0.0, 0.0, 0.0, 0.0)
    if one.kind == "attention":
        width, tokens = s["heads"] * s["head_dim"], s["batch"] * s["tokens"]
        return (0.0, 0.0, 0.0, *attention_features(tokens, s["tokens"], width, s["heads"]), 0.0)
    if one.kind == "head":
        return head_features(s["tokens"], s["width"], s["vocab"])
    return layer_features(s["batch"] * s["tokens"], s["tokens"], s["width"], s["heads"], 4 * s["width"])


def fit(
    rows: Sequence[Sequence[float]], seconds: Sequence[float], guess: Sequence[float]
) -> tuple[tuple[float, ...], list[float]]:
    """Paces under which `rows` of features take `seconds`, near the `guess` where the rows leave them open; errors.

    Most probable values: log errors with standard deviation `ERROR` and heavy tails (t_4), logarithms of the paces
    around those of the guess by `UNSURE`; Gauss-Newton with steps of at most one half.
    """
    matrix, measured = np.asarray(rows, dtype=float), np.log(np.asarray(seconds, dtype=float))
    start, unsure = np.log(np.asarray(guess, dtype=float)), np.asarray(UNSURE[: len(guess)])
    theta = start.copy()
    for _ in range(ROUNDS):
        error, slope = residuals(matrix, measured, theta)
        weight = 5 / (4 + (error / ERROR) ** 2) / ERROR**2
        normal = slope.T @ (weight[:, None] * slope) + np.diag(unsure**-2)
        pull = slope.T @ (weight * error) - (theta - start) / unsure**2
        theta += np.clip(np.linalg.solve(normal, pull), -0.5, 0.5)
    error, _ = residuals(matrix, measured, theta)
    return tuple(float(x) for x in np.exp(theta)), [float(e) for e in error]


def residuals(
    matrix: npt.NDArray[np.float64], measured: npt.NDArray[np.float64], theta: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """log(measured / paced) and how log(paced) moves with each parameter."""
    share = matrix * np.exp(theta)
    total = share.sum(axis=1)
    return measured - np.log(total), share / total[:, None]


def line(found: Sequence[Measured]) -> tuple[float, float]:
    """Seconds per call and per parameter through the smallest and the largest update; no cost is negative."""
    points = sorted((one.shape["parameters"], one.figure.seconds.value) for one in found)
    (n0, t0), (n1, t1) = points[0], points[-1]
    each = (t1 - t0) / (n1 - n0) if n1 > n0 and t1 > t0 else t1 / n1
    return max(0.0, t0 - each * n0), each
