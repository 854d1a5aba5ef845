import pytest

from mmner.chains.steps import Steps


@pytest.fixture(scope="session")
def chain():
    """chain(item, **params) -> {step: text}, by the embedded encoder; the default is all four steps."""
    built = {}

    def make(item, steps=("entities", "image", "knowledge", "types"), max_pieces=200):
        key = (tuple(steps), max_pieces)
        if key not in built:
            built[key] = Steps(Steps.Params(steps=list(steps), max_pieces=max_pieces, batch_size=8))
        return {step["name"]: step["text"] for step in built[key]([item])[0].value["steps"]}

    return make
