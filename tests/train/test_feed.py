"""Batches on their way to the device."""

import threading

import pytest
import torch

from mmner.base.errors import InputError
from mmner.model.batch import collate
from mmner.train import data, feed
from tests.fakes import tiny

CPU = torch.device("cpu")


def made(groups):
    return list(feed.feed(groups, lambda group: collate(group, tiny.VISUAL, 0), CPU))


def test_parts_hold_each_example_once_and_no_more_pieces_than_may_be(encoding):
    posts = tiny.examples(encoding) * 3
    for most in (1, 40, 100, 10**6):
        cut = data.parts(posts, most)
        assert [post for part in cut for post in part] == posts
        for part in cut:
            size = sum(len(post.text.windows) for post in part) * max(post.text.length for post in part)
            assert size <= most or len(part) == 1
    assert len(data.parts(posts, 10**6)) == 1
    assert len(data.parts(posts, 1)) == len(posts)
    sizes = [data.by_length(posts, 4, most) for most in (1, 40, 10**6)]
    for batches in sizes:
        assert sorted(number for batch in batches for number in batch) == [*range(len(posts))]
        lengths = [posts[number].text.length for batch in batches for number in batch]
        assert lengths == sorted(lengths)
    assert len(sizes[0]) == len(posts)
    assert len(sizes[2]) == -(-len(posts) // 4)


def test_loaders_make_the_same_batches_and_draw_no_number_of_the_training(encoding, monkeypatch):
    posts = tiny.examples(encoding)
    groups = [posts[:2], posts[2:], posts[1:3]]
    monkeypatch.delenv(feed.VARIABLE, raising=False)
    alone = made(groups)
    monkeypatch.setenv(feed.VARIABLE, "2")
    torch.manual_seed(3)
    ahead = made(groups)
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(1))
    for one, other in zip(alone, ahead, strict=True):
        for name, value in vars(one).items():
            found = vars(other)[name]
            assert torch.equal(value, found) if isinstance(value, torch.Tensor) else value == found, name


def test_loaders_are_for_gpus_unless_asked_for(monkeypatch):
    monkeypatch.delenv(feed.VARIABLE, raising=False)
    assert feed.loaders(CPU) == 0
    assert feed.loaders(torch.device("cuda")) > 0
    monkeypatch.setenv(feed.VARIABLE, "3")
    assert feed.loaders(CPU) == 3
    monkeypatch.setenv(feed.VARIABLE, "many")
    with pytest.raises(InputError, match="bad-environment"):
        feed.loaders(CPU)


def test_who_stops_early_leaves_no_thread_and_no_batch_more_than_was_begun(encoding, monkeypatch):
    monkeypatch.setenv(feed.VARIABLE, "2")
    posts, begun = tiny.examples(encoding), []

    def watched(group):
        begun.append(group)
        return collate(group, tiny.VISUAL, 0)

    batches = feed.feed([posts[:1]] * 50, watched, CPU)
    next(batches)
    batches.close()
    assert len(begun) <= 2 * feed.AHEAD + 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("loader")]


def test_an_error_about_an_input_comes_out_of_a_loader_as_it_is(encoding, monkeypatch):
    def fails(group):
        raise InputError("image-changed", "it has other bytes", where="a.jpg", remedy="bring it back")

    monkeypatch.setenv(feed.VARIABLE, "1")
    with pytest.raises(InputError, match="other bytes") as caught:
        list(feed.feed([tiny.examples(encoding)], fails, CPU))
    assert (caught.value.name, caught.value.where) == ("image-changed", "a.jpg")
