"""What a probe measures, in which order: the pieces of a training step, and those of a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from traincast.probing.backend import Backend
from traincast.probing.clock import Action
from traincast.probing.host import Host
from traincast.probing.loader import batches, sequential
from traincast.workload import Workload

SQUARES = {
    "cpu": (256, 512, 1024),
    "cuda": (1024, 2048, 4096, 8192),
    "xpu": (1024, 2048, 4096),
    "mps": (512, 1024, 2048),
}
LAYERS = {
    "cpu": ((256, 64, 64), (768, 64, 128), (1024, 256, 128), (512, 64, 256), (1024, 128, 384)),
    "cuda": ((4096, 1024, 256), (8192, 1024, 512), (8192, 1024, 1024), (16384, 1024, 768)),
}
"""(tokens, tokens of a sequence, width) of the layers that are timed: wide and narrow, long and short"""
HEAD_DIM = 32
VOCAB = 256
LEAST_BUFFER = 64 * 2**20
CACHES = 8
"""a copy buffer is that many times the last cache: one that fits in it reads several times too fast"""
LARGEST_PRODUCT = 2e11
"""FLOP: larger products are timed with fewer rows, their rate is the same"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One thing to time: how to make it, what it is worth, and how much of the budget it may take."""

    kind: str
    make: Callable[[], Action | None]
    shape: dict[str, int] = field(default_factory=dict)
    precision: str | None = None
    form: str = ""
    work: float | None = None
    """FLOP or bytes of one call; `None` where the time itself is the answer"""
    unit: str = "s"
    purpose: str = "machine"
    """machine, or workload: at that workload's own shapes"""
    weight: float = 1.0
    """share of the budget, relative to the other pieces"""
    setup: float = 0.0
    """seconds that preparing it may take, which no clock bounds"""


def plan(backend: Backend, host: Host, workload: Workload | None, folder: Path) -> list[Piece]:
    """All pieces, the most telling first."""
    pieces = [copy_piece(backend, host), launch_piece(backend)]
    if workload is not None:
        pieces += workload_products(backend, workload)
        pieces += workload_layers(backend, workload)
    pieces += [square(backend, n, p) for p in backend.precisions for n in SQUARES[backend.kind]]
    pieces += layers(backend)
    pieces += [optimizer_piece(backend, millions) for millions in (1, 8)]
    pieces += [attention_piece(backend, t, p) for p in backend.precisions if p != "tf32" for t in (64, 512)]
    pieces += [pointwise_piece(backend, p) for p in backend.precisions if p != "tf32"]
    pieces += loading(workload, folder)
    return pieces


def copy_piece(backend: Backend, host: Host) -> Piece:
    """A copy that no cache can serve."""
    cache = (host.last_cache_bytes or 32e6) if backend.kind == "cpu" else 64 * 2**20
    size = int(max(LEAST_BUFFER, CACHES * cache))
    if host.memory_bytes:
        size = min(size, int(host.memory_bytes / 16))
    size -= size % 4096
    return Piece(
        kind="copy", make=lambda: backend.copy(size), shape={"bytes": size}, work=2.0 * size, unit="byte/s", weight=2
    )


def launch_piece(backend: Backend) -> Piece:
    """The cost of asking for one operation."""
    return Piece(kind="launch", make=backend.launch)


def product(
    backend: Backend, m: int, n: int, k: int, precision: str, form: str = "nn", *, purpose: str = "machine"
) -> Piece:
    """A matrix product; where it would take too long, with fewer tokens: rows, or the inner size of a gradient."""
    if form == "tn":
        k = max(min(k, 256), min(k, int(LARGEST_PRODUCT / (2 * n * m))))
    else:
        m = max(min(m, 256), min(m, int(LARGEST_PRODUCT / (2 * n * k))))
    return Piece(
        kind="matmul",
        make=lambda: backend.matmul(m, n, k, precision, form),
        shape={"m": m, "n": n, "k": k},
        precision=precision,
        form=form,
        work=2.0 * m * n * k,
        unit="FLOP/s",
        purpose=purpose,
    )


def square(backend: Backend, n: int, precision: str) -> Piece:
    """A product of the grid."""
    return product(backend, n, n, n, precision)


def workload_products(backend: Backend, w: Workload) -> list[Piece]:
    """Products of one layer and of the head: forward, gradient of the input, gradient of the weight."""
    if not (w.d_model and w.seq_len and w.micro_batch):
        return []
    tokens, d, wide = w.micro_batch * w.seq_len, w.d_model, w.d_ff or 4 * w.d_model
    precision = precision_of(backend, w)
    pairs = {(3 * d, d), (d, d), (wide, d), (d, wide), (w.vocab or VOCAB, d)}
    forms = [
        shape for n, k in sorted(pairs) for shape in ((tokens, n, k, "nt"), (tokens, k, n, "nn"), (n, k, tokens, "tn"))
    ]
    return [product(backend, m, n, k, precision, form, purpose="workload") for m, n, k, form in forms]


def precision_of(backend: Backend, w: Workload) -> str:
    """The precision to measure `w` in: its own where the backend has it."""
    return w.precision if w.precision in backend.precisions else backend.precisions[0]


def layer_piece(
    backend: Backend, tokens: int, length: int, width: int, heads: int, precision: str, purpose: str = "machine"
) -> Piece:
    """A whole layer, forward and backward: its products, attention and element-wise work."""
    batch = max(1, tokens // length)
    return Piece(
        kind="layer",
        make=lambda: backend.layer(batch, length, width, heads, precision),
        shape={"batch": batch, "tokens": length, "width": width, "heads": heads},
        precision=precision,
        purpose=purpose,
        weight=1.5,
    )


def head_piece(
    backend: Backend, tokens: int, width: int, vocab: int, precision: str, purpose: str = "machine"
) -> Piece:
    """The last norm, the output head and the loss, forward and backward."""
    return Piece(
        kind="head",
        make=lambda: backend.head(tokens, width, vocab, precision),
        shape={"tokens": tokens, "width": width, "vocab": vocab},
        precision=precision,
        purpose=purpose,
    )


def layers(backend: Backend) -> Iterator[Piece]:
    """Layers and heads of several sizes, from which those of other sizes follow."""
    shapes = LAYERS.get(backend.kind, LAYERS["cuda"])
    for precision in backend.precisions:
        for tokens, length, width in shapes:
            yield layer_piece(backend, tokens, length, width, max(1, width // HEAD_DIM), precision)
        for vocab in (VOCAB, 16 * VOCAB):
            yield head_piece(backend, 512, 256, vocab, precision)


def workload_layers(backend: Backend, w: Workload) -> list[Piece]:
    """The layer and the head of `w` itself, with fewer sequences where one call would take too long."""
    if not (w.d_model and w.seq_len and w.micro_batch and w.n_head):
        return []
    d, vocab, precision = w.d_model, w.vocab or VOCAB, precision_of(backend, w)
    fits = int(LARGEST_PRODUCT / (72 * d * d + 6 * vocab * d) / w.seq_len)
    tokens = max(1, min(w.micro_batch, fits)) * w.seq_len
    return [
        layer_piece(backend, tokens, w.seq_len, d, w.n_head, precision, "workload"),
        head_piece(backend, tokens, d, vocab, precision, "workload"),
    ]


def optimizer_piece(backend: Backend, millions: int) -> Piece:
    """An optimizer step on some million weights."""
    parameters = millions << 20
    return Piece(kind="optimizer", make=lambda: backend.optimizer(parameters), shape={"parameters": parameters})


def attention_piece(backend: Backend, tokens: int, precision: str) -> Piece:
    """Causal attention in sequences of `tokens`, forward and backward: 3.5 times 4 T^2 h / 2 FLOP a head."""
    heads, size = (4, 64) if backend.kind == "cpu" else (12, 64)
    batch = max(1, (1024 if backend.kind == "cpu" else 8192) // tokens)
    return Piece(
        kind="attention",
        make=lambda: backend.attention(batch, heads, tokens, size, precision),
        shape={"batch": batch, "heads": heads, "tokens": tokens, "head_dim": size},
        precision=precision,
        work=3.5 * 2.0 * batch * heads * tokens * tokens * size,
        unit="FLOP/s",
    )


def pointwise_piece(backend: Backend, precision: str) -> Piece:
    """Norm and activation, forward and backward: ten elements moved for each."""
    size = 1 << 20 if backend.kind == "cpu" else 1 << 26
    element = 4 if precision == "fp32" else 2
    return Piece(
        kind="pointwise",
        make=lambda: backend.pointwise(size, precision),
        shape={"elements": size},
        precision=precision,
        work=10.0 * size * element,
        unit="byte/s",
    )


def loading(w: Workload | None, folder: Path) -> list[Piece]:
    """Reading from disk, and the batches of a trainer from a file of tokens."""
    sequences, tokens = (w.micro_batch or 8, w.seq_len or 1024) if w else (8, 1024)
    size = 32 << 20
    return [
        Piece(
            kind="disk",
            make=lambda: sequential(folder, size),
            shape={"bytes": size},
            work=float(size),
            unit="byte/s",
            setup=1.0,
        ),
        Piece(
            kind="loader",
            make=lambda: batches(folder, size, sequences, tokens),
            shape={"sequences": sequences, "tokens": tokens},
            work=float(sequences),
            unit="sample/s",
            setup=1.0,
        ),
    ]
