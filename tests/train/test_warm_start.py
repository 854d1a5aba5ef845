"""Starting from another run: what carries over, what starts fresh, what is refused."""

import shutil

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

from mmner.base.errors import InputError
from mmner.model import files
from mmner.model.batch import collate
from mmner.model.fused import FusedModel
from mmner.model.params import Architecture, Switches
from mmner.model.word_embeddings import Vocabulary, WordEncoder
from mmner.networks import encoders
from mmner.train import origin, warm_start
from tests.fakes.tiny import VISUAL


@pytest.fixture
def make(tiny_encoder):
    """make(seed, labels, encoder=..., width=..., sizes=..., **switches) -> a model, its weights drawn with `seed`."""

    def made(seed, labels=("PER", "ORG"), encoder=tiny_encoder, width=VISUAL, sizes=None, **switches):
        sizes = Architecture(encoder=str(encoder), **{"heads": 2, "latent": 4} | (sizes or {}))
        model = FusedModel(encoders.network(str(encoder)), labels, width, sizes, Switches(**switches))
        torch.manual_seed(seed)
        for weight in model.parameters():
            torch.nn.init.normal_(weight)
        return model

    return made


@pytest.fixture
def saved(tiny_encoder, tmp_path):
    def save(model, encoder=tiny_encoder):
        files.save(tmp_path / "parent", model, encoders.tokenizer(str(encoder)), {})
        return tmp_path / "parent"

    return save


@pytest.fixture
def carry(tiny_encoder, saved):
    """carry(model, other) -> the line about `model` starting from `other`, which run a has saved."""

    def carried(model, other):
        return warm_start.load_matching_weights(model, encoders.tokenizer(str(tiny_encoder)), "a", saved(other))

    return carried


def values(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def equal(one, other):
    return {name for name in one if torch.equal(one[name], other[name])}


def test_with_the_same_labels_everything_carries_over(make, carry):
    old, new = make(1), make(2)
    line = carry(new, old)
    assert equal(values(new), values(old)) == set(values(old))
    assert line.startswith("starts from a, the same labels; carried over: bilstm, caption_fusion, crf, cross, emit,")
    assert line.endswith("fresh: nothing; left behind: nothing")


@pytest.mark.parametrize("labels", [("PER", "ORG", "LOC"), ("PER", "LOC"), ("ORG", "PER")])
def test_with_other_labels_emission_and_crf_alone_stay_fresh(labels, make, carry):
    old, new = make(1), make(2, labels)
    before = values(new)
    line = carry(new, old)
    after = values(new)
    fresh = {name for name in after if name.startswith(("emit.", "crf."))}
    assert equal(after, before) == fresh
    assert equal({name: after[name] for name in after.keys() - fresh}, values(old)) == set(after) - fresh
    assert "other labels" in line
    assert "fresh: crf, emit;" in line


def test_parts_that_one_of_the_models_lacks_are_fresh_or_left_behind(make, carry):
    old = make(1, caption=False, caption_fusion=False)
    new = make(2, vae=False, regions=False, bilstm=False, **{"global": False})
    before = values(new)
    line = carry(new, old)
    assert {name.split(".")[0] for name in equal(values(new), before)} == {"caption_fusion"}
    assert "fresh: caption_fusion;" in line
    assert "left behind: bilstm, fusion.global_, fusion.regions, fusion.vae, kind.V, kind.global_" in line


def test_a_visual_features_weights_go_to_that_feature_whatever_its_number(make, carry):
    old, new = make(1, vae=False), make(2, regions=False)  # image, regions; and v_t, image
    fresh = values(new)
    carry(new, old)
    assert torch.equal(new.fusion.score[1][0].weight, old.fusion.score[0][0].weight)
    assert torch.equal(new.fusion.score[0][0].weight, fresh["fusion.score.0.0.weight"])
    assert torch.equal(new.kind[[0, 2, 3]], old.kind[[0, 1, 3]])  # V, image, patches
    assert torch.equal(new.kind[1], fresh["kind"][1])


def test_another_encoder_is_refused(make, tiny_encoder, tmp_path, carry):
    thin = tmp_path / "thin"
    shutil.copytree(tiny_encoder, thin)
    config = BertConfig.from_pretrained(tiny_encoder, num_hidden_layers=1)
    BertModel(config).save_pretrained(thin)
    with pytest.raises(InputError, match=r"other-encoder.*thin.*run a"):
        carry(make(2, encoder=thin), make(1))


def test_other_heads_of_the_encoder_and_of_the_model_are_refused(make, tiny_encoder, tmp_path, carry):
    heads = tmp_path / "heads"
    shutil.copytree(tiny_encoder, heads)
    BertModel(BertConfig.from_pretrained(tiny_encoder, num_attention_heads=4)).save_pretrained(heads)
    with pytest.raises(InputError, match="other-encoder"):
        carry(make(2, encoder=heads), make(1))
    with pytest.raises(InputError, match="heads is 4 here, 2 in run a"):
        carry(make(2, sizes={"heads": 4}), make(1))


def test_another_vocabulary_is_refused(make, saved, tiny_encoder, tmp_path):
    words = (tiny_encoder / "vocab.txt").read_text().split("\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "vocab.txt").write_text("\n".join([*words[:5], "xyz", *words[6:]]))
    tokenizer = BertTokenizerFast(str(other / "vocab.txt"))
    with pytest.raises(InputError, match="another architecture or vocabulary"):
        warm_start.load_matching_weights(make(2), tokenizer, "a", saved(make(1)))


def test_words_of_another_train_split_are_refused_with_what_to_do():
    sizes = Architecture(encoder="words", words={"width": 8}, heads=2, latent=4)
    tokens = [["we", "saw"], ["a", "map"]]
    made = []
    for sentence in tokens:
        vocabulary = Vocabulary.learn([sentence])
        switches = Switches(vae=False, regions=False, **{"global": False})
        model = FusedModel(WordEncoder(vocabulary, sizes.words), ("PER",), 1, sizes, switches)
        made += [model, vocabulary]
    with pytest.raises(InputError, match=r"other-encoder(.|\n)*remedy: set from: scratch"):
        warm_start._check(*made, "a")


def test_another_visual_width_is_refused_where_both_see(make, carry):
    with pytest.raises(InputError, match="visual features are 7 wide here, 6 in run a"):
        carry(make(2, width=VISUAL + 1), make(1))
    blind = {"vae": False, "regions": False, "global": False}
    assert "fresh: nothing" in carry(make(2, width=1, **blind), make(1))
    with pytest.raises(InputError, match=r"text_guided.* is .* in run a, here "):
        carry(make(2, sizes={"latent": 8}), make(1))


def test_a_parent_is_known_by_its_weights_not_by_its_place(make, saved, tmp_path):
    folder = saved(make(1))
    known = origin.identity("a", folder)
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    assert origin.identity("a", moved) == known == {"run": "a", "weights": known["weights"]}
    saved(make(3))
    assert origin.identity("a", folder)["weights"] != known["weights"]


def test_a_parent_without_a_model_is_named_with_the_remedy(tmp_path):
    with pytest.raises(InputError, match=r"no model of run conll(.|\n)*dvc repro train@conll"):
        origin.identity("conll", tmp_path)


def test_the_model_after_pretraining_predicts_as_its_parent(make, carry, examples):
    old, new = make(1).eval(), make(2).eval()
    carry(new, old)
    batch = collate(examples, VISUAL, 0)
    with torch.no_grad():
        assert torch.equal(new(batch).emissions, old(batch).emissions)
