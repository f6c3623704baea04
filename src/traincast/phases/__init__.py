"""How a run divides: warm-up, steady state, pauses and their periods, changes of speed.

A `Series` and the events of a log go in; an `Anatomy`, on which forecast and summary rest, comes out, and the list
of phases that a person reads. Cost is bounded by `stats.compact`.
"""

from traincast.phases.listing import periods, phases
from traincast.phases.marks import event_marks
from traincast.phases.parts import Anatomy, Rhythm, anatomy
from traincast.phases.plan import Plan, planned, required, steps_done
from traincast.phases.strands import untangle

__all__ = [
    "Anatomy", "Plan", "Rhythm", "anatomy", "event_marks", "periods", "phases", "planned", "required", "steps_done",
    "untangle",
]  # fmt: skip
