"""Files that traincast reads: the presets of Acme."""
