"""When a run will end: what its log shows, fused with what was predicted before it."""

from traincast.forecast.answer import forecast
from traincast.forecast.tracker import Tracker

__all__ = ["Tracker", "forecast"]
