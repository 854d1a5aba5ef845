"""Images of a wiki over a wire that misbehaves: which one is taken, what is said about it, and how often is asked."""

import hashlib
import io

import pytest
from PIL import Image

from mmner.base import params
from mmner.base.errors import InputError
from mmner.images import mediawiki
from mmner.images.image_store import ImageStore
from mmner.knowledge.mediawiki_api import Budget
from mmner.rows import compute
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from tests.fakes.wiki import ODD, Wiki
from tests.images.site import FILES, png, values

pytestmark = pytest.mark.usefixtures("own_store")  # no test finds what another looked up


def backend(wiki: Wiki, **changes):
    return params.backend("images", "x", values(wiki) | changes, STAGES["images"].backends, Store())


def post(sentence: str, *candidates: str, name: str = "a") -> dict:
    return {"id": name, "sentence": sentence, "candidates": list(candidates), "skip": None}


HONEY = post("the bees made sweet food again : Honey", "Honey")


@pytest.mark.parametrize(
    ("item", "title", "found_by"),
    [
        (HONEY, "File:Jar.png", "article: Honey"),
        (post("we caught a huge trout in the Marlow", "Marlow"), "File:River.png", "article: Marlow (river)"),
        (post("the trumpets ! jazz with Marlow", "Marlow"), "File:Band.png", "article: Marlow (band)"),
        (post("bees and sweet food : Bare or Honey", "Bare", "Honey"), "File:Jar.png", "article: Honey"),
        (post("beekeepers live in Bare", "Bare"), "File:Village.png", "candidate: Bare"),  # others can't be read
        (post("so many beekeepers called"), "File:Village.png", "words: beekeepers called"),
    ],
)
def test_the_image_of_the_best_article_that_fits_else_one_that_is_searched_for(wiki, item, title, found_by):
    (result,) = backend(wiki)([item])
    assert (result.value["title"], result.value["found_by"]) == (title, found_by)
    content = FILES[title]["bytes"]
    assert result.value["image"] == hashlib.sha256(content).hexdigest() + ".png"
    assert (backend(wiki).image_store.folder / result.value["image"]).read_bytes() == content


def test_a_row_says_whose_the_image_is_and_where_it_is_from(wiki):
    jar, river = backend(wiki)([HONEY, post("a huge trout in the Marlow", "Marlow")])
    assert (jar.value["licence"], jar.value["author"]) == ("CC BY-SA 4.0", "A. Keeper")
    assert jar.value["url"] == "http://wiki/File:Jar.png"
    assert jar.value["address"] == f"http://{wiki.host}/files/Jar.png"
    assert (river.value["licence"], river.value["author"]) == ("Public domain", "Uploader")


def test_what_leads_to_nothing_says_so_and_is_an_answer(wiki):
    (result,) = backend(wiki)([post("zzzz yyyy", "Nowhere")])
    assert (result.value, result.error, result.transient, result.later) == (None, "no image found", False, False)


def test_nothing_is_asked_twice_also_by_another_sentence_or_a_later_run(wiki):
    first = backend(wiki)
    first([HONEY, HONEY | {"sentence": "sweet food from bees , Honey"}])
    assert sum(asked.get("path") == "/files/Jar.png" for asked in wiki.asked) == 1
    later = backend(wiki)
    (result,) = later([HONEY | {"sentence": "food that bees made : Honey"}])
    assert result.value["title"] == "File:Jar.png"
    assert later.requests == 0
    asked_anew = backend(wiki, as_of="2027")
    asked_anew([HONEY])
    assert asked_anew.requests == first.requests


@pytest.mark.parametrize("garbage", ["", "{", "[]", "{}", '{"file": 7, "files": [{"title": "x"}], "name": 7}'])
def test_what_is_remembered_in_no_usable_form_is_asked_for_again(wiki, garbage):
    posts = [HONEY, post("beekeepers live in Bare", "Bare")]
    right = [result.value for result in backend(wiki)(posts)]
    with Store().writing() as db:
        db.execute("UPDATE marks SET value = ? WHERE key LIKE 'wiki 2 %'", (garbage,))
    assert [result.value for result in backend(wiki)(posts)] == right
    again = backend(wiki)
    assert [result.value for result in again(posts)] == right
    assert again.requests == 0


def test_files_of_equal_content_are_one(wiki):
    jar, copy = backend(wiki)([HONEY, post("twin", "twin")])
    assert copy.value["title"] == "File:Copy.png"
    assert copy.value["image"] == jar.value["image"]
    assert len(list(backend(wiki).image_store.folder.iterdir())) == 1


def test_every_request_says_who_asks(wiki):
    backend(wiki)([HONEY])
    assert wiki.agents
    assert all("tests@example.org" in agent for agent in wiki.agents)


def test_a_photograph_of_two_views_is_an_image(tmp_path):
    content = io.BytesIO()
    one = Image.new("RGB", (8, 8), "red")
    one.save(content, "MPO", save_all=True, append_images=[one])
    assert ImageStore(tmp_path, 10**6).put(content.getvalue()).endswith(".jpg")


def test_what_an_older_version_took_for_no_image_is_looked_at_once_more(wiki):
    made = backend(wiki)
    (before,) = made([HONEY])
    address = before.value["address"]
    for kind, fetched in ((mediawiki.BEFORE, True), (mediawiki.DOWNLOADED, False)):
        other = backend(wiki)
        other._downloads.put(kind, address, mediawiki._Downloaded(name=None))
        assert (other._download(other._commons, address) is not None) == fetched


def test_no_more_is_asked_than_the_limit_and_the_next_run_goes_on(wiki):
    needed = backend(wiki, as_of="x")
    needed([HONEY])
    store, items = Store(), [HONEY, HONEY | {"id": "b", "sentence": "zzzz yyyy", "candidates": []}]
    for limit in range(1, needed.requests):
        wiki.asked.clear()
        limited = backend(wiki, max_requests=1)
        answers, _, report = compute.compute("images", items[:1], limited, store)
        assert len(wiki.asked) == 1, limit
        assert answers[0]["error"] == "limit reached: max_requests"
        assert report.transient == 0
    answers, _, _ = compute.compute("images", items, backend(wiki, max_requests=2), store)
    assert answers[0]["value"]["title"] == "File:Jar.png"
    assert answers[1]["error"] == "no image found"


def test_repeated_requests_count_too(wiki):
    wiki.troubles = ["503"] * 9
    limited = backend(wiki, max_requests=3, retries=8)
    (result,) = limited([HONEY])
    assert result.later
    assert len(wiki.asked) == 3 == limited.requests


def test_no_more_bytes_are_kept_than_the_limit(wiki):
    (result,) = backend(wiki, max_bytes=len(png("gold")) - 1)([HONEY])
    assert (result.error, result.later) == ("limit reached: max_bytes", True)
    (result,) = backend(wiki, max_bytes=len(png("gold")))([HONEY])
    assert result.value["title"] == "File:Jar.png"


@pytest.mark.parametrize("trouble", ["503", "429", "drop", "maxlag"])
def test_a_busy_wiki_is_asked_again_later(wiki, trouble):
    wiki.troubles = [trouble] * 2
    store = Store()
    answers, _, report = compute.compute("images", [HONEY], backend(wiki), store)
    assert answers[0]["error"].startswith("wiki busy")
    assert report.transient == 1
    answers, _, report = compute.compute("images", [HONEY], backend(wiki), store)
    assert answers[0]["value"]["title"] == "File:Jar.png"


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_answer_is_no_answer_and_a_later_good_one_is_used(wiki, kind):
    wiki.odd, store = kind, Store()
    searched = post("so many beekeepers called", name="b")
    answers, _, report = compute.compute("images", [HONEY, searched], backend(wiki), store)
    rights = ["File:Jar.png", "File:Village.png"]
    got = [answer["value"] and answer["value"]["title"] for answer in answers]
    assert [title in (None, right) for title, right in zip(got, rights, strict=True)] == [True, True]
    assert report.transient == got.count(None)
    wiki.odd = None
    answers, _, report = compute.compute("images", [HONEY, searched], backend(wiki), store)
    assert [answer["value"]["title"] for answer in answers] == rights


@pytest.mark.parametrize("trouble", ["503", "403"])
def test_a_download_that_fails_for_now_is_no_answer(wiki, trouble):
    needed = backend(wiki, as_of="x")
    needed([HONEY])
    wiki.troubles = ["ok"] * (needed.requests - 1) + [trouble] * 2
    (result,) = backend(wiki)([HONEY])
    assert result.transient


def test_an_image_of_too_many_pixels_is_passed_over(wiki):
    (result,) = backend(wiki, max_pixels=100)([HONEY | {"sentence": "Honey"}])
    assert result.error == "no image found"
    assert list(backend(wiki).image_store.folder.glob("*")) == []


def test_a_lost_file_is_downloaded_again_and_must_be_the_same(wiki):
    first = backend(wiki)
    (result,) = first([HONEY])
    row = {"id": "a", **result.value}
    (first.image_store.folder / row["image"]).unlink()
    first.restore(row)
    assert first.image_store.has(row["image"])
    (first.image_store.folder / row["image"]).unlink()
    wiki.files = FILES | {"File:Jar.png": FILES["File:Jar.png"] | {"bytes": png("black")}}
    with pytest.raises(InputError, match="as_of") as caught:
        first.restore(row)
    assert caught.value.name == "image-gone"


def test_a_budget_is_spent_before_it_is_exceeded():
    budget = Budget({"requests": 1, "bytes": 10})
    assert budget.reserve("requests", 1)
    assert not budget.reserve("requests", 1)
    assert budget.reserve("bytes", 6)
    assert not budget.reserve("bytes", 5)
    budget.settle("bytes", 6, 2)
    assert budget.reserve("bytes", 8)
    assert budget.reserve("money", 1e9)  # no limit


@pytest.mark.parametrize(("key", "value"), [("files", "commons.wikimedia.org"), ("max_requests", 0), ("contact", "me")])
def test_wrong_params_name_the_key(wiki, key, value):
    with pytest.raises(InputError, match=key):
        backend(wiki, **{key: value})
