"""The papers' tables, published numbers beside ours, and what does not add up in the published ones.

Reads: `mmner/catalogue/published/` (every printed cell), `data/runs/<run>/metrics.json` and `predictions.parquet` of
the named experiments, corpora for what the papers count, and tables that were written before. Writes a Markdown and a
CSV file a table.
"""
