"""Every family of encoders that docs/engines.md names, built small: what works is seen working, the rest refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from mmner.base.errors import InputError
from mmner.networks import encoders, weights
from mmner.networks.budget import Lengths
from mmner.networks.sentences import SentenceEncoder
from mmner.networks.windows import TextEncoding
from tests.fakes import tiny_models

pytestmark = pytest.mark.usefixtures("module_store")

TOKENS = ["At", "the", "Mira", "Park"]
SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
ROOT = Path(__file__).resolve().parents[2]


def byte_level(folder: Path, **marks: str) -> int:
    """A byte-level BPE tokenizer of the plain class, as ModernBERT has it; returns how many pieces it has."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer, bpe.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=330, special_tokens=list(marks.values()), initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    bpe.train_from_iterator(["At the Mira Park harbour", "the Mira sings in Mira Park"] * 4, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=bpe, **marks)
    fast.save_pretrained(folder)
    return len(fast)


def modernbert(folder: Path) -> None:
    from transformers import ModernBertConfig, ModernBertModel

    pieces = byte_level(
        folder, unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", mask_token="[MASK]"
    )
    numbers = {"pad_token_id": 3, "cls_token_id": 1, "sep_token_id": 2, "bos_token_id": 1, "eos_token_id": 2}
    ModernBertModel(ModernBertConfig(vocab_size=pieces, **numbers, **SMALL)).save_pretrained(folder)


def bart(folder: Path) -> None:
    from transformers import BartConfig, BartModel

    marks = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>"}
    pieces = byte_level(folder, unk_token="<unk>", **marks)
    sizes = {f"{side}_{what}": 2 for side in ("encoder", "decoder") for what in ("layers", "attention_heads")}
    wide = {"encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 64}
    BartModel(BartConfig(vocab_size=pieces, d_model=16, **sizes, **wide)).save_pretrained(folder)


def canine(folder: Path) -> None:
    from transformers import CanineConfig, CanineModel, CanineTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    CanineTokenizer().save_pretrained(folder)
    CanineModel(CanineConfig(max_position_embeddings=256, num_hash_buckets=64, **SMALL)).save_pretrained(folder)


def bertweet(folder: Path) -> None:
    from transformers import RobertaConfig, RobertaModel

    words = ["At", "the", "Mira", "Pa@@", "rk"]
    (folder / "vocab.txt").write_text("".join(f"{word} 9\n" for word in words))
    (folder / "bpe.codes").write_text("P a 10\nr k</w> 9\nt h 8\nth e</w> 7\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertweetTokenizer"}))
    config = RobertaConfig(vocab_size=64, max_position_embeddings=66, type_vocab_size=1, **SMALL)
    RobertaModel(config).save_pretrained(folder)


def distilbert(folder: Path, tiny_encoder: Path) -> None:
    from transformers import DistilBertConfig, DistilBertModel

    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny_encoder / name, folder)
    rows = len(encoders.tokenizer(str(tiny_encoder)))
    config = DistilBertConfig(vocab_size=rows, dim=16, n_layers=1, n_heads=2, hidden_dim=32, max_position_embeddings=64)
    DistilBertModel(config).save_pretrained(folder)


@pytest.fixture(scope="module")
def build(tmp_path_factory, tiny_encoder):
    def built(family: str) -> str:
        folder = tmp_path_factory.mktemp(family)
        torch.manual_seed(0)
        if family == "bert":
            shutil.copytree(tiny_encoder, folder, dirs_exist_ok=True)
        elif family == "distilbert":
            distilbert(folder, tiny_encoder)
        elif family == "roberta":
            tiny_models.roberta(folder)
        else:
            {"modernbert": modernbert, "bart": bart, "canine": canine, "bertweet": bertweet}[family](folder)
        return str(folder)

    return built


@pytest.mark.parametrize("family", ["bert", "distilbert", "roberta", "modernbert", "bertweet", "canine"])
def test_an_encoder_codes_words_as_in_running_text_and_reads_a_sentence(build, family):
    folder = build(family)
    tokenizer, network = encoders.tokenizer(folder), encoders.network(folder).eval()
    coded = TextEncoding(tokenizer, encoders.max_length(network, tokenizer), Lengths(), 8)
    pieces = coded.pieces(TOKENS)
    assert len(pieces) == 4
    assert all(pieces)
    words = " ".join(TOKENS) if family in ("bert", "distilbert", "roberta", "modernbert") else None
    if words:  # in Python alone, a tokenizer codes word for word
        assert sum(pieces, []) == tokenizer(words, add_special_tokens=False)["input_ids"]
    else:
        assert pieces == [tokenizer(word, add_special_tokens=False)["input_ids"] for word in TOKENS]
    (window,) = coded(TOKENS, []).windows
    with torch.inference_mode():
        hidden = network(input_ids=torch.tensor([window.ids])).last_hidden_state
    assert hidden.shape == (1, len(window.ids), 16)
    assert np.isfinite(SentenceEncoder(folder)(["At the Mira Park"])).all()


def test_a_word_keeps_the_blank_before_it_and_odd_tokens_their_places(build):
    tokenizer = encoders.tokenizer(build("modernbert"))
    coded = TextEncoding(tokenizer, 64, Lengths(), 8)
    shown = [tokenizer.convert_ids_to_tokens(ids) for ids in coded.pieces(["At", "Mira", "a b", "Mira"])]
    assert shown[0] == ["At"]
    assert shown[1] == shown[3] == ["ĠMira"]
    assert "".join(shown[2]) == "ĠaĠb"


def test_a_change_of_a_tokenizers_codes_changes_the_identity(build):
    folder = build("bertweet")
    before = encoders.identity(folder)
    (Path(folder) / "bpe.codes").write_text("P a 10\n")
    assert encoders.identity(folder) != before


def test_an_encoder_with_a_decoder_is_refused_before_any_training(build):
    with pytest.raises(InputError, match="encoder-decoder.*bart has a decoder"):
        encoders.network(build("bart"))


def change_weights(folder: str, change) -> None:
    from safetensors.torch import load_file, save_file

    file = Path(folder) / "model.safetensors"
    save_file(dict(change(load_file(file).items())), file, metadata={"format": "pt"})


DAMAGE = {
    "a prefix of torch.compile": lambda items: ((f"_orig_mod.{key}", value) for key, value in items),
    "a prefix of DDP": lambda items: ((f"module.{key}", value) for key, value in items),
    "a layer that lacks": lambda items: ((key, value) for key, value in items if ".layer.1." not in key),
    "a layer too many": lambda items: [*items, ("encoder.layer.7.output.dense.weight", torch.zeros(16, 32))],
    "another shape": lambda items: (
        (key, value[:, :8].clone() if key.endswith("word_embeddings.weight") else value) for key, value in items
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_weights_that_do_not_fit_are_refused_by_their_keys(build, damage):
    folder = build("bert")
    change_weights(folder, DAMAGE[damage])
    with pytest.raises(InputError, match=r"no-weights.*(embeddings|layer)") as caught:
        encoders.network(folder)
    assert caught.value.where == folder
    assert caught.value.remedy


def test_a_head_of_another_task_beside_the_network_is_none_of_its_weights(build):
    folder = build("bert")
    change_weights(folder, lambda items: [*items, ("cls.predictions.bias", torch.zeros(5))])
    encoders.network(folder)


def test_code_of_a_folder_is_never_run_nor_asked_for(build, monkeypatch):
    folder = Path(build("bert"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "xbert", "auto_map": {"AutoConfig": "configuration_x.XConfig"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "configuration_x.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n")
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    with pytest.raises(InputError, match="custom-code"):
        encoders.network(str(folder))
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda folder: (folder / "tokenizer.json").unlink(), "no-tokenizer.*would be made up"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "no-weights"),
        (lambda folder: (folder / "adapter_config.json").write_text("{}"), "adapter-weights.*an adapter"),
        (lambda folder: (folder / "config.json").write_text("{"), "bad-config"),
        (lambda folder: (folder / "config.json").unlink(), "no-weights"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "no-weights"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x10" + 20 * b"\0"), "no-weights"),
    ],
    ids=["no tokenizer", "no vocabulary", "adapter", "broken config", "no config", "empty", "cut"],
)
def test_a_damaged_folder_is_one_named_error(build, change, error):
    folder = Path(build("bert"))
    for name in ("vocab.txt",):
        (folder / name).unlink(missing_ok=True)
    change(folder)
    with pytest.raises(InputError, match=error) as caught:
        encoders.dry_pass(str(folder))
    assert caught.value.remedy


def test_a_sentencepiece_model_alone_says_how_it_is_read(tmp_path):
    (tmp_path / "spm.model").write_bytes(b"\x0a\x00")
    with pytest.raises(InputError, match=r"no-tokenizer.*sentencepiece is not here") as caught:
        encoders.tokenizer(str(tmp_path))
    assert "writes tokenizer.json" in caught.value.remedy


def test_a_tokenizer_of_another_model_is_refused(build):
    folder = Path(build("bert"))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(Path(encoders.locate(encoders.MINILM)) / name, folder)
    with pytest.raises(InputError, match="tokenizer-differs.*30,522 pieces"):
        SentenceEncoder(str(folder))


def pooled(folder: str, **config) -> None:
    (Path(folder) / "1_Pooling").mkdir(exist_ok=True)
    (Path(folder) / "1_Pooling" / "config.json").write_text(json.dumps(config))
    modules = [{"type": "sentence_transformers.models.Transformer", "path": ""}]
    modules.append({"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"})
    (Path(folder) / "modules.json").write_text(json.dumps(modules))


def test_a_sentence_encoder_pools_as_its_folder_says_and_the_identity_knows(build):
    folder = build("bert")
    mean = SentenceEncoder(folder)(["we saw marlow"])
    params = encoders.EncoderParams(encoder=folder)
    assert "pooling" not in params.identity()
    pooled(folder, pooling_mode_mean_tokens=True, pooling_mode_cls_token=False)
    np.testing.assert_array_equal(SentenceEncoder(folder)(["we saw marlow"]), mean)
    assert "pooling" not in params.identity()
    pooled(folder, pooling_mode_mean_tokens=False, pooling_mode_cls_token=True)
    first = SentenceEncoder(folder)(["we saw marlow"])[0]
    assert params.identity()["pooling"] == "cls"
    tokenizer, network = encoders.tokenizer(folder), encoders.network(folder).eval()
    with torch.inference_mode():
        expected = network(**tokenizer("we saw marlow", return_tensors="pt")).last_hidden_state[0, 0]
    np.testing.assert_allclose(first, torch.nn.functional.normalize(expected, dim=0), atol=1e-6)
    pooled(folder, pooling_mode_max_tokens=True)
    with pytest.raises(InputError, match="pooling.*it pools by max_tokens"):
        SentenceEncoder(folder)


def test_a_processor_that_needs_torchvision_is_named(tmp_path):
    from transformers import DINOv3ViTConfig, DINOv3ViTModel

    from mmner.features.vision import Vision

    sizes = {"image_size": 16, "patch_size": 8, "num_register_tokens": 1} | SMALL
    DINOv3ViTModel(DINOv3ViTConfig(**sizes)).save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text(
        '{"image_processor_type": "DINOv3ViTImageProcessorFast", "size": {}}'
    )
    from mmner.networks.towers import Tower

    with pytest.raises(InputError, match=r"(?s)no-weights.*Torchvision.*choose another model"):
        Tower.load(Vision.Params(weights=str(tmp_path)))


def test_the_embedded_encoder_passes(build):
    encoders.dry_pass(encoders.MINILM)


def test_a_library_that_raises_anything_is_one_named_error():
    with pytest.raises(InputError, match="here: KeyError: 'added_tokens'"), weights.loading("here", "mend"):
        raise KeyError("added_tokens")
