"""The verbs as functions."""

from __future__ import annotations
