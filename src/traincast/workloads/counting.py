"""Any torch module counted: its parameters exactly, its FLOP, and what its training keeps, without running it.

The module runs on fake tensors, which have shapes and no data: nothing is computed and no memory is taken, whatever its
size. Needs torch (`pip install ".[torch]"`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from traincast.errors import TraincastError, UsageError, WorkloadError
from traincast.workload import Workload


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What a module does with one batch; `samples` is the first length of the first input."""

    parameters: int
    """all weights, a tied one once"""
    trained: int
    """those that need a gradient"""
    samples: int
    forward_flops: float
    """FLOP of the products and convolutions of one forward pass of the batch; a multiply-add is two"""
    training_flops: float
    """of forward and backward"""
    kept_values: float
    """how many values autograd keeps for the backward pass, weights left out"""
    written_values: float
    """how many values the operators of the forward pass write; views are free"""
    operators: int
    """calls that write something, in the forward pass"""


def counted(module: Any, *inputs: Any, **named: Any) -> Counted:
    """Counts of one forward and backward pass of `module` on `inputs`: tensors, on any device or on `meta`.

    The module is not changed and none of its weights are read. Raises UsageError without torch, WorkloadError
    where the module does not run on these inputs or its work depends on their values.
    """
    torch = _torch()
    if not isinstance(module, torch.nn.Module):
        raise WorkloadError("{kind} is no torch module", hint="give a torch.nn.Module", kind=type(module).__name__)
    try:
        return _counted(torch, module, inputs, named)
    except TraincastError:
        raise
    except Exception as error:
        line = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise WorkloadError(
            "{kind} cannot be counted on these inputs: {line}",
            hint="inputs must be as in training; work that depends on the values of tensors is not counted",
            kind=type(module).__name__,
            line=line[:160],
        ) from error


def counted_workload(module: Any, inputs: Sequence[Any] | Any, **keys: Any) -> Workload:
    """A workload of `module` on a micro-batch of `inputs` (a tensor, or a sequence of them), with `keys` over it.

    Its FLOP, parameters and kept bytes are counted; `precision`, `optimizer`, `grad_accum` and the like are `keys`.
    """
    from traincast.workloads.resolve import resolve

    given = inputs if isinstance(inputs, list | tuple) else (inputs,)
    named = dict(inputs) if isinstance(inputs, Mapping) else {}
    found = counted(module, **named) if named else counted(module, *given)
    values = {
        "model": type(module).__name__, "arch": "other", "params_total": found.parameters,
        "micro_batch": found.samples, "forward_flops": found.forward_flops / found.samples,
        "forward_values": found.written_values / found.samples, "kept_values": found.kept_values / found.samples,
    }  # fmt: skip
    return resolve(values, **keys)[0]


def counted_factory(name: str, **keys: Any) -> Workload:
    """The workload of what `PACKAGE.MODULE:FACTORY` returns: a torch module and the inputs of a micro-batch.

    This imports and calls the code that is named, with the working directory on the path; nothing else here does.
    Raises UsageError where it cannot be imported, fails, or returns something else.
    """
    import importlib
    import sys

    place, _, attribute = name.partition(":")
    if not (place and attribute):
        raise UsageError(
            "{name!r} names no factory", hint="PACKAGE.MODULE:FACTORY, as in mycode.nets:small_unet", name=name[:80]
        )
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        made = getattr(importlib.import_module(place), attribute)()
    except Exception as error:
        raise UsageError(
            "{name} failed: {kind}: {reason}",
            hint="it must run without arguments",
            name=name[:80],
            kind=type(error).__name__,
            reason=str(error)[:160],
        ) from error
    if not isinstance(made, tuple) or len(made) != 2:
        raise UsageError("{name} returned no pair", hint="return the module and its inputs", name=name[:80])
    return counted_workload(*made, **keys)


def _torch() -> Any:
    """torch. Raises UsageError."""
    try:
        import torch
    except ImportError:
        raise UsageError("torch is not installed", hint='pip install "traincast[torch]"') from None
    return torch


def _counted(torch: Any, module: Any, inputs: tuple[Any, ...], named: dict[str, Any]) -> Counted:
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.utils.flop_counter import FlopCounterMode

    fake = FakeTensorMode(allow_non_fake_inputs=True)
    weights = _faked(torch, fake, dict(_named_once(module)))
    given, by_name = _faked(torch, fake, inputs), _faked(torch, fake, named)
    first = next(t for t in _tensors(torch, (inputs, named)))

    def forward() -> Any:
        return torch.func.functional_call(module, weights, given, by_name, tie_weights=True)

    trained = sum(p.numel() for p in module.parameters() if p.requires_grad)
    kept, written = _Kept(torch, weights), _written(torch)
    with ExitStack() as stack:
        stack.enter_context(fake)
        stack.enter_context(torch.random.fork_rng(devices=[]))
        with written, kept.hooks():
            forward()
        # attention as products, so that every kernel of it is counted alike
        stack.enter_context(torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH))
        with FlopCounterMode(display=False) as counter:
            loss = _loss(torch, forward())
            ahead = counter.get_total_flops()
            if loss is not None:
                loss.backward()
        whole = counter.get_total_flops()
    return Counted(
        parameters=sum(p.numel() for p in module.parameters()), trained=trained, samples=int(first.shape[0]),
        forward_flops=float(ahead), training_flops=float(whole), kept_values=float(kept.values),
        written_values=float(written.values), operators=written.calls,
    )  # fmt: skip


def _named_once(module: Any) -> list[tuple[str, Any]]:
    """Parameters and buffers by name, a tied one once."""
    return [*module.named_parameters(), *module.named_buffers()]


def _faked(torch: Any, fake: Any, value: Any) -> Any:
    """`value` with every tensor in it replaced by a fake one on the CPU, of the same shape and type."""
    if isinstance(value, torch.Tensor):
        with fake:
            made = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="cpu")
        if isinstance(value, torch.nn.Parameter):
            return torch.nn.Parameter(made, requires_grad=value.requires_grad)
        return made.requires_grad_(value.requires_grad)
    if isinstance(value, Mapping):
        return {key: _faked(torch, fake, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_faked(torch, fake, inner) for inner in value)
    return value


def _tensors(torch: Any, value: Any) -> list[Any]:
    """All tensors in nested values; of records their attributes' values."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [t for inner in value for t in _tensors(torch, inner)]
    return []


def _loss(torch: Any, output: Any) -> Any:
    """What the backward pass begins at: the one scalar among the outputs, else the sum of them all."""
    found = [t for t in _tensors(torch, output) if t.requires_grad and t.is_floating_point()]
    scalars = [t for t in found if t.numel() == 1]
    if scalars:
        return scalars[0].sum()
    return sum(t.sum() for t in found) if found else None


class _Kept:
    """Values in storages that autograd keeps, each once, weights left out; a value is four bytes, a mark a quarter."""

    def __init__(self, torch: Any, weights: Mapping[str, Any]) -> None:
        self.torch, self.values = torch, 0.0
        self.seen = {t.untyped_storage()._cdata for t in weights.values()}
        self.alive: list[Any] = []

    def hooks(self) -> Any:
        """The context in which what is kept is counted."""
        return self.torch.autograd.graph.saved_tensors_hooks(self.pack, lambda tensor: tensor)

    def pack(self, tensor: Any) -> Any:
        """Count the storage of `tensor`."""
        storage = tensor.untyped_storage()
        if storage._cdata not in self.seen:
            self.seen.add(storage._cdata)
            self.alive.append(storage)  # so that no other takes its place
            self.values += storage.nbytes() / max(4, tensor.element_size())
        return tensor


def _written(torch: Any) -> Any:
    """A mode that adds up what operators write."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Written(TorchDispatchMode):  # type: ignore[misc]
        values, calls = 0, 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            out = func(*args, **(kwargs or {}))
            if not func.is_view and (made := _tensors(torch, out)):
                self.values += sum(t.numel() for t in made)
                self.calls += 1
            return out

    return Written()
