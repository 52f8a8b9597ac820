"""Benchmarks: one make target each, a progress bar, a table, and one JSON object as the last line."""
