"""Small statistics in pure Python: robust centres, warm-up, changes of speed, pauses, intervals, fusion."""
