"""The one thread that owns the model: it loads it, and answers together what waits together."""

from __future__ import annotations

import dataclasses
import math
import queue
import re
import sys
import tempfile
import threading
import traceback
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path

from mmner.base.errors import InputError
from mmner.predict.answers import Answer
from mmner.predict.posts import BROUGHT
from mmner.predict.predictor import Predictor
from mmner.rows import store as rows_store
from mmner.rows.contract import Budget
from mmner.rows.store import Store
from mmner.tools.serve.limits import Refusal
from mmner.tools.serve.uploads import NAME, Upload

PATH = re.compile(r"(?<![\w.:/])(?:/[\w.@+~-]+)+/?")  # what may be a path of this machine, in what we say ourselves
STAGE = re.compile(r"stage (\w+):")


@dataclasses.dataclass(eq=False)
class Job:
    """The posts of a request. future: a dict a post, as the client gets it; Refusal where there are none."""

    posts: Sequence[Upload]
    explain: bool = False
    future: Future = dataclasses.field(default_factory=Future)


class Worker:
    """load: called in the thread, since SQLite wants to be used where it was opened. together: posts that are answered
    at a time. money: that language models may cost a request; requests are then answered one by one, where any has a
    price. log: told what goes wrong, with tracebacks.
    """

    def __init__(
        self,
        load: Callable[[], Predictor],
        *,
        together: int = 32,
        money: float = math.inf,
        log: Callable[[str], None] | None = None,
    ):
        self._load, self._together, self._money = load, together, money
        self._log = log or (lambda text: print(text, file=sys.stderr, flush=True))
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._loaded: Future = Future()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="predictor", daemon=True)

    def start(self) -> Predictor:
        """Load the model: it may be looked at, not used. Errors: those of `load`."""
        self._thread.start()
        return self._loaded.result()

    def submit(self, job: Job) -> None:
        self._waiting.put(job)

    def end(self, seconds: float | None = None) -> bool:
        """Answer what waits, then end; whether that took no longer than `seconds`."""
        self._waiting.put(None)
        self._thread.join(seconds)
        return not self.alive

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._predictor = predictor = self._load()
            self._learnt = _last_rows(predictor.store)
            if self._money < math.inf and any(map(_has_price, predictor.preparation.backends.values())):
                self._together = 1
        except BaseException as error:
            self._loaded.set_exception(error)
            return
        self._loaded.set_result(predictor)
        while jobs := self._take():
            if begun := [job for job in jobs if job.future.set_running_or_notify_cancel()]:
                self._answer(begun)
        predictor.close()

    def _take(self) -> list[Job]:
        """What waits, up to so many posts; the next one where nothing does. Empty: it is over."""
        jobs: list[Job] = []
        while not self._ending and sum(len(job.posts) for job in jobs) < self._together:
            try:
                job = self._waiting.get(block=not jobs)
            except queue.Empty:
                break
            if job is None:
                self._ending = True
            else:
                jobs.append(job)
        return jobs

    def _answer(self, jobs: list[Job]) -> None:
        """Give each of `jobs` its answers. What is wrong with one of many is no other's fault: then each is alone."""
        try:
            found = self._predict(jobs)
        except Exception as error:
            if len(jobs) > 1:
                for job in jobs:
                    self._answer([job])
                return
            jobs[0].future.set_exception(self._refusal(error))
        else:
            for job, answers in zip(jobs, found, strict=True):
                job.future.set_result(answers)

    def _predict(self, jobs: list[Job]) -> list[list[dict]]:
        allowance = Budget({"money": self._money})
        for backend in self._predictor.preparation.backends.values():
            backend.budget.within = allowance
        posts = [(f"post {number}", post) for job in jobs for number, post in enumerate(job.posts)]
        with tempfile.TemporaryDirectory(prefix="mmner-serve-") as folder:
            given = [(where, _given(post, Path(folder, str(n)))) for n, (where, post) in enumerate(posts)]
            try:
                explain = any(job.explain for job in jobs)
                answers = [*self._predictor.stream(given, explain=explain, chunk=len(given))]
            finally:
                if str(self._predictor.store.path) == rows_store.IN_MEMORY:
                    _forget(self._predictor.store, self._learnt)
            told = [_told(answer, post, folder) for answer, (_, post) in zip(answers, posts, strict=True)]
        rest = iter(told)
        return [[_for(job, next(rest)) for _ in job.posts] for job in jobs]

    def _refusal(self, error: Exception) -> Refusal:
        """What the client is told of `error`; the rest is for the log."""
        if isinstance(error, InputError):
            self._log(str(error))
            stages = STAGE.findall(error.what) if error.name == "no-engine" else []
            keys = [key for key, stage in BROUGHT.items() if stage in stages]
            what = f"stage {', '.join(stages)} can't run on this server" if stages else "this server can't answer now"
            remedy = f"; posts may bring {', '.join(keys)} themselves" if keys else ""
            return Refusal(503, error.name, f"{what}; its log says why{remedy}")
        number = uuid.uuid4().hex[:8]
        self._log(f"error {number}: {''.join(traceback.format_exception(error))}")
        return Refusal(500, "failed", f"the server failed; its log says why under {number}")


def _given(post: Upload, place: Path):
    """What the predictor is given of `post`; an image is written to `place`."""
    if post.error is not None:
        return post.error
    if post.image is None:
        return post.given
    place.write_bytes(post.image)
    return post.given | {"image": str(place)}


def _told(answer: Answer, post: Upload, folder: str) -> dict:
    """`answer` as the client gets it: nothing that the server says in it names a file of the server."""
    content = answer.as_dict()
    if post.error is not None and isinstance(post.given, dict):
        id, text = post.given.get("id"), post.given.get("text")
        content["id"] = str(id) if isinstance(id, str | int) else None
        content["text"] = text if isinstance(text, str) else None

    def hidden(said: str) -> str:
        return PATH.sub("[path]", re.sub(re.escape(folder) + r"/\d+", NAME, said))

    if "error" in content:
        content["error"] = hidden(content["error"])
    if read := content["read"]:
        read["image"] = hidden(read["image"])
        # Of a stage's failure its kind: what follows may be an address in the server's own network.
        read["stages"] = {
            stage: hidden(came if folder in came else came.partition(": ")[0]) for stage, came in read["stages"].items()
        }
    return content


def _for(job: Job, content: dict) -> dict:
    """`content` without the evidence that another request of the batch wanted."""
    return content if job.explain else {key: value for key, value in content.items() if key != "explain"}


def _has_price(backend) -> bool:
    return any((backend.params.model_dump().get("prices") or {}).values())


def _last_rows(store: Store) -> dict[str, int]:
    return {
        table: store.db.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]
        for table in ("rows", "marks")
    }


def _forget(store: Store, last: dict[str, int]) -> None:
    """Drop what `store` took in since it had `last`: a server may run for months, and nobody asked it to remember."""
    with store.writing() as db:
        for table, row in last.items():
            db.execute(f"DELETE FROM {table} WHERE rowid > ?", (row,))
