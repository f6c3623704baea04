"""How long will this training run take, and can that number be true?

The verbs are functions: `predict`, `read`, `forecast`, `audit`, ... They are imported when they are used, and so are
`track` and `step`, which time a training loop from inside it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from traincast._version import __version__

if TYPE_CHECKING:
    from traincast.api import audit as audit
    from traincast.api import backtest as backtest
    from traincast.api import forecast as forecast
    from traincast.api import predict as predict
    from traincast.api import probe as probe
    from traincast.api import read as read
    from traincast.api import rehearse as rehearse
    from traincast.api import report as report
    from traincast.api import watch as watch
    from traincast.integrations.recorder import step as step
    from traincast.integrations.recorder import track as track

__all__ = [
    "__version__", "audit", "backtest", "forecast", "predict", "probe", "read", "rehearse", "report", "step", "track",
    "watch",
]  # fmt: skip
RECORDER = frozenset({"step", "track"})


class _Package(ModuleType):
    """Keeps the verbs in reach: importing the package `traincast.forecast` must not hide the function of that name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in RECORDER:
        from traincast.integrations import recorder

        globals().update(step=recorder.step, track=recorder.track)  # found at once from now on: a step is timed
        return globals()[name]
    if name in __all__:
        from traincast import api

        return getattr(api, name)
    raise AttributeError(f"module 'traincast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
