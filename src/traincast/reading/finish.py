"""What the engine gathered to run logs: facts typed, plans derived, oddities made findings."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from traincast.findings import finding
from traincast.phrases import phrase
from traincast.reading import left
from traincast.reading.bars import OF_EPOCHS
from traincast.reading.dialect import FACTS, Dialect, Layer
from traincast.reading.engine import Engine
from traincast.reading.falling import plan_from_rate
from traincast.reading.layer import LayerState
from traincast.reading.lefts import set_times
from traincast.reading.rows import NAMES
from traincast.reading.track import Track
from traincast.reading.values import SECONDS, number, time_span
from traincast.runlog import Event, Facts, Point, RunLog, Span

TEXT_FACTS = frozenset({"device", "model", "precision"})
MOST_SPANS = 6
"""runs of a file that are named one by one"""
COPIED = 3
"""least number of steps that tell the copy of another rank from a second short run"""
TORN = 0.2
"""share of lines with the marker beyond which the marker also stands on other lines, so that nothing is torn"""
PRECISIONS = {
    "bfloat16": "bf16", "float16": "fp16", "half": "fp16", "16": "fp16", "float32": "fp32", "float": "fp32",
    "32": "fp32",
}  # fmt: skip
"""names that trainers print, as the catalog of devices has them"""
TRUE = frozenset({"true", "1", "yes", "on", "enabled"})
WHOLE = frozenset(name for name, annotation in Facts.__annotations__.items() if str(annotation).startswith("int"))
CLOCK_KINDS = {"wall": "wall", "unix": "wall", "no-year": "time-of-day", "time-of-day": "time-of-day"}


def run_logs(engine: Engine, *, source: str, confidence: float, runner_up: str | None) -> list[RunLog]:
    """One record a run, in the order of the file; one without points where no step line was found."""
    dialect = engine.dialect
    layer = chosen_layer(engine.layers)
    tracks = without_copies(chosen_tracks(layer, engine.facts), engine)
    tracks, newest = with_open_epoch(tracks, layer)
    logs = []
    for i, track in enumerate(tracks):
        facts = track.facts if track.facts is not None and i + 1 < len(tracks) else engine.facts
        log = run_log(dialect, layer, track, facts)
        if newest is not None and i + 1 == len(tracks):
            log.points.append(Point(step=newest, start=log.points[-1].start))
        log.events = [
            event if layer.layer.tracks == "one" else placed(event, places, track)
            for event, places in zip(engine.events, engine.places, strict=True)
            if event_run(event.line or 0, tracks) == i
        ]
        logs.append(log)
    if not logs:
        logs = [
            RunLog(
                unit=dialect.unit, events=engine.events[:], facts=typed(engine.facts), findings=[finding("no-steps")]
            )
        ]
        logs[0].finished = any(event.kind == "end" for event in engine.events)
    for log in logs:
        log.source, log.dialect, log.confidence, log.runner_up = source, dialect.name, confidence, runner_up
        log.lines, log.bytes = engine.lines, engine.size
        log.unread_lines = unread(engine, layer)
        settle(log, dialect)
        if log.points and layer.layer.rest and layer.layer.tracks == "one":
            set_times(log, layer.columns.lefts.kept, by_mean=layer.layer.rest == "mean")
        if log.unread_lines:
            log.findings.append(finding("unread-lines", number=str(log.unread_lines)))
    note_several(logs)
    return logs


def with_open_epoch(tracks: list[Track], layer: LayerState) -> tuple[list[Track], int | None]:
    """The tracks and the counter that the newest has reached in an epoch that is not over.

    The mean so far lacks the validation, so that it counts only where no epoch is over: in a track of its own.
    """
    found = layer.under_way()
    if found is None:
        return tracks, None
    columns, rows = found
    last = tracks[-1] if tracks else None
    same = last is not None and rows.totals is not None and rows.totals[-1] == last.total
    if same and last is not None and last.last is not None and rows.steps[-1] > last.last:
        return tracks, rows.steps[-1]
    begun = Track(counts_from=layer.layer.counts_from)
    begun.under_way = len(rows.steps) > 1
    begun.owner, begun.first_line, begun.batches = columns, layer.line, columns.batches
    begun.extend(rows)
    return [*tracks, begun], None


def note_several(logs: Sequence[RunLog]) -> None:
    """Say in each run that the file holds others, with the counters of all."""
    if len(logs) < 2:
        return
    ends = [f"{log.points[0].step}-{log.points[-1].step}" for log in logs if log.points]
    spans = ", ".join(ends[:MOST_SPANS]) + (", ..." if len(ends) > MOST_SPANS else "")
    for log in logs:
        log.findings.append(finding("several-runs", number=str(len(logs)), spans=spans))


def unread(engine: Engine, layer: LayerState) -> int:
    """Lines that have the marker of a step line and could not be read as one."""
    if layer is not engine.layers[0] or layer.layer.tracks != "one" or layer.layer.needs_context:
        return 0
    missing = max(0, layer.marked - layer.matched)
    return missing if missing <= TORN * layer.marked else 0


def chosen_layer(layers: Sequence[LayerState]) -> LayerState:
    """The first shape of line that gave at least two points, else the first that gave one. A shape that others share,
    which tells no time, counts where no other got beyond the start."""
    own = [layer for layer in layers if not layer.layer.shared]
    for some, least in ((own, 2), (own, 1), (layers, 2), (layers, 1)):
        for layer in some:
            if any(track.seen >= least and (track.last or least > 1 or some is layers) for track in layer.order):
                return layer
    return layers[0]


def chosen_tracks(layer: LayerState, facts: dict[str, str]) -> list[Track]:
    """The runs of the counter that is the training: of several bars, the one the log declares or the longest."""
    for track in layer.order:
        track.flush()
    tracks = [track for track in layer.order if track.steps]
    if layer.layer.tracks == "one" or len(tracks) < 2:
        return tracks
    planned = number(facts.get("steps_planned", ""))
    declared = [track for track in tracks if planned is not None and track.total == planned]
    best = max(declared or tracks, key=span)
    return [track for track in declared or tracks if track.total == best.total and same_counter(layer, track, best)]


def without_copies(tracks: list[Track], engine: Engine) -> list[Track]:
    """Runs without those that other ranks tell again: the same steps in the same time, and no start or end between."""
    kept: list[Track] = []
    borders = [event.line or 0 for event in engine.events if event.kind in ("start", "resume", "end")]
    for track in tracks:
        twin = kept[-1] if kept else None
        apart = twin is None or any(twin.first_line < line <= track.first_line for line in borders)
        if (
            apart
            or twin is None
            or len(track.steps) < COPIED
            or twin.steps != track.steps
            or not same_time(twin, track)
        ):
            kept.append(track)
    return kept


def same_time(one: Track, other: Track) -> bool:
    """Whether two runs took the same time to a few percent."""
    a, b = one.columns["clocks"][-1], other.columns["clocks"][-1]
    return a is not None and b is not None and abs(a - b) <= 1.0 + 0.02 * a


def same_counter(layer: LayerState, one: Track, other: Track) -> bool:
    """Whether two runs came from the same bar."""
    return any(one in runs and other in runs for runs in layer.tracks.values())


def span(track: Track) -> float:
    """Seconds between first and last point, of a bar since it began, or steps where there is no clock."""
    clocks = [clock for clock in track.columns["clocks"] if clock is not None]
    begin = 0.0 if track.bars or not clocks else clocks[0]
    return clocks[-1] - begin + 1e-6 * len(track.steps) if clocks else 1e-9 * len(track.steps)


def run_log(dialect: Dialect, layer: LayerState, track: Track, texts: dict[str, str]) -> RunLog:
    """The record of one run."""
    shape, columns = layer.layer, track.owner or layer.columns
    facts = typed({**texts, **{name: text for name, text in track.told.items() if not name.startswith("_")}})
    clocked = any(clock is not None for clock in track.columns["clocks"])
    first = track.steps[0]
    log = RunLog(
        unit="epoch" if (columns.label_only and not columns.titled) or counts_epochs(layer, track) else shape.unit,
        counts_from=0 if first == 0 and shape.span == "step" else shape.counts_from,
        span=timed_span(shape, track),
        rate_unit=shape.rate_unit,
        mfu_peak=number(facts.other.get("mfu_peak", "")) or dialect.mfu_peak,
        mfu_convention=dialect.mfu_convention,
        points=points(track),
        merged=track.stride > 1,
        facts=facts,
    )
    if clocked:
        kind = columns.clock.kind
        log.clock_kind = CLOCK_KINDS[kind] if kind else shape.clock  # type: ignore[assignment]
        log.clock_resolution = columns.clock.resolution if kind else columns.resolution
        if not kind and log.facts.mean_step_seconds is None:
            log.facts.mean_step_seconds = lone_mean(log, columns.last_batch)
    if track.batches and log.facts.steps_per_epoch is None:
        log.facts.steps_per_epoch = track.batches
    if track.total:
        log.facts.steps_planned = track.total
    if track.replanned:
        how = phrase("the newest total of its bar, which was another before")
        log.findings.append(finding("plan-derived", plan=str(log.facts.steps_planned), how=how))
    scale_rates(log, layer)
    if log.facts.steps_planned is None:
        plan_from_hints(log, track.told, columns.lefts.ends() if shape.plan else None, shape.plan)
    if log.facts.steps_planned is None:
        plan_from_rate(log, texts.get("_falling_rate", ""))
    if printed := columns.sentinels.get("mfu"):
        log.findings.append(finding("mfu-sentinel", printed=printed.strip() + " %"))
    return log


def counts_epochs(layer: LayerState, track: Track) -> bool:
    """Whether a bar counts epochs, by the words in front of it."""
    own = (key.partition("\0")[0] for key, runs in layer.tracks.items() if layer.layer.label == "any" and track in runs)
    return any(OF_EPOCHS.fullmatch(label) for label in own)


def timed_span(shape: Layer, track: Track) -> Span:
    """What the printed times of a track are means of."""
    if all(value is None for value in track.columns["seconds"]):
        return "none"
    return "since-start" if track.under_way else shape.span


UNIX = 1e9
"""seconds; a clock beyond it is one of arrivals, since 1970, and no run is as long"""


def lone_mean(log: RunLog, place: int | None) -> float | None:
    """Mean step time of a log with one point alone, seconds: its elapsed time over the steps of its bar, start-up
    included."""
    point = log.points[0]
    done = point.step + 1 - log.counts_from if place is None else place
    elapsed = len(log.points) == 1 and point.clock is not None and 0 < point.clock < UNIX
    return point.clock / done if elapsed and point.clock and done > 0 else None


def points(track: Track) -> list[Point]:
    """The points of a track."""
    columns = [track.columns[name] for name in NAMES]
    return [
        Point(step=step, clock=clock, step_seconds=seconds, loss=loss, rate=rate, mfu=mfu, start=start)
        for step, start, clock, seconds, loss, rate, mfu in zip(track.steps, track.starts, *columns, strict=True)
    ]


def scale_rates(log: RunLog, layer: LayerState) -> None:
    """Make rates of one device rates of all; where their number is unknown they are left out."""
    per = [meaning.per for _, _, meaning in layer.columns.named if meaning.is_ == "rate"]
    if "device" not in per:
        return
    devices = log.facts.n_devices
    for point in log.points:
        point.rate = None if point.rate is None or devices is None else point.rate * devices


def plan_from_hints(
    log: RunLog, texts: dict[str, str], lefts: Sequence[tuple[int, float]] | None, by: str = ""
) -> None:
    """A plan from a percentage of the run, or from the trainer's own estimate of what remains: `lefts` of its first and
    newest line, `by` the mean that it takes."""
    if not log.points:
        return
    if log.facts.steps_per_epoch and log.facts.epochs_planned:
        return
    last = log.points[-1]
    done = last.step + 1 - log.counts_from
    share = number(texts.get("_progress", ""))
    how = ""
    if share and 0 < share <= 100 and done > 0:
        log.facts.steps_planned, how = round(done / (share / 100)), phrase("the share of the run that is done")
    elif lefts is not None and (remains := what_remains(texts)) is not None and done > 0:
        log.facts.steps_planned = left.plan(log, remains, lefts, by)
        how = phrase("the trainer's own estimate of what remains") if log.facts.steps_planned else ""
    if how:
        log.findings.append(finding("plan-derived", plan=str(log.facts.steps_planned), how=how))


def what_remains(texts: dict[str, str]) -> float | None:
    """Seconds that the trainer thinks are left, as the newest line has them."""
    factor = SECONDS.get(texts.get("_remaining_unit", ""))
    value = time_span(texts.get("_remaining", "x")) if factor is None else number(texts.get("_remaining", ""))
    return value if value is None or factor is None else value * factor


def typed(texts: dict[str, str]) -> Facts:
    """Facts from the texts that the log gave."""
    facts = Facts()
    other: dict[str, str] = {}
    for name, text in texts.items():
        value = typed_fact(name, text.strip()) if name in FACTS else None
        if value is not None:
            setattr(facts, name, value)
        elif name not in FACTS and not name.startswith("_"):
            other[name] = text.strip()[:200]
    facts.other = other
    return facts


def typed_fact(name: str, text: str) -> str | float | bool | None:
    """One fact, a number in SI units; `None` where the text is not of its kind."""
    if name == "precision":
        return PRECISIONS.get(text.lower(), text.lower()[:20]) or None
    if name in TEXT_FACTS:
        return re.sub(r"\s+", " ", text)[:100] or None
    if name == "compile":
        return text.lower() in TRUE
    value = time_span(text) if name.endswith("_seconds") or name == "seconds_planned" else number(text)
    if value is None or value <= 0:
        return None
    return round(value) if name in WHOLE else value


def settle(log: RunLog, dialect: Dialect) -> None:
    """Derive what follows from several facts, and whether the run ended as planned."""
    facts = log.facts
    if facts.steps_per_epoch is None and (batches := number(facts.other.get("micro_batches", ""))):
        facts.steps_per_epoch = round(batches / facts.grad_accum) if facts.grad_accum else None
    if facts.steps_planned is None and facts.steps_per_epoch and facts.epochs_planned:
        facts.steps_planned = round(facts.steps_per_epoch * facts.epochs_planned)
    if facts.steps_planned is None and log.unit == "epoch" and facts.epochs_planned:
        facts.steps_planned = round(facts.epochs_planned)
    settle_batch(facts, dialect.unit)
    if facts.total_seconds and not log.points:
        close_without_steps(facts)
    if log.points:
        done = log.points[-1].step + 1 - log.counts_from
        log.finished = bool(facts.steps_planned and done >= facts.steps_planned) or any(
            e.kind == "end" for e in log.events
        )
        if facts.mean_step_seconds is None and facts.total_seconds and log.finished and log.points[-1].start == 0:
            done = steps_at_end(log, done)
            facts.mean_step_seconds = facts.total_seconds / done if done > 0 else None
    if facts.mean_step_seconds is None and facts.steps_per_epoch:
        epochs = [event.seconds for event in log.events if event.kind == "epoch" and event.seconds]
        facts.mean_step_seconds = sum(epochs) / len(epochs) / facts.steps_per_epoch if epochs else None
    if not timed(log):
        log.findings.append(finding("no-timing"))
    if log.merged:
        log.findings.append(finding("points-merged", number=str(len(log.points))))


def steps_at_end(log: RunLog, done: int) -> int:
    """Steps of a run that is over: a line of the plan itself may not have been due after the last one, step `done`."""
    planned = log.facts.steps_planned
    gap = log.points[-1].step - log.points[-2].step if len(log.points) > 1 else 0
    return planned if planned and done < planned < done + gap else done


def settle_batch(facts: Facts, unit: str) -> None:
    """Samples and tokens of one `unit` (step or micro-step), and how many of it a planned number of tokens makes."""
    nodes, each = number(facts.other.get("nodes", "")), number(facts.other.get("devices_per_node", ""))
    if facts.n_devices is None and nodes and each:
        facts.n_devices = round(nodes * each)
    micro_steps = 1 if unit == "micro-step" else facts.grad_accum
    if facts.samples_per_step is None and facts.micro_batch and micro_steps and facts.n_devices:
        facts.samples_per_step = float(facts.micro_batch * micro_steps * facts.n_devices)
    if facts.tokens_per_step is None and facts.samples_per_step and facts.seq_len and unit in ("step", "micro-step"):
        facts.tokens_per_step = facts.samples_per_step * facts.seq_len
    if facts.steps_planned is None and facts.tokens_planned and facts.tokens_per_step:
        facts.steps_planned = int(facts.tokens_planned // facts.tokens_per_step) or None


def close_without_steps(facts: Facts) -> None:
    """Steps and mean step time from a closing line alone: samples a second over the batch, else the rounded steps a
    second."""
    total = facts.total_seconds or 0.0
    samples, steps = number(facts.other.get("samples_per_second", "")), number(facts.other.get("steps_per_second", ""))
    exact = samples * total / facts.samples_per_step if samples and facts.samples_per_step else None
    rough = steps * total if steps else None
    done = exact if exact and (rough is None or abs(exact - rough) < 0.02 * rough + 1) else rough or facts.steps_planned
    if done and done >= 1:
        facts.steps_planned = facts.steps_planned or round(done)
        facts.mean_step_seconds = total / facts.steps_planned


def timed(log: RunLog) -> bool:
    """Whether anything in the log tells how long a step takes."""
    if any(point.clock is not None or point.step_seconds is not None for point in log.points):
        return True
    return bool(log.facts.mean_step_seconds or any(point.rate for point in log.points))


def placed(event: Event, places: Sequence[tuple[Track, int | None]], track: Track) -> Event:
    """`event` with the last step of the counter that is the training: other bars stood nearer to it in the log."""
    ended = track.last if track.complete() and track.first_line <= (event.line or 0) else None
    step = next((last for one, last in places if one is track), ended)
    return msgspec.structs.replace(event, step=step)


def event_run(line: int, tracks: Sequence[Track]) -> int:
    """Number of the run that a line belongs to: the last one that had begun before it."""
    return max((i for i, track in enumerate(tracks) if track.first_line <= line), default=0)
