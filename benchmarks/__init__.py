"""Benchmarks of the pipeline: `python -m benchmarks` prints every figure of one run as a table."""
