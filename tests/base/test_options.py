"""What commands refuse of their options."""

from pathlib import Path

import pytest

from mmner.base.errors import InputError
from mmner.base.options import check_folder, check_number, pairs


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), 1e30, 0])
def test_a_number_out_of_its_range_is_refused(value):
    with pytest.raises(InputError, match=r"bad-option. --days .*\n  remedy: a number from 1 to 10"):
        check_number("--days", value, 1, 10)


def test_numbers_in_range_and_none_pass():
    for value in (None, 1, 10, 2.5):
        check_number("--days", value, 1, 10)


def test_a_folder_that_was_named_must_be_there(tmp_path):
    (tmp_path / "file").write_text("")
    check_folder("--prepared", tmp_path, Path("other"))
    check_folder("--prepared", tmp_path / "absent", tmp_path / "absent")
    for path in (tmp_path / "file", tmp_path / "absent", Path("/dev/null")):
        with pytest.raises(InputError, match="bad-option"):
            check_folder("--prepared", path, tmp_path / "default")


def test_pairs_are_names_with_values():
    assert pairs(["a=b", "c=d=e"], "--with") == {"a": "b", "c": "d=e"}
    for wrong in ("a", "=b", "a="):
        with pytest.raises(InputError, match="bad-option"):
            pairs([wrong], "--with")
