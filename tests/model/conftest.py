from tests.fakes.tiny import build, encoding, examples, tiny_encoder  # noqa: F401  fixtures
