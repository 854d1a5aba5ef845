from tests.llm.conftest import serve, store, surroundings  # noqa: F401
