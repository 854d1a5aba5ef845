"""The papers' printed tables, and what does not add up in them; the expected values are worked out by hand."""

import copy

import pytest
import yaml

from mmner.base import params
from mmner.base.errors import InputError
from mmner.tools.tables import audit, published
from mmner.tools.tables.published import Paper


def changed(name: str, table: int, row: str, group: str, values: list | str) -> Paper:
    path = published.FOLDER / f"{name}.yaml"
    content = copy.deepcopy(yaml.safe_load(path.read_text(encoding="utf-8")))
    content["tables"][table]["rows"][row][group] = values
    return params.build(Paper, content, name)


def test_every_table_is_there_whole():
    cells = {
        f"{name}{number}": sum(
            len(numbers) for row in one.rows.values() for numbers in row.values() if type(numbers) is list
        )
        for name in published.PAPERS
        for number, one in published.paper(name).tables.items()
    }
    assert cells == {
        "tvo1": 13 * 14, "tvo2": 7 * 6, "tvo3": 6 * 6,
        "iac1": 4 * 6, "iac2": 5 * 2, "iac3": 8 * 4, "iac4": 3 * 8, "iac5": 9 * 10, "iac6": 5 * 4,
        "mqspn1": 10 * 9, "mqspn3": 7 * 2,
    }  # fmt: skip


def test_every_row_of_another_s_model_has_the_source_of_its_method():
    for name in ("tvo1", "iac1", "iac2", "iac5", "mqspn1"):
        one = published.table(name)
        assert one.sources().keys() == one.rows.keys() - {one.ours}
    assert published.table("iac5").sources()["BERT-tagger"] == "Devlin et al. 2019"
    assert published.table("iac4").sources() == published.table("tvo2").sources() == {}


@pytest.mark.parametrize(("row", "source"), [("UMT", ""), ("UMT", [2020]), ("TVOMNER", "Yu et al. 2020")])
def test_a_source_that_lacks_or_stands_in_a_row_of_the_paper_s_own_is_an_error(row, source):
    with pytest.raises(InputError, match=f"row {row}") as caught:
        changed("tvo", 1, row, "source", source)
    assert caught.value.name == "bad-params"


def test_a_cell_is_read_by_row_group_and_column():
    one = published.table("tvo1")
    assert one.value("ICKA", "Twitter-2017", "Rec.") == 89.19
    assert one.value("MGCMT", "Twitter-2015", "PER") is None
    assert published.table("iac5").value("templateNER", "K=50 Lit.", "F1") == 64.49


def test_an_unknown_table_names_those_there_are():
    with pytest.raises(InputError, match="iac6") as caught:
        published.table("tvo4")
    assert caught.value.name == "unknown-table"


def test_f1_is_the_harmonic_mean():
    assert audit.f1_of(50.0, 100.0) == pytest.approx(66.6667, abs=1e-4)
    assert audit.f1_of(0.0, 0.0) == 0.0


def test_rounding_alone_is_no_finding_of_harmonic():
    # P 76.90, R 76.25 give 76.5736: 76.57 is right, 76.58 could be with unrounded 76.905 and 76.255, 76.60 could not
    for f1, found in ((76.57, 0), (76.58, 0), (76.60, 1)):
        one = changed("tvo", 2, "w/o VAE", "Twitter-2015", [76.90, 76.25, f1])
        assert sum(check.wrong is not None for check in audit.harmonic(one.tables[2])) == found


def test_types_that_do_not_sum_up_are_found():
    assert {check.wrong for check in audit.totals(published.table("tvo3"))} == {None}
    one = changed("tvo", 3, "LOC", "Twitter-2017", [731, 173, 179])
    found = [check.wrong for check in audit.totals(one.tables[3]) if check.wrong]
    assert found == ["the types of Twitter-2017 Test sum up to 1352, not 1351"]


def test_an_ablation_below_one_that_leaves_out_more_is_found():
    assert list(audit.ablated(published.table("tvo2"))) == []
    one = changed("tvo", 2, "w/o O-V", "Twitter-2017", [87.12, 86.45, 86.01])
    assert list(audit.ablated(one.tables[2])) == [
        "w/o O-V (86.01) is below w/o O-T-V (86.02) on Twitter-2017, though it leaves out less"
    ]


FOUND = [
    "TVO table 1: MGCMT on Twitter-2017 has P 86.03 and R 76.16, hence F1 80.79, not 86.09",
    "TVO table 1: AMLR on Twitter-2015 has P 75.45 and R 75.20, hence F1 75.32, not 75.31",
    "IAC table 1: the mean of PromptNER over its 5 domains is 65.47, not 66.47",
    "IAC table 1: the mean of Ours over its 5 domains is 73.16, not 73.63",
    "IAC table 1: the gain of 8.22 on Politics is over LST-NER (68.51); over the best other row, PromptNER (73.61), "
    "it is 3.12",
    "IAC table 1: the gain of 9.58 on Science is over LST-NER (66.48); over the best other row, PromptNER (71.23), "
    "it is 4.83",
    "IAC table 4: w/o DDC+CRC has the same 6 numbers as PromptNER in table 1",
    "IAC table 4: w/o CRC (76.47) is below w/o DDC+CRC (76.52) on Twitter 2015, though it leaves out less",
    "VEC-MNER on Twitter-2017 is 87.51 in TVO table 1, 84.51 in IAC table 2",
    "MQSPN table 1: the gain of 0.15 on MNER is over TIGER (80.28); over the best other row, "
    "BARTMNER-VinVL-EVG (80.39), it is 0.04",
    "Twitter-2015 Train has 4000 tweets in TVO table 3, 3999 in IAC table 3",
]


@pytest.mark.parametrize("text", FOUND)
def test_what_does_not_add_up_is_found(text):
    assert text in audit.findings()


def test_nothing_else_is_found_but_what_was_looked_at():
    found = audit.findings()
    starts = ("TVO table 1", "TVO table 2", "TVO table 3", "IAC table 1", "IAC table 2", "IAC table 4", "IAC table 5")
    starts += ("MQSPN table 1", "MQSPN table 3")
    counts = {start: sum(text.startswith(start) for text in found) for start in starts}
    assert list(counts.values()) == [2, 3, 0, 7, 0, 5, 1, 1, 0]
    assert len(found) == sum(counts.values()) + 4  # VEC-MNER, and the splits of Twitter-2015
