from mmner.ner import iob


def test_spans_are_read_strictly():
    assert iob.spans(["B-PER", "I-PER", "O", "B-LOC"]) == [(0, 2, "PER"), (3, 4, "LOC")]
    assert iob.spans(["B-PER", "B-PER"]) == [(0, 1, "PER"), (1, 2, "PER")]
    assert iob.spans(["O", "I-PER", "I-PER"]) == []
    assert iob.spans(["B-PER", "I-LOC", "I-PER"]) == [(0, 1, "PER")]
    assert iob.spans([]) == []


def test_a_label_may_hold_a_hyphen():
    assert iob.spans(["B-film-director", "I-film-director"]) == [(0, 2, "film-director")]


def test_violations_are_found_and_repair_leaves_none():
    sequence = ["I-PER", "I-PER", "O", "I-LOC", "B-PER", "I-LOC"]
    assert iob.violations(sequence) == [0, 3, 5]
    assert iob.repair(sequence) == ["B-PER", "I-PER", "O", "B-LOC", "B-PER", "B-LOC"]
    assert iob.violations(iob.repair(sequence)) == []


def test_repair_leaves_a_legal_sequence_alone():
    sequence = ["B-PER", "I-PER", "B-PER", "O", "B-LOC"]
    assert iob.repair(sequence) == sequence


def test_transitions_are_legal_exactly_where_a_pair_has_no_violation():
    inventory = iob.tags(["PER", "LOC"])
    assert inventory == ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    assert iob.allowed_start(inventory) == [True, True, False, True, False]
    allowed = iob.allowed_transitions(inventory)
    assert [len(row) for row in allowed] == [5] * 5
    for i, row in enumerate(allowed):
        for j, legal in enumerate(row):
            assert legal == (1 not in iob.violations([inventory[i], inventory[j]]))
