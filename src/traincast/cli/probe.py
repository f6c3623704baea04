"""`traincast probe`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from traincast.cli.options import emit_findings, emit_json, json_option, lang_option, quiet_option


@click.command()
@click.option(
    "--budget", metavar="DURATION", default="20s", show_default=True, help="Time for all of it, start-up inside."
)
@click.option("--workload", metavar="FILE", help="Measure this workload's own shapes first: config, TOML or preset.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Keep the profile: --on takes it."
)
@click.option("--backend", type=click.Choice(["torch", "numpy"]), help="torch where it is installed, else numpy.")
@click.option("--device", metavar="NAME", help="cpu, cuda, mps, xpu; without it, the accelerator that is there.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of the CPU.")
@json_option
@lang_option
@quiet_option
def command(
    budget: str,
    workload: str | None,
    output: Path | None,
    backend: str | None,
    device: str | None,
    threads: int | None,
    as_json: bool,
    lang: str,
    quiet: bool,
) -> None:
    """What this machine really reaches: products, copies, layers, launches, disk, links.

    Each figure is measured until it is sure within 1 %, or until its share of the budget is spent.

    \b
    Examples:
      traincast probe
      traincast probe --budget 60s -o here.json && traincast predict gpt2 --on here.json
      traincast probe --workload run.toml -o here.json
      torchrun --nproc-per-node 8 -m traincast probe -o node.json
    """
    from traincast import api
    from traincast.probing.host import process_age
    from traincast.units import parse_duration

    begin = time.perf_counter() - process_age()  # starting up and importing torch take seconds, and they count

    first = os.environ.get("RANK", "0") == "0"  # under torchrun one process speaks for all

    def show_progress(done: int, of: int, kind: str) -> None:
        if not quiet and first and sys.stderr.isatty():
            sys.stderr.write(f"\r\x1b[K{done}/{of} {kind}")
            sys.stderr.flush()

    profile = api.probe(
        workload,
        budget=parse_duration(budget),
        backend=backend,
        device=device,
        threads=threads,
        since=begin,
        progress=show_progress,
    )
    if not quiet and sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if not first:
        return
    if output:
        from traincast.probing.profile import save

        save(profile, output)
    if as_json:
        emit_json(profile)
        return
    from traincast.reports.probe_page import probe_page
    from traincast.reports.text import show

    show(probe_page(profile, lang=lang))
    emit_findings(profile.findings, quiet=quiet)
