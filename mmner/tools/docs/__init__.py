"""What the documentation shows of dvc.yaml and of prepared examples, drawn from them so that it can't drift.

Reads: dvc.yaml, stages/, the artifacts of a preparation, the predictions of a run.
Writes: the parts of README.md and docs/architecture.md between markers, and pictures of examples as SVG.
"""
