"""What the documentation shows of dvc.yaml and of prepared examples, drawn from them so that it can't drift.

Reads: dvc.yaml, stages/, the artifacts of a preparation, the predictions of a run.
Writes: the README's parts between markers, and pictures of examples as SVG.
"""
