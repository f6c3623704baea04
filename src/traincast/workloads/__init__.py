"""Workloads from presets, files and keys: `resolve.resolve` and `resolve.load`."""
