import pytest

from mmner.base import params
from mmner.base.errors import InputError
from mmner.chains.steps import Steps
from mmner.networks.encoders import MINILM
from mmner.rows import compute
from mmner.rows.stages import STAGES
from mmner.rows.store import Store
from tests.chains.posts import fact, post

BAKERY = ("Marlow", "Marlow", "Marlow is a bakery company that sells bread. It was founded in 1921.")
WHOLE = post(
    "Queue again at Marlow with Ida Fern",
    ["Marlow", "Ida Fern"],
    'A photo of a street sign, with the words "Ida Fern, captain of the team".',
    [BAKERY],
)


def test_each_step_takes_its_own_part(chain):
    steps = chain(WHOLE)
    assert steps["entities"] == "Names: Marlow; Ida Fern."
    assert "captain of the team" in steps["image"]
    assert "bakery" not in steps["image"]
    assert steps["knowledge"] == "Marlow is a bakery company."
    assert "(ORG)" in steps["types"].split(".")[0]
    assert "(PER)" in steps["types"].split(".")[1]


@pytest.mark.parametrize(
    ("summary", "label"),
    [
        ("Marlow is a bakery chain with nine shops.", "ORG"),
        ("Marlow is a rock band from the coast.", "ORG"),
        ("Marlow is a river in the north.", "LOC"),
        ("Marlow is a village known for its mill.", "LOC"),
        ("Marlow is a footballer who plays in goal.", "PER"),
        ("Ann Marlow was a painter and teacher. She died in 1950.", "PER"),
    ],
)
def test_the_article_decides_the_type(chain, summary, label):
    steps = chain(post("I love Marlow", ["Marlow"], None, [("Marlow", "Marlow", summary)]))
    assert f"({label})." in steps["types"]


@pytest.mark.parametrize(
    ("words", "label"),
    [("MARLOW united football club", "ORG"), ("welcome to Marlow village", "LOC"), ("Vote Marlow for mayor", "PER")],
)
def test_words_beside_the_name_in_the_image_decide_the_type(chain, words, label):
    steps = chain(post("I love Marlow", ["Marlow"], f'A photo with the words "{words}".'))
    assert f"({label})." in steps["types"]
    assert steps["image"] == f'The image names Marlow: "{words}".'


def test_the_article_is_believed_before_the_image(chain):
    both = post("I love Marlow", ["Marlow"], 'A photo with the words "Marlow street".', [BAKERY])
    assert "(ORG)" in chain(both)["types"]


def test_without_evidence_the_chain_says_so_and_does_not_guess(chain):
    steps = chain(post("Wow , Marlow !", ["Marlow"], 'A photo of a dog, with the words "closed".'))
    assert steps["types"] == "Nothing shows what Marlow is."
    assert steps["image"] in (
        'The image reads "closed". The image shows a dog.',
        'The image shows a dog. The image reads "closed".',
    )


def test_another_type_inventory_gives_another_type(chain):
    labels = {"FOOD": "food and drink, such as bread and beer", "SHOP": "a shop or a company", "ANIMAL": "an animal"}
    steps = chain(post("I love Marlow", ["Marlow"], None, [BAKERY], labels))
    assert steps["types"] == "Marlow is a shop or a company (SHOP)."


def test_a_rejected_fact_is_not_known(chain):
    item = post("I love Marlow", ["Marlow"])
    item["facts"] = [fact("Marlow", "Marlow", "Marlow is a river.", kept=False)]
    assert chain(item)["knowledge"] == "Nothing is known."


def test_a_step_builds_on_the_steps_before_it(chain):
    signed = post("Wow , Marlow !", ["Marlow"], 'A photo with the words "Marlow united football club".')
    assert "(ORG)" in chain(signed)["types"]
    assert chain(signed, ["entities", "types"])["types"] == "Nothing shows what Marlow is."
    assert chain(signed, ["types", "image"])["types"] == "Nothing shows what Marlow is."


def test_the_steps_are_those_asked_for_in_their_order(chain):
    assert list(chain(WHOLE, ["knowledge", "entities"])) == ["knowledge", "entities"]


@pytest.mark.parametrize("sentence", ["nothing here", "x"])
def test_without_candidates_caption_and_knowledge_there_is_still_a_chain(chain, sentence):
    item = post(sentence) | {"spans": None, "facts": None}
    steps = chain(item)
    assert len(steps) == 4
    assert all(steps.values())
    assert sum(map(len, steps.values())) < 200


def test_a_long_chain_is_shortened_to_its_length_and_every_step_keeps_its_first_clause(chain):
    names = [f"Ida{number}" for number in range(30)]
    item = post(" ".join(names), names, None, [(name, name, f"{name} is a shop.") for name in names])
    steps = chain(item, max_pieces=64)
    tokenizer = Steps(Steps.Params(steps=["types"], max_pieces=9, batch_size=1))._encoder.tokenizer
    assert sum(len(tokenizer.tokenize(text)) for text in steps.values()) <= 64
    assert steps["types"].startswith("Ida0 is an organisation (ORG).")
    assert steps["knowledge"].startswith("Ida0 is a shop.")


def test_batched_equals_single(chain):
    items = [WHOLE, post("a b c"), post("I love Marlow", ["Marlow"], None, [BAKERY])]
    backend = Steps(Steps.Params(steps=["entities", "image", "knowledge", "types"], max_pieces=200, batch_size=8))
    together = [{step["name"]: step["text"] for step in one.value["steps"]} for one in backend(items)]
    assert together == [chain(item) for item in items]


def test_a_second_run_computes_nothing_and_a_new_definition_everything(tmp_path):
    store = Store(tmp_path / "rows.sqlite")
    settings = Steps.Params(steps=["entities", "types"], max_pieces=100, batch_size=8)
    compute.compute("chains", [WHOLE], Steps(settings), store)
    assert compute.compute("chains", [WHOLE], Steps(settings), store)[2].computed == 0
    changed = WHOLE | {"labels": {"THING": "a thing"}}
    assert compute.compute("chains", [changed], Steps(settings), store)[2].computed == 1


@pytest.mark.parametrize("steps", [[], ["entities", "entities"], ["guess"]])
def test_wrong_steps_are_an_error_that_names_them(steps):
    mapping = {"backend": "steps", "encoder": MINILM, "steps": steps, "max_pieces": 9, "batch_size": 1}
    with pytest.raises(InputError, match="steps"):
        params.backend("chains", "x", mapping, STAGES["chains"].backends)
