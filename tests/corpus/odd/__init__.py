"""Odd files that corpora come as: those that are read, with what they hold, and those that are refused."""

from tests.corpus.odd import columns, encodings, formats, json_files, tags

READ = columns.READ | encodings.READ | json_files.READ | formats.READ | tags.READ
REFUSED = columns.REFUSED | encodings.REFUSED | json_files.REFUSED | formats.REFUSED | tags.REFUSED
