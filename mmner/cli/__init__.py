"""The commands of `python -m mmner`, one module each."""
