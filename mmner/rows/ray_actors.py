"""Workers on the machines of a Ray cluster: actors, each with a copy of the backend.

Plain actors and not Ray Data's map_batches: a group of rows goes to one actor whole, each batch is stored as it ends,
and an actor asks the driver's memo and budget. Items travel, images as their paths: the machines share a disk, or have
the corpus at the same place.
"""

from __future__ import annotations

import asyncio
import os
import time
from itertools import count
from pathlib import Path
from typing import Any

from mmner.base import interpreter
from mmner.base.errors import InputError
from mmner.base.main import tune_interpreter
from mmner.rows.contract import Backend, Item
from mmner.rows.pool import Call, Died, Done, Failed, Pool, Recipe, Worker
from mmner.rows.workers import Copy

# Of the driver's environment, what actors get where it is set.
PASSED_ON = (
    *("MMNER_DEVICE", "HF_HOME", "HF_HUB_OFFLINE", "TQDM_DISABLE"),
    *("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "TOKENIZERS_PARALLELISM"),
)


NODE_DIED = "its node has died"  # in Ray's words
PAUSE = 1.0  # seconds


class Desk:
    """An actor beside the driver: where actors ask what the driver answers."""

    def __init__(self) -> None:
        self._calls: asyncio.Queue = asyncio.Queue()
        self._waiting: dict[int, asyncio.Future] = {}
        self._numbers = count()

    async def ask(self, token: int, call: Call) -> tuple[Any, BaseException | None]:
        """(value, error) of `call`, by the actor that has `token`."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._calls.put((number, token, call))
        return await self._waiting[number]

    async def next(self) -> tuple[int, int, Call]:
        """(its number, who asks, what) of the next call."""
        return await self._calls.get()

    async def reply(self, number: int, value: Any, error: BaseException | None) -> None:
        self._waiting.pop(number).set_result((value, error))


class Actor:
    """What runs on a machine of the cluster. folder: the driver's, from which paths count."""

    def __init__(self, recipe: Recipe, desk, token: int, folder: str):
        import ray

        def ask(call: Call) -> Any:
            value, error = ray.get(desk.ask.remote(token, call))
            if error is not None:
                raise error
            return value

        if os.path.isdir(folder):
            os.chdir(folder)
        tune_interpreter()
        self._copy = Copy(recipe, ask)

    def answer(self, items: list[Item]) -> Done | Failed:
        return self._copy.answer(items)


class RayActors(Pool):
    """An Executor on the Ray cluster at `address`, with `width` actors; None: one for each GPU, or else for each core.

    Errors: InputError `no-ray`.
    """

    def __init__(self, backend: Backend, width: int | None, address: str):
        try:
            import ray
        except ImportError as error:
            remedy = interpreter.pip_install('"mmner[ray]"')
            raise InputError("no-ray", f"this interpreter lacks ray: {error}", remedy=remedy) from error
        root = str(Path(__file__).resolve().parents[2])
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        passed_on["PYTHONPATH"] = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        self._ours = not ray.is_initialized()
        try:
            if self._ours:
                ray.init(address=address, runtime_env={"env_vars": passed_on}, logging_level="warning")
            resources = ray.cluster_resources()
        except Exception as error:
            what = f"no Ray cluster at {address}: {type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise InputError("no-ray", what, remedy="start one (`ray start --head`), or correct the address") from error
        gpus = int(resources.get("GPU", 0))
        super().__init__(backend, width or gpus or max(int(resources.get("CPU", 1)), 1))
        self._ray, self._tokens, self._asked = ray, count(), 0
        self._gpus = min(gpus / self.width, 1)
        self._answers: dict[Any, Worker] = {}  # reference to a batch's answer -> who has it
        here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        self._desk = ray.remote(Desk).options(num_cpus=0, max_concurrency=1000, scheduling_strategy=here).remote()
        self._call = self._desk.next.remote()

    def _start(self, place: int, recipe: Recipe) -> Any:
        token = next(self._tokens)
        # By default an actor wants a core to begin with: the one that takes a dead one's place can wait for it forever.
        options = {"scheduling_strategy": "SPREAD", "num_cpus": 0, "num_gpus": self._gpus}
        actor = self._ray.remote(Actor).options(**options).remote(recipe, self._desk, token, os.getcwd())
        return token, actor

    def _give(self, worker: Worker, items: list[Item]) -> None:
        self._answers[worker.handle[1].answer.remote(items)] = worker

    def _event(self, busy: list[Worker]) -> tuple[Worker, Call | Done | Failed | Died]:
        while True:
            ready = self._ray.wait([*self._answers, self._call])[0][0]
            if ready != self._call:
                return self._ended(ready)
            self._asked, token, call = self._ray.get(ready)
            self._call = self._desk.next.remote()
            if asking := [worker for worker in busy if worker.handle[0] == token]:  # else it died since
                return asking[0], call

    def _ended(self, answer: Any) -> tuple[Worker, Done | Failed | Died]:
        worker = self._answers.pop(answer)
        try:
            return worker, self._ray.get(answer)
        except self._ray.exceptions.RayActorError as error:
            why = " ".join(str(error).split())
            node_died = NODE_DIED in why
            if node_died:
                time.sleep(PAUSE)  # until the cluster knows it, it starts actors there
            return worker, Died(why[:300], by_batch=not node_died)

    def _reply(self, worker: Worker, value: Any, error: BaseException | None) -> None:
        self._desk.reply.remote(self._asked, value, error)

    def _end(self, worker: Worker) -> None:
        self._answers = {answer: other for answer, other in self._answers.items() if other is not worker}
        self._ray.kill(worker.handle[1])

    def __exit__(self, *error) -> None:
        super().__exit__(*error)
        self._ray.kill(self._desk)
        if self._ours:
            self._ray.shutdown()
