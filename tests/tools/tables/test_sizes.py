"""Table 3 of both papers, counted in files."""

from mmner.tools.tables import sizes

POSTS = """\
IMGID:1
Ann\tB-PER
Lee\tI-PER
x\tO

IMGID:2
Cup\tI-OTHER
of\tO
Rome\tB-LOC
"""


def write(folder):
    for name in ("train.txt", "valid.txt", "test.txt"):
        (folder / "twitter2015").mkdir(exist_ok=True)
        (folder / "twitter2015" / name).write_text(POSTS, encoding="utf-8")


def test_orphans_count_by_default_alone_and_a_last_post_needs_no_blank_line(tmp_path):
    write(tmp_path)
    counts = sizes.counts("twitter2015", "test", tmp_path)
    assert counts.sentences == 2
    assert counts.strict == {"PER": 1, "LOC": 1, "ORG": 0, "MISC": 0}
    assert counts.default == {"PER": 1, "LOC": 1, "ORG": 0, "MISC": 1}


def test_what_is_counted_stands_beside_what_is_published_and_what_lacks_says_where_to_get_it(tmp_path):
    write(tmp_path)
    text = sizes.markdown(sizes.build("tvo3", tmp_path))
    (line,) = [line for line in text.splitlines() if line.startswith("| MISC")]
    assert "940 · **0** (1)" in line
    assert "701 · –<sup>1</sup>" in line
    assert "1. the files of twitter2017 are not here" in text
    assert "corpus get twitter2017" in text


def test_iac_counts_sentences_and_types_of_each_corpus(tmp_path):
    write(tmp_path)
    rows = sizes.comma_separated(sizes.build("iac3", tmp_path)).splitlines()
    assert "iac3,Twitter2015,,Type Num,4,4,4,," in rows
    assert "iac3,Twitter2015,,Test,3256,2,2,," in rows
