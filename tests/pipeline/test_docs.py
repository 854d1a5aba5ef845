"""What the documentation shows is what the project is."""

import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from PIL import Image

from mmner.__main__ import COMMANDS, parser
from mmner.base import params, yaml_files
from mmner.base.errors import InputError
from mmner.corpus.params import Corpus
from mmner.rows.compute import compute
from mmner.rows.stages import PREPARED, STAGES
from mmner.rows.store import Store
from mmner.tag import params as systems
from mmner.tools.docs import links, readme, reference, svg
from mmner.train.params import Run, Training
from tests.pipeline.graph import ROOT

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("page", readme.PAGES)
def test_the_generated_part_of_a_page_is_up_to_date(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert readme.fill(page, text, ROOT) == text, "run `make docs`"


def test_the_table_names_the_backends_of_each_stage():
    made = readme.table(yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"], ROOT)
    backends = {line.split("`")[1]: line.rsplit("|", 2)[1].strip() for line in made.splitlines()[2:]}
    assert (backends["images"], backends["candidates"]) == ("`mediawiki`", "`tagger`, `precomputed`, `none`")
    assert [stage for stage, named in backends.items() if named == "–"] == ["sample", "examples", "train", "evaluate"]


@pytest.mark.parametrize(("page", "marker"), [("README.md", "table:begin"), ("docs/architecture.md", "graph:begin")])
def test_a_page_without_its_markers_is_an_error_that_names_one(page, marker):
    with pytest.raises(InputError, match=f"{page}: no <!-- {marker} -->"):
        readme.fill(page, "# mmner\n", ROOT)


PAGES = links.pages(ROOT)


def test_every_link_of_a_page_leads_somewhere():
    assert links.check(ROOT) > 100


@pytest.mark.parametrize("name", ["params.md", "commands.md", "python.md", "artifacts.md"])
def test_a_page_of_the_reference_is_what_the_code_says(name, reference_pages):
    assert (ROOT / reference.FOLDER / name).read_text(encoding="utf-8") == reference_pages[name], "run `make docs`"


def test_the_reference_has_every_section_backend_and_command_with_its_keys(reference_pages):
    lines = reference_pages["params.md"].splitlines()
    assert {f"## {section}" for section in params.SECTIONS} <= {*lines}
    assert {f"### {stage.section}: {name}" for stage in STAGES.values() for name in stage.backends} <= {*lines}
    assert "| `folds` | whole number |  | ≥ 2, ≤ 1,000,000,000 |  |" in lines
    words = "of the text in the image; two Chinese characters count as one"
    assert f"| `max_words` | whole number | `12` | ≥ 0, ≤ 1,000,000,000 | {words} |" in lines
    assert '| `splits` | list of `dev`, `test` | `["dev"]` |  |' in lines
    assert '| `prices` | [Prices](#prices) | `{"input": 0.0, "output": 0.0}` |  |  |' in lines
    assert {f"## {name}" for name in COMMANDS} <= {*reference_pages["commands.md"].splitlines()}
    assert "| `--limit N` | read the first N posts of each split, to try it out |" in reference_pages["commands.md"]
    assert "    ) -> list[Answer]" in reference_pages["python.md"]
    assert "| `gate` | float | the text's share, g of TVO eq. 4 |" in reference_pages["artifacts.md"]


@pytest.fixture(scope="module")
def reference_pages():
    pytest.importorskip("torch")
    return reference.pages(parser())


def test_the_site_has_every_page_of_the_docs_once_and_no_other():
    class Loader(yaml.SafeLoader):
        """mkdocs.yml names Python objects, which Zensical loads."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    parts = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)["nav"]
    named = [
        page for part in parts for pages in part.values() for page in (pages if isinstance(pages, list) else [pages])
    ]
    paths = sorted(next(iter(page.values())) if isinstance(page, dict) else page for page in named)
    there = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert paths == sorted(there - {path for path in there if re.fullmatch(r"tables/\w+\d\.md", path)})
    assert [next(iter(part)) for part in parts] == ["mmner", "Tutorial", "How-to", "Reference", "Explanation"]


def commands() -> dict[str, str]:
    """Each `python -m mmner ...` that a page names, in a line or in a block -> the page where it stands first."""
    found: dict[str, str] = {}
    for page in PAGES:
        if page.parent.name == "reference":  # forms of commands, which parsers print themselves
            continue
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in re.findall(r"python -m mmner ([^`\n]+)", text):
            typed = re.split(r"\s+#|\s*(?:\||&&|>|<)\s|\)$", line.strip())[0].rstrip(".,;:)")
            found.setdefault(re.sub(r"[\[\]]", "", typed), page.name)
    return {typed: page for typed, page in found.items() if not {"COMMAND", "ACTION"} & {*typed.split()}}


@pytest.mark.parametrize("typed", sorted(commands()))
def test_a_command_that_a_page_names_is_one(typed, capsys):
    if typed.split()[0] == "serve" and "serve" not in COMMANDS:
        pytest.skip("this mmner has no command serve")
    try:
        parser().parse_args(shlex.split(typed))
    except SystemExit:
        pytest.fail(f"{commands()[typed]}: {typed}: {capsys.readouterr().err}")


def test_the_docs_name_commands():
    assert len(commands()) > 40


@pytest.mark.parametrize(
    ("page", "text", "dead"),
    [
        (
            "docs/a.md",
            '[there](b.md) [too](b.md#one-two--three) ![](figures/x.svg) [own](#a) <img src="figures/x.svg">',
            None,
        ),
        ("docs/a.md", "[web](https://example.org/nothing) `[code](nothing.md)`\n\n```\n[code](nothing.md)\n```", None),
        ("README.md", "[folder](docs/figures)", None),
        ("docs/a.md", "\n[gone](c.md)", "docs/a.md:3: c.md: no such file"),
        ("docs/a.md", "![gone](figures/y.svg)", "docs/a.md:2: figures/y.svg: no such file"),
        ("docs/a.md", '<img src="figures/y.svg">', "docs/a.md:2: figures/y.svg: no such file"),
        ("docs/a.md", "[gone](b.md#two)", "docs/a.md:2: b.md#two: no such heading"),
        ("docs/a.md", "[gone](#nothing)", "docs/a.md:2: #nothing: no such heading"),
        (
            "docs/a.md",
            "[out](../README.md)",
            "docs/a.md:2: ../README.md: not in docs/: on the site it would lead nowhere",
        ),
        ("docs/a.md", "[folder](figures)", "docs/a.md:2: figures: a folder, which the site has not"),
    ],
)
def test_a_link_that_leads_nowhere_is_named_with_its_line(tmp_path, page, text, dead):
    (tmp_path / "docs" / "figures").mkdir(parents=True)
    (tmp_path / "docs" / "figures" / "x.svg").touch()
    (tmp_path / "docs" / "b.md").write_text("# B\n\n## One, two & `three`\n")
    (tmp_path / "README.md").write_text("# R\n")
    (tmp_path / page).write_text(f"# A\n{text}\n")
    if dead is None:
        links.check(tmp_path)
        return
    with pytest.raises(InputError, match=re.escape(dead)):
        links.check(tmp_path)


def test_the_graph_has_an_arrow_for_what_a_stage_reads_and_none_from_rows():
    stages = {
        "examples": {"cmd": "x", "outs": ["data/prepared/a/examples.parquet", "data/prepared/a/gold.parquet"]},
        "train": {
            "cmd": "x",
            "deps": ["stages/train.py", "data/prepared/a/gold.parquet"],
            "outs": ["data/runs/r/model", "data/prepared/a/train.rows.parquet"],
        },
    }
    assert readme.graph(stages).splitlines()[2:-1] == ["    examples -->|gold| train"]
    assert readme.artifacts(stages["train"], "outs") == ["model"]


def test_lines_break_at_spaces_and_between_chinese_letters_and_lose_nothing():
    for text in (
        "a rather long sentence of words",
        "一二三四五六七八九十",
        "mixed 一二三 and 四五六 words",
        "unbreakable" * 3,
    ):
        lines = svg.wrap(text, 10)
        assert all(len(line) <= 10 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert svg.wrap("一二三四五六七八", 10) == ["一二三四五", "六七八"]
    assert svg.wrap("two words", 5) == ["two", "words"]
    assert svg.wrap("") == [""]


def test_a_picture_is_well_formed_and_draws_a_region_where_it_is(tmp_path):
    Image.new("RGB", (680, 340), "white").save(tmp_path / "a.png")
    box = {"x0": 0.25, "y0": 0.5, "x1": 0.75, "y1": 1.0}
    drawn = svg.draw(tmp_path / "a.png", [{"box": box}], [("captions", ['A <b> & "c"', "second"])])
    root = ElementTree.fromstring(drawn)
    frame = next(node for node in root.iter(f"{SVG}rect") if node.get("stroke"))
    assert [float(frame.get(name)) for name in ("x", "y", "width", "height")] == [16 + 85, 16 + 85, 170, 85]
    assert [node.text for node in root.iter(f"{SVG}text")] == ["1", "captions", 'A <b> & "c"', "second"]
    assert drawn == svg.draw(tmp_path / "a.png", [{"box": box}], [("captions", ['A <b> & "c"', "second"])])


def test_the_backend_of_the_docs_works_as_it_stands_there(tmp_path):
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    section = text.split("\n## A backend\n")[1].split("\n## ")[0]
    block = re.search(r"(?:^(?:    .*)?\n)+", section.split("contract.py`:\n", 1)[1], re.M)[0]
    names: dict = {}
    exec(textwrap.dedent(block), names)
    shout = names["Shout"](names["Shout"].Params(marks=2))
    items = [{"id": "a", "sentence": "we saw Marlow"}]
    answers, _, report = compute("captions", items, shout, Store(tmp_path / "rows.sqlite"))
    assert answers == [{"value": {"caption": "WE SAW MARLOW!!"}, "error": None}]
    assert (report.computed, shout.batch_size) == (1, 32)


def blocks(page: Path) -> list[str]:
    """The indented blocks of a page, without their indent."""
    found = re.findall(r"(?:\A|\n\n)((?:(?: {4}.*| *)\n)+)", page.read_text(encoding="utf-8") + "\n")
    return [textwrap.dedent(block).strip("\n") for block in found if block.strip()]


def params_blocks() -> list:
    """The blocks that are parts of params.yaml, named by page and first lines."""
    of_params = [
        (page, block) for page in PAGES for block in blocks(page) if block.partition(":")[0] in params.SECTIONS
    ]
    return [pytest.param(block, id=f"{page.stem}-{block.split()[0]}{block.split()[1]}") for page, block in of_params]


@pytest.mark.parametrize("block", params_blocks())
def test_a_part_of_params_yaml_in_the_docs_is_read_by_dvcs_parser_and_accepted_by_its_stages(block):
    content = yaml_files.parse(block, "docs")
    params.check_names(content, "docs")
    for section, entries in [*content.items()]:
        for name, entry in entries.items():
            if section in STAGES:
                _, built = params.variant(section, name, entry, STAGES[section].backends)
            elif section == "systems":
                prepared = {"corpus": entry["corpus"], params.REMOTE: entry.get(params.REMOTE)}
                content |= {"preparations": {entry["preparation"]: prepared}}
                _, variant = systems.split(content, name)
                _, built = params.variant(section, name, variant, STAGES["tag"].backends)
            elif section == "preparations":
                assert entry.keys() == {"corpus", params.REMOTE, *PREPARED}
                continue
            else:
                built = params.build({"corpora": Corpus, "train": Training, "runs": Run}[section], entry, name)
            assert isinstance(built, params.Params)


def test_the_docs_have_parts_of_params_yaml():
    assert len(params_blocks()) >= 8


PYTHON = [block for page in PAGES for block in blocks(page) if re.match(r"(from|import|class|def|@)\b", block)]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: re.search(r"(class|def) (\w+)", block)[2])
def test_every_python_block_of_the_docs_runs(block):
    names: dict = {}
    exec(block, names)
    assert names.keys() > {"__builtins__"}


def test_plots_with_the_template_of_the_docs_load_nothing_from_elsewhere(tmp_path):
    from dvc_render.vega import VegaRenderer

    page = (ROOT / "docs" / "everyday.md").read_text(encoding="utf-8")
    own = re.findall(r"https://cdn.jsdelivr.net/npm/(\S+?)\"", VegaRenderer.SCRIPTS)
    assert f"npm pack {' '.join(own)}\n" in page
    template = textwrap.dedent(page.split("cat > offline.html <<'END'\n")[1].split("    END\n")[0])
    (tmp_path / "offline.html").write_text(template, encoding="utf-8")
    (tmp_path / "f1.csv").write_text("step,f1\n0,0.1\n1,0.3\n", encoding="utf-8")
    dvc = str(Path(sys.executable).with_name("dvc"))
    for command in (["init", "-q", "--no-scm"], ["plots", "show", "f1.csv", "--html-template", "offline.html"]):
        subprocess.run([dvc, *command], cwd=tmp_path, check=True, capture_output=True)
    shown = (tmp_path / "dvc_plots" / "index.html").read_text(encoding="utf-8")
    assert "vegaEmbed(" in shown
    assert re.findall(r'src="(.+?)"', shown) == [f"{name.split('@')[0]}.min.js" for name in own]
