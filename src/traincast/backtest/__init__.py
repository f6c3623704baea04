"""How good the forecast would have been: finished runs replayed from their first lines on."""

from traincast.backtest.moments import replay, unusable
from traincast.backtest.rivals import RIVALS
from traincast.backtest.scoring import scores

__all__ = ["RIVALS", "replay", "scores", "unusable"]
