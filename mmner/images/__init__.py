"""Images from a wiki for sentences that have none (IAC searched the web for CrossNER's).

No gold is read here: the lines of tags are copied into the new corpus as they are.

Reads: the posts of a corpus, examples and candidates of a preparation of it. Writes: a corpus, and `images.parquet`,
in its folder too, one row an example:

    {"id": "train-7", "image": "9f2c….jpg", "licence": "CC BY-SA 4.0", "author": "A. Keeper", "url":
     "https://commons.wikimedia.org/wiki/File:Hive.jpg", "title": "File:Hive.jpg", "found_by": "article: Honey",
     "address": "https://upload.wikimedia.org/…/500px-Hive.jpg", "error": None}

`found_by`: `article: ` and the title of a candidate's article, `candidate: ` and the candidate that was searched for,
or `words: ` and the sentence's words that were searched for. `address`: of the downloaded file.
"""
