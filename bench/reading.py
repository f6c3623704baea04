"""What reading a large log costs, against one bare pattern over the same bytes: `python -m bench.reading
[MEGABYTES]`.

Each figure comes from a process of its own, so that memory is that of the reading alone; rounds alternate, so that a
drift cancels.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MEGABYTES = 1000
ROUNDS = 3
TARGETS = {"ratio": 1.5, "memory": 300.0, "sniffing": 50.0}
BARE = """
import json, mmap, re, sys, time
pattern = re.compile(rb"iter (\\d+): loss ([\\d.]+), time ([\\d.]+)ms, mfu (-?[\\d.]+)%")
with open(sys.argv[1], "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
    data.read(1)
    begin = time.perf_counter()
    lines = sum(1 for _ in pattern.finditer(data))
    print(json.dumps({"seconds": time.perf_counter() - begin, "lines": lines}))
"""
READING = """
import json, resource, sys, time
from traincast.reading import read_logs
begin = time.perf_counter()
log, = read_logs(sys.argv[1])
seconds = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak": peak, "last": log.points[-1].step, "points": len(log.points)}))
"""
SNIFFING = """
import json, sys, time
from traincast.reading.sniff import sniff
from traincast.reading.named import open_sources
begin = time.perf_counter()
verdict, _ = sniff(open_sources(sys.argv[1])[0].blocks())
print(json.dumps({"ms": (time.perf_counter() - begin) * 1e3, "dialect": verdict.dialect.name}))
"""


def write(path: Path, megabytes: int) -> int:
    """Write a nanoGPT log of about that size, an evaluation every 2000 iterations; returns the last iteration."""
    size, i = megabytes * 10**6, 0
    with path.open("w", encoding="utf-8") as file:
        written = file.write("tokens per iteration will be: 16,384\nmax_iters = 100000000\n")
        while written < size:
            lines = []
            for _ in range(20_000):
                if i % 2000 == 0:
                    lines.append(f"step {i}: train loss 4.2461, val loss 4.2432\nsaving checkpoint to out\n")
                loss, ms, mfu = 4 - i % 3571 * 1e-3, 180 + i % 997 * 1e-2, 40 - i % 89 * 1e-2
                lines.append(f"iter {i}: loss {loss:.4f}, time {ms:.2f}ms, mfu {mfu:.2f}%\n")
                i += 1
            written += file.write("".join(lines))
    return i - 1


def child(program: str, path: Path) -> dict[str, float]:
    """What a program of its own prints about `path`."""
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(megabytes: int = MEGABYTES) -> None:
    """Print ratio, memory and sniffing time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nanogpt.log"
        begin = time.perf_counter()
        last = write(path, megabytes)
        print(f"wrote {path.stat().st_size / 1e6:.0f} MB in {time.perf_counter() - begin:.0f} s")
        pairs = [(child(READING, path), child(BARE, path)) for _ in range(ROUNDS)]
        assert all(ours["last"] == last for ours, _ in pairs)
        ratio = statistics.median(ours["seconds"] / bare["seconds"] for ours, bare in pairs)
        ours, bare = (statistics.median(one["seconds"] for one in column) for column in zip(*pairs, strict=True))
        print(f"read: {ours:.2f} s, one bare pattern: {bare:.2f} s, ratio {ratio:.2f} (at most {TARGETS['ratio']})")
        print(f"peak memory: {max(one['peak'] for one, _ in pairs):.0f} MB (under {TARGETS['memory']:.0f})")
        sniffing = statistics.median(child(SNIFFING, path)["ms"] for _ in range(ROUNDS))
        print(f"sniffing all dialects: {sniffing:.0f} ms (under {TARGETS['sniffing']:.0f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES)
