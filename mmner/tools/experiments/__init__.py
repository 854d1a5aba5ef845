"""Named experiments: a paper's table as preparations and runs of params.yaml, for one of two profiles.

Reads: `mmner/catalogue/experiments/<name>.yaml` (which rows, corpora, seeds), `rows.yaml` there (what each row of the
papers means), `profiles/<profile>.yaml` (the engines), and the catalogue's corpora. Block of runs in a definition:

    {corpora: [twitter2017], rows: [wo-crc], seeds: [1, 2, 3], train: twitter2017, from: iac-conll2003-s1}

becomes the runs iac4-twitter2017-wo-crc-s1, -s2 and -s3.
"""
