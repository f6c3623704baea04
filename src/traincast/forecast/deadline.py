"""`--deadline WHEN|DURATION` -> seconds from the moment of the last line."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from traincast.errors import UsageError
from traincast.findings import Finding, finding
from traincast.phrases import phrase
from traincast.runlog import RunLog
from traincast.units import parse_duration

HINT = phrase("write 18:00, 2026-11-24T18:00, 90m or 6.5 hours")


def parse_deadline(text: str, *, at: datetime | None) -> float:
    """Seconds from `at` (aware; the time of the last line) until `text`, a time of day, a date or a duration.

    A time of day is the next one after `at`; a time without a zone is in the zone of `at`. Raises UsageError for
    what is neither, and for a date where the log has none.
    """
    text = text.strip()
    when = _moment(text, at)
    if when is not None:
        if at is None:
            raise UsageError(
                "the log has no date to measure {text!r} from", hint="give a duration: --deadline 6h", text=text
            )
        return (when - at).total_seconds()
    try:
        return parse_duration(text)
    except UsageError as error:
        raise UsageError("{text!r} is neither a time nor a duration", hint=HINT, text=text) from error


def is_dated(log: RunLog) -> bool:
    """Whether the last line of `log` has a date to measure a moment from."""
    return log.clock_kind == "wall" and bool(log.points) and log.points[-1].clock is not None


def measured_from(text: str, written: datetime) -> tuple[str, list[Finding]]:
    """A deadline for a log without dates: a moment becomes a duration from `written` (aware), which a finding tells."""
    if _moment(text.strip(), written) is None:
        return text, []
    seconds = max(0.0, parse_deadline(text, at=written))
    when = written.replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")
    return f"{seconds:.3f}s", [finding("deadline-from-file", deadline=text, when=when)]


def _moment(text: str, at: datetime | None) -> datetime | None:
    """The moment that `text` names; None where it is a duration."""
    zone = at.tzinfo if at is not None else timezone.utc
    if len(text) in (4, 5) and text.count(":") == 1:
        try:
            clock = datetime.strptime(text, "%H:%M").time()
        except ValueError:
            return None
        day = (at or datetime.now(timezone.utc)).replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
        return day if at is None or day > at else day + timedelta(days=1)
    if not text[:4].isdigit() or "-" not in text:
        return None
    try:
        when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=zone)
