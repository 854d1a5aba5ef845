"""A preparation goes to a colleague through a remote in a folder; tests/engines/test_ssh.py has one behind SSH."""

import pytest

from tests.pipeline import sharing

pytestmark = pytest.mark.slow


def test_a_colleague_who_pulls_and_adds_a_post_computes_a_row_a_stage(prepared, tmp_path):
    mine, colleague = sharing.share(prepared, tmp_path, str(tmp_path / "remote"))
    sharing.assert_a_post_more_costs_a_row_a_stage(mine, colleague)
