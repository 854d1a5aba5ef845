"""A real MediaWiki with uploaded images: which one a sentence gets, what is said about it, and how often is asked."""

import hashlib
import io
import random

import pytest
from PIL import Image

from mmner.base import params
from mmner.knowledge.mediawiki_api import Api
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from tests.engines.mediawiki import serving
from tests.fakes.wiki import ASKING, FINDING
from tests.images.folder import Folder

pytestmark = pytest.mark.usefixtures("own_store")  # no test finds what another looked up

ARTIST, COPYRIGHT = 0x013B, 0x8298  # EXIF


def jpeg(colour, size=(500, 400), **exif) -> bytes:
    content, said = io.BytesIO(), Image.Exif()
    for tag, value in exif.items():
        said[{"artist": ARTIST, "copyright": COPYRIGHT}[tag]] = value
    Image.new("RGB", size, colour).save(content, "JPEG", exif=said)
    return content.getvalue()


JAR = jpeg("gold", artist="A. Keeper", copyright="CC BY 4.0")
PAGES = {
    "Honey": "[[File:Jar.jpg|thumb|a jar]]\n'''Honey''' is a sweet food made by bees. It keeps for years.",
    "Marlow": "'''Marlow''' may refer to:\n* [[Marlow (river)]]\n* a band, [[Marlow (band)|Marlow]]",
    "Marlow (band)": "[[File:Band.jpg|thumb]]\n'''Marlow''' is a jazz band with two trumpets. It plays every Friday.",
    "Marlow (river)": "[[File:River Esk.jpg|thumb]]\n'''Marlow''' is a river full of trout. It is 30 km long.",
    "Upper Tessaly": "'''Upper Tessaly''' is a village of beekeepers. It has a church.",
    "MH": "#REDIRECT [[Honey]]",
}
UPLOADS = {
    "Jar.jpg": (JAR, "A jar."),
    "River Esk.jpg": (jpeg("blue", (1000, 500)), "Water."),
    "Band.jpg": (jpeg("red"), "Brass."),
    "Church.jpg": (jpeg("grey"), "The church of Upper Tessaly at night."),
    "Small.jpg": (jpeg("green", (40, 30)), "A tiny lighthouse."),
}
TOWNS = 40
for _number in range(TOWNS):
    PAGES[f"Town {_number}"] = f"[[File:Town{_number}.jpg|thumb]]\n'''Town {_number}''' is a town. People live in it."
    UPLOADS[f"Town{_number}.jpg"] = (jpeg((6 * _number, 0, 90)), "Houses.")


class Site:
    """As tests/images has it: where the wiki is, and nothing about what it was asked."""

    def __init__(self, host: str):
        self.host = host


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("mediawiki"), PAGES, UPLOADS) as host:
        yield Site(host)


def values(site: Site) -> dict:
    return {
        **ASKING,
        **FINDING,
        "backend": "mediawiki",
        "host": site.host,
        "path": "/",
        "files": f"http://{site.host}/",
        "min_relevance": 0.1,
        "width": 100,
        "max_requests": 1000,
        "max_bytes": 10_000_000,
        "batch_size": 50,
    }


def made(site: Site, **changes):
    return params.backend("images", "x", values(site) | changes, STAGES["images"].backends, Store())


def post(sentence: str, *candidates: str) -> dict:
    return {"sentence": sentence, "candidates": list(candidates)}


@pytest.mark.parametrize(
    ("item", "title", "found_by"),
    [
        (post("bees made this sweet food : Honey", "Honey"), "File:Jar.jpg", "article: Honey"),
        (post("bees made this sweet food : MH", "MH"), "File:Jar.jpg", "article: Honey"),
        (post("we caught a huge trout in the Marlow", "Marlow"), "File:River Esk.jpg", "article: Marlow (river)"),
        (post("those trumpets ! jazz with Marlow", "Marlow"), "File:Band.jpg", "article: Marlow (band)"),
        (post("the village Upper Tessaly", "Upper Tessaly"), "File:Church.jpg", "candidate: Upper Tessaly"),
        (post("a tiny , tiny lighthouse"), "File:Small.jpg", "words: tiny lighthouse"),
    ],
)
def test_a_sentence_gets_the_image_that_it_is_about(site, item, title, found_by):
    backend = made(site)
    (result,) = backend([item])
    assert (result.value["title"], result.value["found_by"]) == (title, found_by)
    content = (backend.image_store.folder / result.value["image"]).read_bytes()
    assert result.value["image"] == hashlib.sha256(content).hexdigest() + ".jpg"


def test_images_are_scaled_by_the_wiki_and_small_ones_left_alone(site):
    backend = made(site)
    river, small = backend([post("a huge trout in the Marlow", "Marlow"), post("a tiny lighthouse")])
    assert Image.open(backend.image_store.folder / river.value["image"]).size == (100, 50)
    assert (backend.image_store.folder / small.value["image"]).read_bytes() == UPLOADS["Small.jpg"][0]


def test_licence_and_author_are_those_that_the_file_names_else_who_uploaded_it(site):
    jar, river = (
        result.value
        for result in made(site)([post("sweet food of bees , Honey", "Honey"), post("a trout , Marlow", "Marlow")])
    )
    assert (jar["licence"], jar["author"]) == ("CC BY 4.0", "A. Keeper")
    assert jar["url"] == f"http://{site.host}/index.php/File:Jar.jpg"
    assert jar["address"].startswith(f"http://{site.host}/images/thumb/")
    assert (river["licence"], river["author"]) == (None, "Tester")


def test_a_sentence_that_nothing_fits_has_none(site):
    (result,) = made(site)([post("zzzz yyyy", "Nowhere")])
    assert result.error == "no image found"


def test_a_search_with_many_hits_is_one_request(site):
    api = Api(site.host, "/", "http", "tests@example.org", 5, 0, 0.0)
    found = api.query(list="search", srsearch="town", srwhat="text", srlimit=3, srprop="", srinfo="")
    assert len(found.search) == 3
    assert api.requests == 1


def test_requests_a_sentence(site):
    """200 sentences of one or two names of 40 towns, some far commoner than others; a tenth names nothing known."""
    chance = random.Random(1)
    items = []
    for number in range(200):
        towns = [min(int(chance.paretovariate(0.6)) - 1, TOWNS - 1) for _ in range(chance.choice([1, 1, 2]))]
        lost = chance.random() < 0.1
        names = [f"Lost {number}"] if lost else [f"Town {town}" for town in towns]
        items.append(post(f"people live in {' and '.join(names)}", *dict.fromkeys(names)))
    backend = made(site)
    results = [result for at in range(0, 200, 50) for result in backend(items[at : at + 50])]
    illustrated = sum(result.value is not None for result in results)
    images = {result.value["image"] for result in results if result.value}
    size = sum(path.stat().st_size for path in backend.image_store.folder.iterdir())
    print(
        f"\n200 sentences, {illustrated} with one of {len(images)} images ({size} bytes), {backend.requests} requests"
    )
    assert illustrated >= 150
    assert backend.requests <= 200
    again = made(site)
    again(items)
    assert again.requests == 0


def test_a_corpus_of_sentences_is_prepared_with_the_images_that_were_found(site, tmp_path):
    folder = Folder(tmp_path, values(site))
    assert "4 rows in, 0 reused, 3 computed" in folder.images()
    folder.run("examples", "--corpus new --raw new --examples out/examples.parquet --gold out/gold.parquet")
    captions = "--corpus new --variant tags --raw new --examples out/examples.parquet --out out/captions.parquet"
    assert "captions: 4 rows in" in folder.run("captions", captions)
    train = (tmp_path / "new" / "train.txt").read_text()
    assert train.startswith("IMGID:")
    assert len(list((tmp_path / "new" / "images").iterdir())) == 1
