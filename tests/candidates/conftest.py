from tests.tiny import tiny_encoder  # noqa: F401  fixture
