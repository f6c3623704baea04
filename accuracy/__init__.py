"""What traincast says against what was measured."""
