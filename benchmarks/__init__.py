"""Measurements: one run on one machine, ratios rather than absolute times, tables in benchmarks/results/."""
