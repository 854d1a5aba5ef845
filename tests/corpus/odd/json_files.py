"""JSON, by content and not by name."""

import json

from tests.corpus.odd.cases import AT_MIRA, MIRA_SINGS, POST, Read, Refused, rows

READ = {
    "a JSON array": Read(json.dumps(rows(*AT_MIRA)), AT_MIRA, suffix="json"),
    "a JSON array named jsonl": Read(json.dumps(rows(*AT_MIRA, *MIRA_SINGS)), AT_MIRA + MIRA_SINGS, suffix="jsonl"),
    "a JSON array over lines": Read(
        json.dumps(rows(*AT_MIRA, *MIRA_SINGS), indent=1), AT_MIRA + MIRA_SINGS, suffix="json"
    ),
    "JSON Lines named json": Read(
        "\n".join(map(json.dumps, rows(*AT_MIRA, *MIRA_SINGS))), AT_MIRA + MIRA_SINGS, suffix="json"
    ),
    "JSON Lines named txt": Read("\n".join(map(json.dumps, rows(*AT_MIRA))), AT_MIRA),
    "a JSON array named txt": Read(json.dumps(rows(*AT_MIRA)), AT_MIRA),
    "JSON objects over lines": Read(
        "\n".join(json.dumps(row, indent=1) for row in rows(*AT_MIRA, *MIRA_SINGS)),
        AT_MIRA + MIRA_SINGS,
        suffix="jsonl",
    ),
    "JSON Lines in UTF-16": Read(
        json.dumps(rows(*AT_MIRA)[0]).encode("utf-16"), AT_MIRA, suffix="jsonl", note="UTF-16"
    ),
    "a whole emoji in JSON's escapes": Read(
        '{"tokens": ["At", "\\ud83d\\ude00"], "tags": ["O", "B-ORG"]}', [(["At", "😀"], ["O", "B-ORG"])], suffix="jsonl"
    ),
    "a document mark in JSON": Read(
        "\n".join(map(json.dumps, rows((["-DOCSTART-"], ["O"]), *AT_MIRA))), AT_MIRA, suffix="jsonl"
    ),
    "a token that begins as JSON does": Read("[ O\n{ O\nMira B-ORG\n", [(["[", "{", "Mira"], ["O", "O", "B-ORG"])]),
}
REFUSED = {
    "a list of images in JSON": Refused(
        json.dumps(rows(*AT_MIRA)[0] | {"image": ["a.png", "b.png"]}),
        "bad-post",
        1,
        "one image",
        AT_MIRA,
        json.dumps(rows(*AT_MIRA)[0] | {"image": "a.png"}),
        suffix="jsonl",
    ),
    "numbers for tags in JSON": Refused(
        '{"id": "0", "tokens": ["At", "Mira"], "ner_tags": [0, 3]}',
        "bad-post",
        1,
        "by their names",
        AT_MIRA,
        '{"tokens": ["At", "Mira"], "tags": ["O", "B-ORG"]}',
        suffix="jsonl",
    ),
    "ner_tags": Refused(
        '{"tokens": ["At", "Mira"], "ner_tags": ["O", "B-ORG"]}',
        "bad-post",
        1,
        "call the key ner_tags tags",
        AT_MIRA,
        '{"tokens": ["At", "Mira"], "tags": ["O", "B-ORG"]}',
        suffix="jsonl",
    ),
    "spans in JSON": Refused(
        '{"tokenized_text": ["At", "Mira"], "ner": [[1, 1, "ORG"]]}',
        "bad-post",
        1,
        "corpus import",
        AT_MIRA,
        '{"tokens": ["At", "Mira"], "tags": ["O", "B-ORG"]}',
        suffix="jsonl",
    ),
    "half a character in JSON": Refused(
        '{"tokens":["nice","\\ud83d"],"tags":["O","B-PER"]}',
        "bad-json",
        1,
        "take it out",
        [(["nice", "x"], ["O", "B-PER"])],
        '{"tokens":["nice","x"],"tags":["O","B-PER"]}',
        suffix="jsonl",
    ),
    "half a character in an id": Refused(
        '{"tokens":["x"],"tags":["B-PER"],"id":"\\uDCFF"}',
        "bad-json",
        1,
        "take it out",
        [(["x"], ["B-PER"])],
        '{"tokens":["x"],"tags":["B-PER"]}',
        suffix="jsonl",
    ),
    "half a character in an image": Refused(
        '{"tokens":["x"],"tags":["B-PER"],"image":"\\udcff.png"}',
        "bad-json",
        1,
        "take it out",
        [(["x"], ["B-PER"])],
        '{"tokens":["x"],"tags":["B-PER"]}',
        suffix="jsonl",
    ),
    "half a character in a domain": Refused(
        '[{"tokens":["x"],"tags":["B-PER"],"domain":"\\udcff"}]',
        "bad-json",
        1,
        "take it out",
        [(["x"], ["B-PER"])],
        '{"tokens":["x"],"tags":["B-PER"]}',
        suffix="json",
    ),
    "a number of 6,000 digits": Refused(
        f'{{"tokens":["x"],"tags":["B-PER"],"id":{"9" * 6000}}}',
        "bad-json",
        1,
        "write it in quotes if it is an id",
        [(["x"], ["B-PER"])],
        '{"tokens":["x"],"tags":["B-PER"]}',
        suffix="jsonl",
    ),
    "a number of 6,000 digits in an array": Refused(
        f'[{{"tokens":["x"],"tags":["B-PER"],"id":{"9" * 6000}}}]',
        "bad-json",
        1,
        "write it in quotes if it is an id",
        [(["x"], ["B-PER"])],
        '{"tokens":["x"],"tags":["B-PER"]}',
        suffix="json",
    ),
    "JSON without end": Refused(
        '[{"tokens":["x"],"tags":["B-PER"]},\n',
        "bad-json",
        1,
        "get the whole file",
        [(["x"], ["B-PER"])],
        '[{"tokens":["x"],"tags":["B-PER"]}]',
        suffix="json",
    ),
    "JSON too deep": Refused(
        '{"tokens":' + "[" * 100_000,
        "bad-json",
        1,
        "take out what is nested so deep",
        [(["x"], ["B-PER"])],
        '{"tokens":["x"],"tags":["B-PER"]}',
        suffix="jsonl",
    ),
    "a key twice": Refused(
        '{"tokens":["x"],"tags":["B-PER"],"tags":["O"]}',
        "bad-json",
        1,
        "keep one of the two",
        [(["x"], ["B-PER"])],
        '{"tokens":["x"],"tags":["B-PER"]}',
        suffix="jsonl",
    ),
    "a NUL in an array": Refused(
        '[{"tokens":["x"],"tags":["B-PER"],"domain":"a\\u0000b"}]',
        "bad-json",
        1,
        "take it out",
        [(["x"], ["B-PER"])],
        '[{"tokens":["x"],"tags":["B-PER"],"domain":"ab"}]',
        suffix="json",
    ),
    "columns named jsonl": Refused(
        POST,
        "bad-json",
        1,
        "another name, such as train.txt",
        AT_MIRA,
        {"splits": {"train": "new.txt", "dev": "new.txt", "test": "new.txt"}},
        suffix="jsonl",
    ),
}
