"""What other systems say of a corpus's posts, scored as runs are: language models that tag, files of predictions.

Reads: `examples`, and of `gold` the tags of train alone, for examples that a prompt shows. Writes `tag.parquet`, one
row a post of the splits that are scored; stages/tag.py scores it as an evaluation does:

    {"id": "t1", "tags": ["O", "B-ORG", "I-ORG"], "unplaced": [], "error": null}

unplaced: labels of entities that no token can show, since the post does not have their text: predicted, and wrong.
"""
