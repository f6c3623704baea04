"""What being watched costs: `python -m bench.live`; `--stress` and `--rehearse` try watch and rehearse at length.

Prints ratios: `track` against a bare loop and tqdm, the share of a core that `watch` takes at 1,000 lines/s, the cost
of a forecast after a million steps.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

TRAINCAST = [sys.executable, "-m", "traincast"]
ROUNDS = 5
TICK = os.sysconf("SC_CLK_TCK")

WRITER = """
import os, sys, time
path, rate, total = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])

def written():
    folder, name = os.path.split(path)
    last = -1
    for other in os.listdir(folder):
        if other.startswith(name):
            with open(os.path.join(folder, other), "rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - 400))
                for line in file.read().split(b"\\n")[:-1]:
                    if line.startswith(b"iter "):
                        last = max(last, int(line[5:line.index(b":")]))
    return last + 1

at = written()
begin, done = time.perf_counter(), at
text = b"" if at else b"max_iters = %d\\n" % total
while at < total:
    time.sleep(0.01)
    until = min(total, done + int((time.perf_counter() - begin) * rate))
    text += b"".join(b"iter %d: loss 3.0000, time %.3fms, mfu 12.00%%\\n" % (i, 1e3 / rate) for i in range(at, until))
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, text)
    os.close(file)
    at, text = until, b""
"""
"""writes numbered step lines, whole ones by single writes; started again it goes on with the next number"""

PRINTER = """
import sys, time
rate, total = float(sys.argv[1]), int(sys.argv[2])
print("max_iters =", total)
begin = time.perf_counter()
for i in range(total):
    time.sleep(max(0.0, begin + i / rate - time.perf_counter()))
    print(f"iter {i}: loss 3.0000, time {1e3 / rate:.3f}ms, mfu 12.00%", flush=True)
"""
"""prints step lines one by one"""


def track_cost(steps: int = 300_000) -> None:
    """Nanoseconds a step of an empty loop, bare, in `track`, in `step`, in tqdm."""
    import traincast
    from traincast.integrations.recorder import Present

    def bare() -> Iterable[int]:
        return range(steps)

    def tracked() -> Iterable[int]:
        Present.by_path = {}
        return traincast.track(range(steps), log=folder / "track.jsonl", progress=False)

    loops: dict[str, Callable[[], Iterable[int]]] = {"bare loop": bare, "track": tracked}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            from tqdm import tqdm
        except ImportError:
            print("tqdm is not installed: no comparison")
        else:
            quiet = (folder / "tqdm").open("w")
            loops["tqdm"] = lambda: tqdm(range(steps), file=quiet)
        cost = {
            kind: statistics.median(loop_seconds(make, steps) for _ in range(ROUNDS)) for kind, make in loops.items()
        }
        Present.step = None
        cost["with step()"] = statistics.median(step_seconds(folder / "step.jsonl", steps) for _ in range(ROUNDS))
    base = cost["bare loop"]
    for kind, seconds in cost.items():
        print(f"{kind}: {seconds * 1e9:.0f} ns a step, {(seconds - base) * 1e9:.0f} ns above the bare loop")
    if "tqdm" in cost:
        print(f"track over tqdm, both less the bare loop: {(cost['track'] - base) / (cost['tqdm'] - base):.2f}")
    print(f"track less the bare loop, over the 1 us allowed: {(cost['track'] - base) / 1e-6:.2f}")


def loop_seconds(make: Callable[[], Iterable[int]], steps: int) -> float:
    """Seconds a step of one loop."""
    begin = time.perf_counter()
    for _ in make():
        pass
    return (time.perf_counter() - begin) / steps


def step_seconds(log: Path, steps: int) -> float:
    """Seconds a step of a loop with `step()` inside."""
    import traincast

    begin = time.perf_counter()
    for _ in range(steps):
        with traincast.step(log=log, progress=False):
            pass
    return (time.perf_counter() - begin) / steps


def forecast_cost(steps: int = 1_000_000) -> None:
    """Milliseconds of a forecast after a million steps, against one after a thousand."""
    from traincast.forecast import Tracker
    from traincast.runlog import Facts, Point, RunLog

    cost = {}
    for seen in (1000, steps):
        draw = random.Random(0)
        tracker = Tracker(RunLog(source="-", clock_kind="wall", facts=Facts(steps_planned=2 * steps)))
        clock, begin = 1.7e9, time.perf_counter()
        for i in range(seen):
            clock += 0.1 * (1 + 0.02 * draw.random()) + (3.0 if i % 1000 == 999 else 0.0)
            tracker.add(Point(step=i + 1, clock=clock))
        added = (time.perf_counter() - begin) / seen
        times = []
        for _ in range(20):
            begin = time.perf_counter()
            tracker.forecast()
            times.append(time.perf_counter() - begin)
        cost[seen] = statistics.median(times)
        print(f"forecast after {seen} steps: {cost[seen] * 1e3:.2f} ms (at most 1); a step added: {added * 1e6:.2f} us")
    print(f"ratio of both: {cost[steps] / cost[1000]:.2f}")


def processor_seconds(pid: int) -> float:
    """Seconds of processor that process `pid` used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def watch_share(rate: float = 1000.0, seconds: float = 30.0) -> None:
    """Share of a core that `watch` takes while a log grows by 1,000 lines/s, its start left out."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "run.log"
        writer = [sys.executable, "-c", WRITER]
        total = str(int(rate * (seconds + 20)))
        for kind in ("log", "command"):
            log.unlink(missing_ok=True)
            if kind == "log":
                source = subprocess.Popen([*writer, str(log), str(rate), total])
                while not log.exists():
                    time.sleep(0.01)
                words = [*TRAINCAST, "watch", str(log), "--json"]
            else:
                source = None
                words = [*TRAINCAST, "watch", "--json", "--", sys.executable, "-c", PRINTER, str(rate), total]
            watcher = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(5)
            before, begin = processor_seconds(watcher.pid), time.perf_counter()
            time.sleep(seconds)
            assert watcher.poll() is None, "the watcher ended before it was measured"
            used, passed = processor_seconds(watcher.pid) - before, time.perf_counter() - begin
            for one in (watcher, source):
                if one is not None:
                    one.terminate()
                    one.wait()
            print(f"watch of a {kind} at {rate:.0f} lines/s: {used / passed:.2%} of a core (at most 1 %)")


def stress(seconds: float, rate: float, blows: int, seed: int = 0) -> bool:
    """A log of `rate` lines/s that is rotated, truncated and whose writer and watcher are killed; is any line lost?"""
    draw = random.Random(seed)
    total = int(seconds * rate)
    counts = dict.fromkeys(("rotated", "truncated", "writer killed", "watcher killed"), 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "run.log"
        environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
        writing = [sys.executable, "-c", WRITER, str(log), str(rate), str(total)]
        watching = [*TRAINCAST, "watch", str(log), "--json"]
        writer = subprocess.Popen(writing)
        while not log.exists():
            time.sleep(0.01)
        told = (folder / "told").open("w+")
        watcher = subprocess.Popen(watching, stdout=told, env=environment)
        for _ in range(blows):
            time.sleep(seconds / blows * draw.uniform(0.6, 1.2))
            if writer.poll() is not None:
                break
            blow = draw.choice(list(counts))
            counts[blow] += 1
            if blow == "watcher killed":
                watcher.kill()
                watcher.wait()
                watcher = subprocess.Popen(watching, stdout=told, env=environment)
            elif blow == "writer killed":
                writer.kill()
                writer.wait()
                writer = subprocess.Popen(writing)
            else:
                turn_over(log, writer, copy=blow == "truncated", number=sum(counts.values()))
        writer.wait()
        watcher.wait(120)
        told.seek(0)
        last = json.loads(told.read().splitlines()[-1])
        told.close()
    lines = total + 1
    print(
        f"{total} lines at {rate:.0f}/s, {counts}: {last['lines']} of {lines} lines seen, {last['steps_done']} steps, "
        f"state {last['state']}, exit status {watcher.returncode}"
    )
    return last["lines"] == lines and last["state"] == "over"


def turn_over(log: Path, writer: subprocess.Popen[bytes], *, copy: bool, number: int) -> None:
    """Rotate by renaming, or by copying and truncating while the writer is held."""
    if not log.exists():
        return
    if not copy:
        log.rename(log.with_name(f"run.log.{number}"))
        return
    writer.send_signal(signal.SIGSTOP)
    try:
        shutil.copy(log, log.with_name(f"run.log.{number}"))
        os.truncate(log, 0)
    finally:
        writer.send_signal(signal.SIGCONT)


def rehearse(runs: int) -> None:
    """Rehearse `traincast train` at several sizes, then run it in full: does the total lie in the interval?"""
    held = 0
    for i in range(runs):
        size = ["--n-layer", str(1 + i % 4), "--d-model", str(32 * (1 + i % 3)), "--n-head", "2", "--seq-len", "64"]
        plan = ["--steps", str(800 + 150 * i), "--eval-interval", "100", "--eval-batches", "5", "--threads", "1"]
        words = [*TRAINCAST, "train", *size, *plan]
        done = subprocess.run(
            [*TRAINCAST, "rehearse", "--sure", "10%", "--json", "-q", "--", *words], capture_output=True, check=False
        )
        if done.returncode:
            print(f"{' '.join(plan)}: {done.stderr.decode()}")
            continue
        answer = json.loads(done.stdout)
        begin = time.perf_counter()
        subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
        truth = time.perf_counter() - begin
        total = answer["total"]
        inside = total["low"] <= truth <= total["high"]
        held += inside
        print(
            f"{' '.join(size[:4] + plan[:2])}: rehearsed {answer['rehearsed_seconds']:.1f} s, "
            f"{total['value']:.1f} s ({total['low']:.1f} to {total['high']:.1f}), took {truth:.1f} s, "
            f"{'inside' if inside else 'OUTSIDE'}",
            flush=True,
        )
    print(f"{held} of {runs} totals inside the interval")


def main() -> None:
    """Run what is asked for; without an option the three ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--stress", action="store_true", help="rotate, truncate and kill at 10,000 lines/s")
    options.add_argument("--seconds", type=float, default=60.0, help="of the stress")
    options.add_argument("--blows", type=int, default=50, help="of the stress")
    options.add_argument("--rehearse", type=int, default=0, metavar="RUNS")
    asked = options.parse_args()
    if asked.stress:
        raise SystemExit(not stress(asked.seconds, 10_000.0, asked.blows))
    if asked.rehearse:
        rehearse(asked.rehearse)
        return
    track_cost()
    forecast_cost()
    watch_share()


if __name__ == "__main__":
    main()
