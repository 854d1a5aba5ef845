"""Looking candidates up in an archive, and judging what is found by the sentence."""

import os
import shutil
from pathlib import Path

import pytest
from libzim.writer import Creator, Hint

from mmner.base.errors import InputError
from mmner.knowledge.archive import Archive
from mmner.knowledge.zim import Zim
from mmner.networks.encoders import MINILM
from mmner.rows import compute, schemas
from mmner.rows.contract import LocalMemo
from mmner.rows.stages import candidate_names
from mmner.rows.store import Store
from mmner.sample import zim_writer
from mmner.sample.articles import Article, disambiguation, page

pytestmark = pytest.mark.usefixtures("own_store")  # no test finds what another looked up


def article(title: str, text: str, *redirects: str) -> Article:
    return Article(title, page(title, text), redirects)


ARTICLES = [
    article("Honey", "Honey is a sweet food made by bees. It keeps for years. It is sold in jars."),
    article("Marlow (band)", "Marlow is a jazz band with two trumpets. It plays every Friday."),
    article("Marlow (river)", "Marlow is a river full of trout and salmon. It is 30 km long."),
    disambiguation("Marlow", ["Marlow (band)", "Marlow (river)", "Marlow (ghost)"]),
    article("Greater Wexford Union", "The Greater Wexford Union is a rowing club. It owns nine boats.", "GWU"),
    article("Upper Tessaly", "Upper Tessaly is a village of beekeepers and honey. It has a church."),
    article("Quiet Lamp", "Quiet Lamp, called Ninefold by all, is a chess club. It won the league in 1990."),
    article("Dun Ora", "Dun Ora is an island with a lighthouse. Nobody lives there."),
]


@pytest.fixture(scope="module")
def zim(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("zim") / "tiny.zim"
    zim_writer.write(file, ARTICLES)
    return file


def params(file: Path, **changes) -> Zim.Params:
    values = {
        "archive": str(file),
        "encoder": MINILM,
        "max_results": 3,
        "max_kept": 1,
        "max_meanings": 10,
        "max_sentences": 2,
        "min_relevance": 0.15,
        "without_name": True,
        "batch_size": 4,
    }
    return Zim.Params(**(values | changes))


@pytest.fixture(scope="module")
def backend(zim) -> Zim:
    return Zim(params(zim))


def facts(backend: Zim, sentence: str, *candidates: str) -> list[dict]:
    (result,) = backend([{"sentence": sentence, "candidates": list(candidates)}])
    assert result.error is None
    return result.value["facts"]


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("Honey", ["Honey"]),
        ("honey", ["Honey"]),
        ("HONEY", ["Honey"]),
        ("dun ora", ["Dun Ora"]),
        ("GWU", ["Greater Wexford Union"]),
        ("gwu", ["Greater Wexford Union"]),
        ("Tessaly", ["Upper Tessaly"]),
        ("Ninefold", ["Quiet Lamp"]),
        ("Marlow", ["Marlow (band)", "Marlow (river)"]),
        ("Nowhere", []),
        ("", []),
        ("❄", []),
    ],
)
def test_names_are_found(zim, name, titles):
    assert [page.title for page in Archive(zim, 2, 10).find(name, 1)] == titles


SPELT = {
    "O'Neil": ["O ' Neil", "O’Neil"],
    "AT&T": ["AT & T", "AT &amp; T"],
    "St. Mary's": ["St . Mary ' s", "St. Mary 's"],
    "McDonald's": ["McDonald 's", "McDonald’s"],
    "Harry Potter": ["HarryPotter", "#HarryPotter"],
    "Spider-Man": ["Spider - Man"],
    "U.S. Steel": ["U . S . Steel"],
}


def test_names_are_found_as_tweets_and_tokenizers_spell_them(tmp_path):
    zim_writer.write(tmp_path / "spelt.zim", [article(title, f"{title} is of note.") for title in SPELT])
    archive = Archive(tmp_path / "spelt.zim", 2, 10)
    for title, names in SPELT.items():
        assert {name: [page.title for page in archive.find(name, 1)] for name in names} == dict.fromkeys(names, [title])


def test_the_surest_way_comes_first(zim):
    found = Archive(zim, 2, 10).find("honey", 3)
    assert [page.title for page in found] == ["Honey", "Upper Tessaly"]  # exact title, then full text


def test_a_lead_has_no_more_sentences_than_asked_for(zim):
    (found,) = Archive(zim, 2, 10).find("Honey", 1)
    assert found.summary == "Honey is a sweet food made by bees. It keeps for years."
    assert found.url == "Honey"


def test_the_sentence_chooses_among_things_of_one_name(backend):
    fishing = facts(backend, "Caught a huge trout today , thank you Marlow", "Marlow")
    music = facts(backend, "Those jazz trumpets ! Marlow again", "Marlow")
    assert [(fact["title"], fact["kept"]) for fact in fishing] == [("Marlow (river)", True), ("Marlow (band)", False)]
    assert [(fact["title"], fact["kept"]) for fact in music] == [("Marlow (band)", True), ("Marlow (river)", False)]


def test_an_article_that_matches_only_the_name_is_rejected_and_stays(backend):
    (fact,) = facts(backend, "Ten years later and Dun Ora is still my favourite guitar album", "Dun Ora")
    assert fact["kept"] is False
    assert fact["relevance"] < 0.15
    assert fact["title"] == "Dun Ora"


def test_with_the_name_left_in_the_wrong_article_looks_near(zim):
    wrong = "Ten years later and Dun Ora is still my favourite guitar album"
    (bare,) = facts(Zim(params(zim)), wrong, "Dun Ora")
    (whole,) = facts(Zim(params(zim, without_name=False)), wrong, "Dun Ora")
    assert whole["relevance"] > bare["relevance"] + 0.2


def test_a_sentence_that_is_only_the_name_still_has_a_relevance(backend):
    (fact,) = facts(backend, "Honey", "Honey")[:1]
    assert fact["relevance"] > 0.3


def test_batched_equals_single(backend):
    items = [
        {"sentence": "Caught a trout , thank you Marlow", "candidates": ["Marlow"]},
        {"sentence": "nothing here", "candidates": []},
        {"sentence": "Honey from Tessaly", "candidates": ["Honey", "Tessaly"]},
    ]
    together = schemas.round_floats([result.value for result in backend(items)])
    alone = schemas.round_floats([backend([item])[0].value for item in items])
    assert together == alone


def test_a_second_run_computes_nothing(zim, tmp_path):
    items = [
        {"id": "a", "sentence": "Honey from Tessaly", "candidates": ["Honey", "Tessaly"], "skip": None},
        {"id": "b", "sentence": "no", "candidates": [], "skip": None},
    ]
    store = Store(tmp_path / "rows.sqlite")
    first, _, report = compute.compute("knowledge", items, Zim(params(zim)), store)
    again, _, second = compute.compute("knowledge", items, Zim(params(zim, batch_size=1)), store)
    assert (report.computed, second.computed) == (2, 0)
    assert first == again


def test_two_builds_of_the_same_articles_are_the_same_archive(zim, tmp_path):
    zim_writer.write(tmp_path / "again.zim", ARTICLES)
    zim_writer.write(tmp_path / "other.zim", ARTICLES[:-1])
    assert zim.read_bytes() != (tmp_path / "again.zim").read_bytes()
    assert Zim(params(tmp_path / "again.zim")).identity() == Zim(params(zim)).identity()
    assert Zim(params(tmp_path / "other.zim")).identity() != Zim(params(zim)).identity()


def test_another_archive_of_the_same_size_and_time_is_told_apart(zim, tmp_path):
    file = tmp_path / "a.zim"
    file.write_bytes(zim.read_bytes())
    memo = LocalMemo()
    before, stat = Archive(file, 2, 5).digest(memo), file.stat()
    file.write_bytes(file.read_bytes().replace(b"Marlow", b"Morlaw"))  # titles are not compressed
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert Archive(file, 2, 5).digest(memo) != before


def test_known_by_its_build_another_build_is_another_archive(zim, tmp_path):
    zim_writer.write(tmp_path / "again.zim", ARTICLES)
    one, same, other = (Zim(params(file, known_by="build")).identity() for file in (zim, zim, tmp_path / "again.zim"))
    assert one == same != other


def without_index(file: Path, articles: list[Article]) -> Path:
    with Creator(file).config_indexing(False, "eng").config_nbworkers(1).config_verbose(False) as creator:
        creator.set_mainpath(articles[0].path)
        for one in articles:
            creator.add_item(zim_writer._ArchivePage(one))
            for title in one.redirects:
                creator.add_redirection(zim_writer.path(title), title, one.path, {Hint.FRONT_ARTICLE: True})
    return file


def test_an_archive_without_an_index_is_another_archive(zim, tmp_path):
    bare = without_index(tmp_path / "bare.zim", ARTICLES)
    found = {file: [page.title for page in Archive(file, 2, 5).find("Ninefold", 1)] for file in (zim, bare)}
    assert found == {zim: ["Quiet Lamp"], bare: []}  # in the text alone
    assert Archive(bare, 2, 5).digest(LocalMemo()) == Archive(zim, 2, 5).digest(LocalMemo())
    assert Zim(params(bare)).identity()["lacks"][0] == "full-text index"
    assert "lacks" not in Zim(params(zim)).identity()  # as in rows that were stored before


def test_a_suggested_title_is_known_by_its_words_whatever_stands_between_them(tmp_path):
    titles = {"Spider-Man": "Spider-Man (2002 film)", "O'Neil": "O'Neil Cinema", "Spider": "Spider-Man (2002 film)"}
    articles = [article(title, f"{title} is well known.") for title in dict.fromkeys(titles.values())]
    archive = Archive(without_index(tmp_path / "films.zim", articles), 2, 5)
    assert {name: [page.title for page in archive.find(name, 3)] for name in titles} == {
        name: [title] for name, title in titles.items()
    }


def test_an_encoder_that_pools_otherwise_gives_other_relevances(zim, tiny_encoder, tmp_path):
    folder = tmp_path / "encoder"
    shutil.copytree(tiny_encoder, folder)
    before = Zim(params(zim, encoder=str(folder))).identity()
    (folder / "modules.json").write_text('[{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]')
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    after = Zim(params(zim, encoder=str(folder))).identity()
    assert "pooling" not in before
    assert after["pooling"] == "cls"


def test_identity_has_no_path_and_each_param_that_matters(zim):
    identity = Zim(params(zim)).identity()
    assert str(zim) not in str(identity)
    changed = {"max_results": 2, "max_kept": 2, "max_meanings": 1, "max_sentences": 1, "min_relevance": 0.3}
    for name, value in changed.items():
        assert Zim(params(zim, **{name: value})).identity() != identity, name


def test_a_missing_archive_is_named_with_a_remedy(tmp_path):
    with pytest.raises(InputError, match="missing-archive.*nowhere.zim") as caught:
        Zim(params(tmp_path / "nowhere.zim")).identity()
    assert "remedy" in str(caught.value)


@pytest.mark.parametrize("keep", [0, 50, 0.5])
def test_a_broken_archive_is_named(zim, tmp_path, keep):
    content = zim.read_bytes()
    broken = tmp_path / "broken.zim"
    broken.write_bytes(content[: keep if isinstance(keep, int) else int(len(content) * keep)])
    with pytest.raises(InputError, match="broken-archive.*broken.zim"):
        Zim(params(broken)).identity()


def test_names_of_spans_come_once():
    assert candidate_names([{"text": "B"}, {"text": "A"}, {"text": "B"}]) == ["B", "A"]
    assert candidate_names(None) == []


def test_a_byte_that_was_changed_anywhere_is_answered_or_named(zim, tmp_path):
    """Of 24 archives with one damaged stretch each, none ends in an error of the library's own."""
    content = zim.read_bytes()
    named = set()
    for part in range(24):
        at = len(content) * part // 24
        damaged = tmp_path / "damaged.zim"
        damaged.write_bytes(content[:at] + bytes(byte ^ 0x55 for byte in content[at : at + 40]) + content[at + 40 :])
        backend = Zim(params(damaged))
        try:
            backend.identity()
            backend([{"sentence": "Marlow plays honey tonight", "candidates": ["Marlow", "honey", "GWU"]}])
        except InputError as error:
            named.add((error.name, error.where))
    assert named == {("broken-archive", str(tmp_path / "damaged.zim"))}
