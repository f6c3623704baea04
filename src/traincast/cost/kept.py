"""Bytes that a layer keeps for its backward pass, tensor by tensor, and what a micro-step needs beside them.

Per token; e bytes an element of a product, w bytes an element of the residual stream (4 under autocast).

| tensor | bytes |
| --- | --- |
| two norms: input and output | 2 (w + e) d, and what a norm written in Python keeps |
| queries, keys, values; output; a sum a head | e (q + 2 kv) + e q + 4 H; kv is q where keys are repeated |
| score matrix, where it is written | (softmax in 4 bytes, copy in e) H T |
| feed-forward: before and after the activation | e 2 F; gated e 4 F |
| dropout | a byte each of 2 d and H T |

Compiled, the same is kept but for what a norm in Python and the two halves of a gate leave behind: whatever a product
reads must be written anyway, so the partitioner of AOTAutograd does not compute it again. Counted with
saved_tensors_hooks on torch 2.13 (accuracy/peaks_here.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from traincast.cost.shape import Array, Shape

COMPILED_GATED = 3.0
"""feed-forward widths kept where compiled and gated: both halves and their product"""
COMPILED_LOGIT, COMPILED_WIDE_LOGIT = 6.0, 12.0
"""bytes of a logit at the peak of a compiled loss, 16-bit and 32-bit: logits, their gradient, one of them again"""
HOST_LOGIT, HOST_SCORES = 14.0, 2.0
"""bytes of a logit, and of a kept probability, on a CPU: autocast there runs the loss in fp32, softmax in 16 bits"""
WIDE_LOGIT = 16.0
"""bytes of a logit at the peak in 32 bits: logits, log-softmax, gradients of both"""
SOFTMAX = 4.0
"""bytes of a kept probability: softmax runs in fp32"""
SCORES_AT_WORK = 12.0
"""bytes of a score that the backward pass of one layer holds beside what is kept: gradients before and after softmax"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How tensors are kept; every field broadcasts."""

    e: Array
    """bytes of an element of a product"""
    w: Array
    """bytes of an element of the residual stream"""
    compiled: Array
    """probability that element-wise work is compiled"""
    naive: Array
    """probability that scores are written and kept"""
    dropout: Array
    """probability that dropout is on"""
    norm: Array
    """further bytes an element of a norm keeps"""
    gated: Array
    """feed-forward widths kept where gated"""
    plain: Array
    """feed-forward widths kept where not"""
    qkv: Array
    """how many copies of queries, keys and values"""
    scores: Array
    """bytes of a probability that is written and kept in a 16-bit run"""
    casts: Array
    """further 16-bit copies of a norm's output: one for each product that reads it, where gated"""
    expanded: Array
    """share of layers that repeat grouped keys and values for every head: 1 or 0"""
    tp: Array
    """ranks of tensor parallelism"""
    norms_over: Array
    """ranks that norms and residuals are split over: tp with sequence parallelism, else 1"""
    inputs_over: Array
    """ranks that the inputs of products are split over"""


def attention_bytes(s: Shape, k: Keeping) -> Array:
    """Of the attention of one layer, a token, all ranks of tensor parallelism together."""
    read = s.q + 2 * np.where(k.expanded > 0, s.q, s.kv)
    fused = k.e * (k.qkv * read + s.q) + 4 * s.H
    dropped = np.where(k.scores >= SOFTMAX + k.e, 1.0, 1.0 + k.e)  # a mask, and what is left of kept probabilities
    eager = np.where(k.e >= 4, SOFTMAX, k.scores) + k.dropout * dropped
    written = k.compiled * (k.e + k.dropout) + (1 - k.compiled) * eager
    return np.asarray(fused + k.naive * written * s.H * s.T)


def feed_bytes(s: Shape, k: Keeping) -> Array:
    """Of the feed-forward of one layer, a token, experts at work together."""
    gated = k.compiled * COMPILED_GATED + (1 - k.compiled) * k.gated
    inner = k.e * s.k * s.F * np.where(s.g > 1, gated, k.plain)
    sent = np.where(s.E > 1, 2 * k.e * s.k * s.d, 0.0)  # tokens copied to their experts and back
    return np.asarray(inner + sent)


def layer_bytes(s: Shape, k: Keeping) -> Array:
    """Of one layer, a token, on one rank of tensor parallelism."""
    python = np.where(s.g > 1, 1 - k.compiled, 0.0)
    streams = 2 * s.d * (k.w + python * k.norm + k.dropout) / k.norms_over
    inputs = s.d * k.e * (2 + python * k.casts * (k.w > k.e)) / k.inputs_over
    return np.asarray(streams + inputs + (attention_bytes(s, k) + feed_bytes(s, k)) / k.tp)


def working_bytes(s: Shape, k: Keeping) -> Array:
    """What the backward pass of one layer holds for a moment beside what is kept, a token, on one rank."""
    feed = k.e * s.k * s.F * (1 + s.g) / k.tp + 2 * k.w * s.d / k.norms_over
    scores = k.naive * (1 - 0.5 * k.compiled) * SCORES_AT_WORK * s.H * s.T / k.tp
    return np.asarray(np.maximum(feed, scores))
