"""How long will this training run take, and can that number be true?

The verbs are functions: `predict`, `read`, `forecast`, `audit`, ... They are imported when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traincast._version import __version__

if TYPE_CHECKING:
    from traincast.api import forecast as forecast
    from traincast.api import predict as predict
    from traincast.api import read as read

__all__ = ["__version__", "forecast", "predict", "read"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from traincast import api

        return getattr(api, name)
    raise AttributeError(f"module 'traincast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
