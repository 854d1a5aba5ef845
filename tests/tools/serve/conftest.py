"""A tiny trained model that reads captions, from an LLM server of the test; and a worker that owns it."""

import math

import pytest

from mmner.base import params
from mmner.predict.predictor import Predictor
from mmner.predict.recipe import Recipe
from mmner.rows import store as rows_store
from mmner.rows.stages import DEFAULTS, STAGES
from mmner.rows.store import Store
from mmner.tools.serve.worker import Job, Worker
from tests.fakes.llm_server import Reply, Server
from tests.train.preparation import BARE, places, prepare, run, train_anew, training


class Recording(Predictor):
    """Keeps how many posts it was asked for at a time; fails at one that says so."""

    def stream(self, given, **options):
        self.sizes.append(len(given))
        if any("divide by zero" in str(post) for _, post in given):
            raise ZeroDivisionError("of /srv/secret/place")
        return super().stream(given, **options)


@pytest.fixture(scope="session")
def model(tmp_path_factory, tiny_encoder):
    folder = tmp_path_factory.mktemp("serve")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        where = places(folder, prepare(folder / "prepared"))
        small = training({"encoder": str(tiny_encoder), "heads": 2}, choose="last")
        train_anew(run(switches=BARE | {"caption": True}), small, "tweets", where)
    return where.model


@pytest.fixture
def describer():
    """A server that says of every image that it is a board."""
    with Server(lambda body, number: Reply("A board.")) as server:
        yield server


@pytest.fixture
def start(model, describer):
    """start(jobs, store=…, money=…, together=…, **changes of the backend) -> a worker that found `jobs` waiting."""
    workers = []

    def load(store, changes):
        kept = Store(store)
        asked = {"backend": "llm", "base_url": describer.url, "model": "m", "key_env": None, "retries": 0}
        backend = params.backend("captions", "llm", asked | changes, STAGES["captions"].backends, kept)
        about = {"run": "tiny", "corpus": "tweets", "language": "en", "domain": "x", "tokenizer": "blanks"}
        recipe = Recipe(**about, max_pixels=1_000_000, settings=dict(DEFAULTS), variants={})
        return Recording(model, recipe, {"captions": backend}, kept)

    def start(jobs=(), *, store=rows_store.IN_MEMORY, money=math.inf, together=32, **changes) -> Worker:
        Recording.sizes = []
        worker = Worker(lambda: load(store, changes), together=together, money=money, log=lines.append)
        worker.log, worker.sizes = lines, Recording.sizes
        for job in jobs:
            worker.submit(job)
        worker.start()
        workers.append(worker)
        return worker

    lines: list[str] = []
    yield start
    for worker in workers:
        worker.end()


@pytest.fixture
def answers():
    def answers(job: Job) -> list[dict]:
        return job.future.result(60)

    return answers
