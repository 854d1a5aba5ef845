"""The documentation: what of it is generated, and whether its links lead anywhere; Zensical makes the site of it.

Reads: dvc.yaml, stages/, Params classes, parsers and schemas, artifacts of a preparation, the predictions of a run.
Writes: the parts of README.md and docs/architecture.md between markers, docs/reference, pictures of examples as SVG.
"""
