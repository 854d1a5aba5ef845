"""Training one run of the fused model.

Reads: examples, gold, captions, candidates, knowledge, chains, regions, features of a preparation. Writes: a model
folder (`model.safetensors`, `model.json`, `encoder/`) and live metrics, a row a step or an epoch:
`{"step": 211, "train/loss": 3.2, "dev/f1": 0.78}`.
"""
