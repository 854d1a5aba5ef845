"""Costs: what the preparation stages took, what a change would take, retrying failed rows, and garbage collection.

Reads: dvc.yaml and dvc.lock through DVC, artifacts under data/prepared, the row store. Writes: the row store, where
`retry` and `clean` delete what they have announced.
"""
