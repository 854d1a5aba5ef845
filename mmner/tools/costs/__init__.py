"""Costs: what the preparation stages took, what a change would take, and asking failed rows again.

Reads: dvc.yaml and dvc.lock through DVC, artifacts under data/prepared, the row store. Writes: nothing but what `retry`
and `clean` say before they do it.
"""
