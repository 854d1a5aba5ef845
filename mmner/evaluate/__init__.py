"""Scores of a trained run on the test split, nothing of which was tuned to.

Reads a model, the preparation it was trained on, `gold`. Writes `predictions.parquet`, one row a test example,
`metrics.json`, one flat object, so that `dvc metrics show` is a row a run, and `types.json` for `dvc plots`:

    {"id": "t1", "tokens": ["Marlow"], "gold": ["B-ORG"], "predicted": ["B-ORG"], "confidence": [0.98]}
    {"f1": 0.84, "precision": 0.85, "recall": 0.83, "low": 0.79, "high": 0.88, "default_f1": 0.84, "ORG_f1": 0.81, ...}
    [{"type": "ORG", "f1": 0.81, "precision": 0.8, "recall": 0.82, "support": 63}, ...]
"""
