"""What traincast itself costs, as ratios measured in one run."""
