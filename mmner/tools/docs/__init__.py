"""The parts of the documentation that are generated from dvc.yaml and from prepared examples.

Reads: dvc.yaml, stages/, the artifacts of a preparation, the predictions of a run.
Writes: the parts of README.md and docs/architecture.md between markers, and pictures of examples as SVG.
"""
