"""Pictures of a preparation's examples, drawn from the artifacts that real stages wrote."""

from xml.etree import ElementTree

import pytest

from mmner.tools.docs import example
from tests.pipeline.project import POSTS

pytestmark = pytest.mark.slow


def test_examples_are_read_with_their_images_and_every_artifact(prepared):
    examples = example.read(prepared.folder, "sample")
    assert len(examples) == sum(POSTS.values())
    assert all(set(example.ARTIFACTS) <= set(item) for item in examples)
    with_image = [item for item in examples if item["image"]]
    assert with_image
    folder = prepared.folder / "data/raw/tiny/images"
    assert all(item["image_path"] == str(folder / item["image"]) for item in with_image)


def test_the_gallery_draws_what_the_stages_said(prepared):
    pictures = list(example.gallery(example.read(prepared.folder, "sample"), 2))
    assert len(pictures) == 2
    for _, picture in pictures:
        texts = [node.text for node in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
        assert {"captions", "regions"} <= set(texts)
