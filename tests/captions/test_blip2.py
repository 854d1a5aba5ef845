"""Captions by a tiny BLIP-2, loaded as a big one is."""

import os
import shutil

import pytest
import torch

from mmner.base.errors import InputError
from mmner.base.params import backend, build
from mmner.captions import prompted
from mmner.captions.blip2 import Blip2
from tests.fakes import tiny_models
from tests.fakes.pictures import cut, item, photograph

pytestmark = pytest.mark.usefixtures("module_store")
SENTENCES = ["a cat", "a much longer sentence with {sentence} and {braces} about Marlow Bakery", "熊"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_models.blip2(tmp_path_factory.mktemp("blip2"))


@pytest.fixture(scope="module")
def captioner(folder):
    return Blip2(Blip2.Params(weights=str(folder), max_new_tokens=6))


def items():
    return [
        item(photograph(name), sentence=sentence, domain_cue="tweets")
        for name in ("grace_hopper", "china")
        for sentence in SENTENCES
    ]


def test_batched_equals_single(captioner):
    together = [result.value for result in captioner(items())]
    assert len(together) == len(items()) > 0
    assert together == [captioner([one])[0].value for one in items()]


def test_sentence_domain_and_image_each_change_the_caption(captioner):
    (one, other) = [result.value["caption"] for result in captioner(items()[:2])]
    assert one != other
    (elsewhere,) = captioner([items()[0] | {"domain_cue": "paintings of the Baroque"}])
    assert elsewhere.value["caption"] != one
    images = [item(photograph(name), sentence="a cat", domain_cue="tweets") for name in ("flower", "china")]
    assert {result.value["caption"] for result in captioner(images)} != {one}


def test_a_caption_is_the_answer_without_the_prompt(captioner):
    results = captioner(items())
    assert len(results) == len(items()) > 0
    for result in results:
        assert "Question" not in result.value["caption"]


def test_braces_in_a_post_are_text():
    asked = prompted.format_prompt(prompted.QUESTION, {"sentence": "{domain_cue} {x}", "domain_cue": None})
    assert '"{domain_cue} {x}"' in asked


def test_a_prompt_without_the_sentence_does_not_depend_on_it(folder):
    params = {"weights": str(folder), "prompt": "a photo of"}
    assert Blip2(build(Blip2.Params, params, "captions.x")).uses == ("image_sha256",)
    with pytest.raises(InputError, match="unknown field {caption}"):
        build(Blip2.Params, params | {"prompt": "{caption}"}, "captions.x")


def test_a_broken_image_costs_its_own_row_alone(captioner, tmp_path):
    broken = item(cut(tmp_path / "half.jpg", photograph("china")), sentence="a cat", domain_cue="tweets")
    found = captioner([broken, items()[0]])
    assert found[0].error.startswith("image broken: half.jpg")
    assert found[1] == captioner([items()[0]])[0]
    assert captioner([broken])[0].value is None


def test_beams_and_half_precision_are_honoured(folder):
    captioner = Blip2(Blip2.Params(weights=str(folder), max_new_tokens=4, num_beams=2, precision="bf16"))
    assert captioner(items()[:2])[0].value["caption"]
    assert captioner._network.dtype == torch.bfloat16


def test_identity_is_of_the_weights_not_of_their_place(folder, captioner, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(folder, moved)
    same = Blip2(Blip2.Params(weights=str(moved), max_new_tokens=6, batch_size=2))
    assert same.identity() == captioner.identity()
    with (moved / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, 2)
        weights.write(b"\x01")
    assert Blip2(same.params).identity() != captioner.identity()


def test_the_stage_finds_the_backend(folder):
    from mmner.rows.stages import STAGES

    assert isinstance(
        backend("captions", "x", {"backend": "blip2", "weights": str(folder)}, STAGES["captions"].backends), Blip2
    )


def test_an_answer_longer_than_the_network_has_positions_is_named_with_what_fits(folder):
    long = Blip2(Blip2.Params(weights=str(folder), max_new_tokens=300))
    with pytest.raises(
        InputError, match=r"bad-params.*max_new_tokens: 300 and a prompt of \d+ .* 256 positions"
    ) as caught:
        long(items()[:1])
    most = int(caught.value.remedy.split()[0])
    (result,) = Blip2(Blip2.Params(weights=str(folder), max_new_tokens=most))(items()[:1])
    assert result.value["caption"]


@pytest.mark.parametrize(
    ("file", "content", "name"),
    [
        ("generation_config.json", "<html>", "bad-config"),  # which the library leaves out in silence
        ("generation_config.json", "[]", "bad-config"),
        ("preprocessor_config.json", None, "bad-config"),
        ("tokenizer_config.json", "{}", "no-tokenizer"),
    ],
)
def test_a_damaged_file_is_named_and_getting_it_again_leads_out(folder, tmp_path, file, content, name):
    damaged = tmp_path / "blip2"
    shutil.copytree(folder, damaged)
    if content is None:
        (damaged / file).unlink(missing_ok=True)
        os.mkfifo(damaged / file)
    else:
        (damaged / file).write_text(content)
    with pytest.raises(InputError, match=f"(?s){name}.*remedy: .*get ") as caught:
        Blip2(Blip2.Params(weights=str(damaged), max_new_tokens=6))(items()[:1])
    assert str(damaged) in caught.value.where
    (damaged / file).unlink()
    if (folder / file).exists():
        shutil.copy(folder / file, damaged)
    (result,) = Blip2(Blip2.Params(weights=str(damaged), max_new_tokens=6))(items()[:1])
    assert result.value["caption"]
