"""Workloads from presets, files and keys."""

from traincast.workloads.resolve import load, resolve

__all__ = ["load", "resolve"]
