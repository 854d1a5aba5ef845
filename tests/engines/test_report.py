"""A report in a real browser: it opens without a network, shows images when they are seen, and filters posts."""

import pytest
from PIL import Image

from mmner.tools import report
from mmner.tools.report import analysis, gather
from tests.engines.browser import chromium

COUNT = 60
TAGS = {  # what is predicted of "Mira sings" -> its kind
    "right": ["B-PER", "O"],
    "missed": ["O", "O"],
    "type": ["B-LOC", "O"],
}


def posts():
    """Posts whose kinds take turns; every second one has an image."""
    rows = {}
    made = []
    for number in range(COUNT):
        name = f"post-{number}"
        example = {"language": "en", "image": f"{number}.png" if number % 2 else None, "caption": "a stage <b>"}
        box = {"x0": 0.25, "y0": 0.25, "x1": 0.75, "y1": 0.75}
        example["regions"] = [{"expression": "a stage", "score": 0.5, "box": box}] if number % 2 else []
        rows[name] = example
        predicted = [*TAGS.values()][number % 3]
        row = {"id": name, "tokens": ["Mira", "sings"], "gold": ["B-PER", "O"], "predicted": predicted}
        row |= {"scores": [0.9] * (predicted != ["O", "O"]), "gate": 0.5, "fusion": []}
        made.append(row | {"parts": ["image"] if number % 2 else []})
    return rows, made


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The address of a report of COUNT posts."""
    folder = tmp_path_factory.mktemp("report")
    rows, made = posts()
    for number in range(1, COUNT, 2):
        Image.new("RGB", (400, 200), (number * 4, 90, 160)).save(folder / f"{number}.png")
    prepared = gather.Prepared("p", "c", rows, folder)
    found = [analysis.outcomes(row["gold"], row["predicted"]) for row in made]
    shown = [gather.post(prepared, row, outcomes) for row, outcomes in zip(made, found, strict=True)]
    context = {
        "title": "mine on dev",
        "run": "mine",
        "split": "dev",
        "against": None,
        "other": None,
        "scores": dict.fromkeys(report.TOTALS, 0.5),
        "types": [{"label": "PER", "f1": 0.5, "support": 1, "predicted": 1, "kinds": {"right": 1}}],
        "parts": [],
        "confusion": analysis.confusion(found),
        "calibration": {"bins": [], "error": None},
        "weights": [],
    }
    out = folder / "report.html"
    report.render(out, context, shown, prepared, None)
    return out.as_uri()


def test_posts_come_with_their_images_as_they_are_seen_and_filters_choose(page):
    with chromium() as driver:
        driver.get(page)
        assert driver.find_element("id", "count").text == f"{COUNT} of {COUNT} posts"
        loaded = len(driver.find_elements("css selector", "article img"))
        assert 0 < loaded < COUNT / 2
        driver.execute_script("window.scrollTo(0, document.body.scrollHeight)")
        driver.implicitly_wait(10)
        last = driver.find_element("css selector", f"article[data-number='{COUNT - 1}'] img")
        assert driver.execute_script("return arguments[0].naturalWidth", last) == 220
        frame, box = last.rect, driver.find_element("css selector", f"article[data-number='{COUNT - 1}'] figure i").rect
        assert abs(box["x"] - frame["x"] - frame["width"] / 4) < 3
        assert abs(box["width"] - frame["width"] / 2) < 5
        choose = "document.querySelector('[name={}]').value = '{}';"
        changed = "document.getElementById('filters').dispatchEvent(new Event('input'))"
        for name, value, expected in (
            ("kind", "missed", 20),
            ("kind", "any", 40),
            ("kind", "", 60),
            ("part", "!image", 30),
        ):
            driver.execute_script(choose.format(name, value) + changed)
            assert driver.find_element("id", "count").text == f"{expected} of {COUNT} posts"
        assert "a stage <b>" in driver.find_element("css selector", "article dl").get_attribute("textContent")
        resources = driver.execute_script("return performance.getEntriesByType('resource').map(one => one.name)")
        assert [one for one in resources if not one.startswith("data:")] == []
        assert driver.get_log("browser") == []
