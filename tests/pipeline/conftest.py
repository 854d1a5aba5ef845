"""What the tests of the pipeline share: one small project, prepared once."""

import pytest

from tests.pipeline.project import Project


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A project whose preparation is made and committed. Tests leave it as it is and work on copies."""
    project = Project(tmp_path_factory.mktemp("prepared"))
    project.made = project.make("chains@sample", "features@sample")
    project.commit("prepared")
    return project
