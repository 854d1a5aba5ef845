from tests.tiny import build, encoding, examples, tiny_encoder  # noqa: F401  fixtures
