"""Catalogue entries in params.yaml: what is added, what is left alone, what is refused."""

import pytest
import yaml

from mmner.base.errors import InputError
from mmner.tools.catalogue import merge

PARAMS = """\
# Everything that can be chosen.

corpora:
    sample:                 # four blanks, as this user likes it
        splits: {train: a.txt}   # a comment

# About captions.
captions:
    tags: {backend: tags}
    # the last comment of the section

preparations:
    sample: {corpus: sample, captions: tags}

runs: {}   # none yet
"""
FRAGMENT = """\
corpora:
  tweets:
    splits: {train: b.txt}  # of theirs
    labels:
      PER: a person

captions:
  # Somebody else's captions.
  blip:
    backend: precomputed
  none: {backend: none}

preparations:
  tweets:
    corpus: tweets
    captions: blip

train:
  tweets: {epochs: 3}

runs:
  tweets-text:
    preparation: tweets
"""
ALL = {
    ("corpora", "tweets"),
    ("captions", "blip"),
    ("captions", "none"),
    ("preparations", "tweets"),
    ("train", "tweets"),
    ("runs", "tweets-text"),
}


def add(text, chosen=ALL, force=False, fragment=FRAGMENT):
    return merge.into_text(text, fragment, chosen, force=force, where="params.yaml")


def test_entries_are_added_and_every_line_there_was_stays():
    merged, changed = add(PARAMS)
    assert len(changed) == 6
    before, after = yaml.safe_load(PARAMS), yaml.safe_load(merged)
    for section, entries in yaml.safe_load(FRAGMENT).items():
        assert after[section] == (before.get(section) or {}) | entries
    for comment in ("# of theirs", "# Somebody else's captions.", "# none yet", "# four blanks"):
        assert comment in merged


def test_only_insertions_where_sections_are_blocks():
    text = PARAMS.replace("runs: {}   # none yet\n", "runs:\n    old: {preparation: sample}\n")
    merged, _ = add(text)
    lines = iter(merged.splitlines())
    assert all(line in lines for line in text.splitlines()), "a line was changed or moved"


def test_adding_twice_changes_nothing():
    merged, _ = add(PARAMS)
    assert add(merged) == (merged, [])


def test_an_entry_that_rests_on_an_anchor_elsewhere_is_written_out():
    fragment = "train:\n  one: {sizes: &sizes {width: 8}}\n  two:\n    sizes: *sizes\n"
    merged, _ = add("train:\n  old: {}\n", chosen={("train", "two")}, fragment=fragment)
    assert merged == "train:\n  old: {}\n  two:\n    sizes:\n      width: 8\n"


def test_only_chosen_entries_are_added():
    merged, changed = add(PARAMS, chosen={("captions", "none")})
    assert changed == [("captions", "none", "added")]
    assert "tweets" not in merged


def test_a_differing_entry_is_refused_and_replaced_by_force():
    mine, _ = add(PARAMS)
    mine = mine.replace("PER: a person", "PER: someone")
    with pytest.raises(InputError, match=r"corpora\.tweets") as caught:
        add(mine)
    assert caught.value.name == "entry-differs"
    merged, changed = add(mine, force=True)
    assert changed == [("corpora", "tweets", "replaced")]
    assert yaml.safe_load(merged)["corpora"]["tweets"]["labels"] == {"PER": "a person"}
    assert "# a comment" in merged


def test_an_entry_written_otherwise_with_the_same_content_is_no_difference():
    text = PARAMS.replace("    tags: {backend: tags}", "    tags: {backend: tags}\n    none:\n        backend: none")
    assert add(text, chosen={("captions", "none")}) == (text, [])


def test_a_preparation_whose_variant_nobody_has_is_refused():
    with pytest.raises(InputError, match="captions.blip") as caught:
        add(PARAMS, chosen={("corpora", "tweets"), ("preparations", "tweets")})
    assert caught.value.name == "missing-variant"


def test_a_section_in_braces_is_refused_with_its_line():
    with pytest.raises(InputError) as caught:
        add("runs: {old: {seed: 1}}\n", chosen={("runs", "tweets-text")})
    assert (caught.value.name, caught.value.where) == ("flow-section", "params.yaml:1")


def test_an_entry_in_braces_is_not_replaced_by_force_either():
    with pytest.raises(InputError) as caught:
        add("runs: {tweets-text: {seed: 1}}\n", chosen={("runs", "tweets-text")}, force=True)
    assert (caught.value.name, caught.value.where) == ("flow-section", "params.yaml:1")


def test_an_entry_that_stands_in_braces_is_not_copied_from_there():
    with pytest.raises(InputError) as caught:
        add("", chosen={("runs", "old")}, fragment="\nruns: {old: {seed: 1}}\n")
    assert (caught.value.name, caught.value.where) == ("flow-section", "params.yaml:2")


def test_an_entry_that_stands_in_braces_is_not_taken_out_from_there():
    with pytest.raises(InputError) as caught:
        merge.without("train: {}\nruns: {old: {seed: 1}}\n", {("runs", "old")}, "params.yaml")
    assert (caught.value.name, caught.value.where) == ("flow-section", "params.yaml:2")


@pytest.mark.parametrize("text", ["", "{}\n", "# mine\n{}\n", "---\nnull\n"])
def test_an_empty_file_gets_its_sections(text):
    merged, _ = add(text)
    assert yaml.safe_load(merged) == yaml.safe_load(FRAGMENT)
    assert merged.startswith("# mine\n") == ("# mine" in text)
    assert add(text, chosen=set()) == (text, [])


def test_a_file_that_is_in_braces_as_a_whole_is_refused_with_its_line():
    whole = "# mine\n{runs: {old: {seed: 1}}}\n"
    for act in (
        lambda: add(whole),
        lambda: add("", chosen={("runs", "old")}, fragment=whole),
        lambda: merge.without(whole, {("runs", "old")}, "params.yaml"),
    ):
        with pytest.raises(InputError, match="all sections are in braces") as caught:
            act()
        assert (caught.value.name, caught.value.where) == ("flow-section", "params.yaml:2")


@pytest.mark.parametrize("content", ["corpora: [", "corpora:\n  a: 1\n b: 2\n"])
def test_a_file_that_is_no_yaml_is_refused_with_its_line(content):
    with pytest.raises(InputError) as caught:
        add(content)
    assert caught.value.name == "yaml-syntax"


def test_lines_end_as_those_of_the_file_do():
    for fragment in (FRAGMENT, FRAGMENT.replace("\n", "\r\n")):
        merged, _ = add(PARAMS.replace("\n", "\r\n"), fragment=fragment)
        assert merged == add(PARAMS)[0].replace("\n", "\r\n")
        assert add(PARAMS, fragment=fragment) == add(PARAMS)
    without = merge.without(merged, {("corpora", "tweets"), ("runs", "tweets-text")}, "params.yaml")
    assert without.count("\r\n") == without.count("\n")
    mixed = PARAMS.replace("\n", "\r\n", 3)
    assert add(mixed)[0].startswith(mixed[: mixed.rindex("\r\n") + 2])


def test_a_link_stays_one_and_the_file_has_the_entries(tmp_path):
    real, link = tmp_path / "real.yaml", tmp_path / "params.yaml"
    real.write_bytes(PARAMS.replace("\n", "\r\n").encode())
    link.symlink_to(real.name)
    merge.into_file(link, FRAGMENT, ALL)
    assert link.is_symlink()
    assert real.read_bytes() == add(PARAMS)[0].replace("\n", "\r\n").encode()


def test_a_refused_file_keeps_its_bytes(tmp_path):
    path = tmp_path / "params.yaml"
    text = add(PARAMS)[0].replace("epochs: 3", "epochs: 4")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        merge.into_file(path, FRAGMENT, ALL)
    assert path.read_text(encoding="utf-8") == text
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(InputError) as caught:
        merge.into_file(tmp_path / "none.yaml", FRAGMENT, ALL)
    assert caught.value.name == "missing-file"
