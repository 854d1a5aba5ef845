"""Predictions of other systems beside a run's: the same gold, the same scorer, the same bootstrap.

Reads: `data/runs/<run>/predictions.parquet`, or a preparation's `examples` and `gold`, and files of predictions.
"""
