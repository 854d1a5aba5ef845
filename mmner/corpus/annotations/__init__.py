"""Annotated posts as other tools give them: Label Studio, Prodigy, spaCy, doccano, datasets' Parquet, columns."""
