"""`traincast watch LOG`, `watch -`, `watch -- CMD...`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from traincast.cli.command_line import Span, WithCommand, command_words
from traincast.cli.options import json_option, lang_option, level_option, on_option, quiet_option, steps_option
from traincast.cli.root import NO_BREAK, printable
from traincast.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from traincast.answers import WatchAnswer
    from traincast.findings import Finding
    from traincast.live.alarms import Alarms
    from traincast.live.panel import Shown
    from traincast.live.question import Question
    from traincast.live.watch import Ends


@click.command(cls=WithCommand, options_metavar="[OPTIONS]")
@click.argument("log", metavar="LOG | - | -- CMD...", required=False)
@steps_option
@on_option
@click.option("--workload", metavar="FILE", help="Config, TOML or preset: weighs the prediction in.")
@click.option("--deadline", metavar="WHEN|DURATION", help="Alarm when the run will hardly be over by 18:00, in 6h, ...")
@click.option("--schedule", metavar="STEP:WORK,...", help="Work of a step from each counter on: 0:1,1000:2.")
@click.option("--until", metavar="WHEN|DURATION", help="Watch until then and no longer; 1 if the run is not over.")
@click.option("--idle", type=Span(), metavar="DURATION", help="Stop when nothing was written for so long; 1.")
@click.option("--on-finding", metavar="CMD", help="Shell command for each new warning, and at the end of the run.")
@click.option("--bell", is_flag=True, help="Ring the terminal's bell for the same.")
@click.option("--every", type=Span(), metavar="DURATION", help="Time between answers. [default: 1s; plain lines 30s]")
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Keep what a pipe or command writes.")
@click.option("--dialect", metavar="FILE|NAME|none", help="Read as this dialect; none: induce the format.")
@level_option
@json_option
@lang_option
@quiet_option
def command(
    log: str | None,
    steps: int | None,
    on: str | None,
    workload: str | None,
    deadline: str | None,
    schedule: str | None,
    until: str | None,
    idle: float | None,
    on_finding: str | None,
    bell: bool,
    every: float | None,
    record: Path | None,
    dialect: str | None,
    level: float,
    as_json: bool,
    lang: str,
    quiet: bool,
) -> int:
    """When will the run end, live: from a growing LOG, from a pipe (-), or from a command.

    \b
    Examples:
      traincast watch train.log
      python train.py | traincast watch - --steps 6000
      traincast watch -- python train.py --config small.py
      traincast watch train.log --deadline 18:00 --on-finding 'notify-send "$TRAINCAST_MESSAGE"'
      traincast watch train.log --json | jq .remaining.value

    On a terminal it is a panel; elsewhere a line now and then; with --json a document a line. A command's output
    passes through unchanged (to stderr with --json), and its exit status is that of watch. Else: 0 the run is over,
    1 a deadline was missed, --until or --idle ended the watch first, 130 interrupted. A command given by
    --on-finding sees TRAINCAST_CODE, _SEVERITY, _MESSAGE and _REMEDY.
    """
    from traincast.live import session
    from traincast.live.alarms import Alarms
    from traincast.live.panel import shown
    from traincast.live.question import moment, question
    from traincast.live.watch import Ends

    words = command_words()
    if (log is None) == (words is None):
        raise UsageError("watch needs a log, - or a command", hint="traincast watch LOG, or traincast watch -- CMD...")
    asked = question(
        steps=steps, on=on, workload=workload, deadline=deadline, level=level, dialect=dialect, schedule=schedule
    )
    ends = Ends(idle=idle, until=moment(until))
    pace = 1.0 if every is None else every
    view = shown(as_json=as_json, quiet=quiet, lang=lang, every=every or 30.0, command=words is not None)
    aloud = None if as_json or quiet or view.tells_findings else partial(say, lang=lang)
    alarms = Alarms(command=on_finding, bell=bell, say=aloud)
    if words is not None:
        running = session.CommandSession(
            words, asked, ends=ends, every=pace, record=record, to_error=as_json, reserved_lines=view.rows
        )
        with running:
            return follow(running.answers(), view, alarms).exit_status or missed(alarms)
    answers = answers_of(str(log), asked, ends=ends, every=pace, record=record)
    is_cut = follow(answers, view, alarms).state != "over" and (idle is not None or until is not None)
    return 1 if is_cut else missed(alarms)


def answers_of(log: str, asked: Question, *, ends: Ends, every: float, record: Path | None) -> Iterator[WatchAnswer]:
    """Answers `every` so many seconds about standard input (-) or a growing log."""
    from traincast.live import session

    if log == "-":
        return session.watch_pipe(asked, ends=ends, every=every, record=record)
    return session.watch_log(log, asked, ends=ends, every=every)


def follow(answers: Iterator[WatchAnswer], view: Shown, alarms: Alarms) -> WatchAnswer:
    """Show every answer, tell what is new in it; the last one comes back."""
    last: WatchAnswer | None = None
    with view:
        for answer in answers:
            if last is not None and last.state == "quiet" != answer.state:
                alarms.again("quiet")
            last = answer
            alarms.take(answer.findings)
            view.show(answer)
        assert last is not None  # there is one at the end in any case
        view.show(last, last=True)
    alarms.close()
    return last


def say(found: Finding, lang: str) -> None:
    """One line on standard error."""
    from traincast.reports.wording import finding_text, severity_label

    label, message = severity_label(found.severity, lang), finding_text(found, lang)[0]
    click.echo(printable(f"{label}{message} [{found.code}]", "" if lang == "en" else NO_BREAK), err=True)


def missed(alarms: Alarms) -> int:
    """1 where a deadline was missed."""
    return int(any(code == "deadline-missed" for code, _ in alarms.told))
