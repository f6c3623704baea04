"""Why the first iteration was slow, and why the rest is as fast as it is."""

from traincast.explain.causes import likely_causes
from traincast.explain.first import first_split
from traincast.explain.story import explain

__all__ = ["explain", "first_split", "likely_causes"]
