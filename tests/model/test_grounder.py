"""The scorer of (entity, region): it learns from boxes, moves nothing while it is off, and sees no padding."""

from dataclasses import replace

import pytest
import torch

from mmner.model.batch import collate
from mmner.model.params import Switches
from mmner.model.region_pairs import Pair, of_gold, pairs
from tests.fakes import tiny

BOX, OTHER = {"x0": 0.1, "y0": 0.2, "x1": 0.5, "y1": 0.6}, {"x0": 0.6, "y0": 0.0, "x1": 1.0, "y1": 0.4}


def region(text, box, score=0.5) -> dict:
    return {"expression": text, "label": text, "score": score, "box": box}


ROW = {
    "tokens": ["Mira", "Park", "sings"],
    "tags": ["B-PER", "I-PER", "O"],
    "regions": [region("Mira Park", BOX), region("a dog", OTHER, 7.0)],
    "boxes": [{"start": 0, "end": 2, "boxes": [BOX]}],
}


def test_pairs_are_each_entity_with_each_region_that_the_model_sees():
    named, other = of_gold(ROW, 2)
    assert named == Pair(0, 2, 0, (1.0, 0.5, 0.3, 0.4, 0.4, 0.4), 1.0)
    assert (other.region, other.features[:2], other.target) == (1, (0.0, 1.0), 0.0)
    assert len(of_gold(ROW, 1)) == 1
    assert [pair.target for pair in of_gold(ROW | {"boxes": []}, 2)] == [0.0, 0.0]
    unknown = {key: value for key, value in ROW.items() if key != "boxes"}
    assert [pair.target for pair in pairs(unknown, [(0, 1)], 2)] == [None, None]
    assert of_gold(ROW | {"regions": None}, 0) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def examples(folder):
    """The tiny examples; in the first, whose regions are two, marlow (token 2) is in the second."""
    from mmner.model import text_encoder
    from mmner.model.params import Architecture
    from mmner.networks import encoders

    architecture = Architecture(encoder=str(folder))
    network, tokenizer = encoders.network(str(folder)), encoders.tokenizer(str(folder))
    made = tiny.examples(text_encoder.encoding(architecture, network, tokenizer))
    nothing = (0.0,) * 6
    first = replace(made[0], pairs=(Pair(2, 3, 0, nothing, 0.0), Pair(2, 3, 1, nothing, 1.0)))
    last = replace(made[3], pairs=(Pair(3, 4, 0, nothing, 0.0),))
    return [first, made[1], made[2], last]


def batch(examples):
    return collate(examples, tiny.VISUAL, 0)


def test_off_there_is_nothing_of_it(folder, examples):
    off, on = tiny.model(folder), tiny.model(folder, grounding=True)
    assert not [name for name in off.state_dict() if name.startswith("grounder")]
    with torch.no_grad():
        assert torch.equal(off(batch(examples)).emissions, on(batch(examples)).emissions)
        assert torch.equal(
            off.loss(batch(examples))[0], on.loss(batch([replace(one, pairs=()) for one in examples]))[0]
        )
        assert on.loss(batch(examples))[0] > off.loss(batch(examples))[0]
    assert off(batch(examples)).tokens is None
    assert "grounding" not in Switches().model_dump()
    with pytest.raises(ValueError, match="grounding needs regions"):
        Switches(grounding=True, regions=False)


def scores(model, examples) -> list[float]:
    made = batch(examples)
    with torch.no_grad():
        output = model(made)
        return torch.sigmoid(model.grounder(output.tokens, output.regions, made.pairs, made.pair_features)).tolist()


def test_untrained_it_ranks_regions_by_words(folder, examples):
    model = tiny.model(folder, grounding=True)
    named = replace(
        examples[0],
        pairs=tuple(replace(pair, features=(pair.region, *pair.features[1:])) for pair in examples[0].pairs),
    )
    assert scores(model, [named]) == pytest.approx([0.1192, 0.8808], abs=1e-4)


def test_an_entity_s_score_does_not_depend_on_its_neighbours(folder, examples):
    model = tiny.model(folder, grounding=True)
    torch.nn.init.normal_(model.grounder.score[2].weight)
    together = scores(model, examples)
    assert scores(model, examples[:1]) + scores(model, examples[3:]) == pytest.approx(together, abs=1e-6)
    assert together[0] != pytest.approx(together[1], abs=1e-4)


def test_it_learns_which_region_shows_an_entity(folder, examples):
    model = tiny.model(folder, grounding=True)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(60):
        loss, _ = model.loss(batch(examples))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    wrong, right, other = scores(model, examples)
    assert right > 0.8
    assert max(wrong, other) < 0.2


def test_the_loss_of_a_batch_is_the_mean_over_its_examples(folder, examples):
    model, bare = tiny.model(folder, grounding=True), tiny.model(folder)

    def added(chosen) -> float:
        with torch.no_grad():
            return float(model.loss(batch(chosen))[0] - bare.loss(batch(chosen))[0])

    alone = [added([one]) for one in examples]
    assert added(examples) == pytest.approx(sum(alone) / 4, abs=1e-4)
    assert alone[1] == 0
