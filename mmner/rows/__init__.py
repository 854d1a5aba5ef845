"""Computing rows, storing them and sharing them: what every stage does with its backend."""
