"""Evidence dropout hides what other stages say of a post in words, whole, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from mmner.model.params import SOURCES
from mmner.model.visuals import Visual
from mmner.train import data as rows
from mmner.train.evidence_dropout import EvidenceDropout
from tests.fakes.tiny import VISUAL
from tests.model.test_token_evidence import ROW
from tests.train.preparation import BARE, LABELS, run

EVERYTHING = {"knowledge": "facts", "caption": True, "chain": "text", "tokens": dict.fromkeys(SOURCES, True)}
NOTHING = Visual(None, np.zeros((0, VISUAL), np.float32), np.zeros((0, VISUAL), np.float32))


@pytest.fixture
def examples(encoding):
    """Two posts: (with evidence, without), and as a run on the sentence alone sees them."""
    posts = [ROW | {"id": f"p{number}", "tags": ["O"] * len(ROW["tokens"])} for number in range(2)]
    data = rows.Rows(posts, [NOTHING] * 2, LABELS, VISUAL)
    switches, alone = (run(switches=BARE | more).switches for more in (EVERYTHING, {"tokens": {"shape": True}}))
    full, plain = (rows.encode(data, [0, 1], encoding, of_run) for of_run in (switches, alone))
    return full, rows.without_evidence(full, data, [0, 1], encoding, switches), plain


def test_without_evidence_is_a_post_of_which_no_stage_said_anything(examples):
    for full, bare, plain in zip(*examples, strict=True):
        assert bare == replace(full, text=bare.text)
        assert len(full.text.windows[0].ids) > len(bare.text.windows[0].ids)
        for ours, theirs in zip(bare.text.windows, plain.text.windows, strict=True):
            assert ours.ids == theirs.ids
            assert [marks[-1] for marks in ours.marks] == [mark for (mark,) in theirs.marks]
            assert not any(any(marks[:-1]) for marks in ours.marks)
        assert any(any(marks[:-1]) for window in full.text.windows for marks in window.marks)


def test_the_share_of_the_posts_is_hidden_and_the_same_ones_for_a_seed(examples):
    full, bare = (part * 500 for part in examples[:2])
    dropout = EvidenceDropout(0.3, bare)
    shown = dropout(full, 7)
    hidden = [one is without for one, without in zip(shown, bare, strict=True)]
    assert all(one is example for one, example, gone in zip(shown, full, hidden, strict=True) if not gone)
    assert sum(hidden) / len(hidden) == pytest.approx(0.3, abs=0.03)
    assert dropout(full, 7) == shown
    assert [one is without for one, without in zip(dropout(full, 8), bare, strict=True)] != hidden
