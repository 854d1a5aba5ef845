"""Corpora: raw posts with their tags become examples and gold, every oddity read on purpose or named.

Reads: `data/raw/<corpus>/`, one file a split: columns (`IMGID:<image>` line, then `token<TAB or SPACE>tag`, a blank
line between posts) or JSON (an object a post: tokens, tags, and optionally id, image, domain). What a file is, its
content says (split_files, dialect); its tags become IOB2 (tagging).
Writes: `examples.parquet`, one row a post, and `gold.parquet` with the label inventory in its metadata.

    {"id": "train-0", "split": "train", "domain": "town", "language": "en", "tokens": ["At", "Mira", "'s"],
     "image": "shop.jpg", "image_sha256": "9f2c…", "source": "train.txt:1", "error": None}
    {"id": "train-0", "tags": ["O", "B-ORG", "O"]}
"""
