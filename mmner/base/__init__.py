"""Code that knows nothing of named entities: errors, params.yaml, files, interpreters, DVC's own files."""
