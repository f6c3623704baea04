"""What training costs: FLOP, bytes, seconds as pure functions that broadcast over NumPy arrays."""
