"""Benchmarks: `make bench` prints one JSON object a line; see `__main__`."""
