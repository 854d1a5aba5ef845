"""Backends that other processes can build, too: each shows one thing that workers have to hold."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

from tqdm import tqdm

from mmner.base.errors import InputError
from mmner.base.params import Params as BaseParams
from mmner.rows.contract import Backend, Result

PRIVATE = "/proc/self/fd/500/"  # a folder that a process opened: others don't see it, as on other machines


class Labour(Backend):
    """The caption is the sentence in capitals. log: a file to which each call adds its sentences, as one line."""

    class Params(BaseParams):
        log: str
        batch_size: int = 2
        seconds: float = 0.0  # of a call
        most: int | None = None  # rows that one run may have

        def limits(self):
            return {"requests": self.most}

    uses = ("sentence",)

    def identity(self):
        return {"backend": "labour", "version": 1}

    def __call__(self, items):
        with Path(self.params.log).open("a") as log:
            log.write(" ".join(item["sentence"] for item in items) + "\n")
        time.sleep(self.params.seconds)
        return [self._one(item["sentence"]) for item in items]

    def _one(self, sentence):
        return Result({"caption": sentence.upper()})


class Mortal(Labour):
    """Dies at the sentence "deadly", the first time; "poison" kills whoever reads it."""

    def _one(self, sentence):
        known = self.memo.get([sentence])
        if sentence == "poison" or (sentence == "deadly" and not known):
            self.memo.put({sentence: {"was": "here"}})
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._one(sentence)


class Watched(Labour):
    """It shows a bar."""

    def _one(self, sentence):
        with tqdm(total=1, disable=False) as bar:
            bar.update()
        return super()._one(sentence)


class Limited(Labour):
    def _one(self, sentence):
        if not self.budget.reserve("requests", 1):
            return Result(None, "limit reached", later=True)
        return super()._one(sentence)


class Failing(Labour):
    def _one(self, sentence):
        if sentence == "b":
            raise InputError("no-key", "the key is not set", where="here", remedy="set it")
        return Result({"caption": 1 / 0})


class Grouped(Labour):
    """The caption is who answered. Items of a group begin with the same letter."""

    parallel = "group"
    _first = ""

    def prepare(self, items):
        self._first = items[0]["sentence"]
        return items

    def prepared(self):
        return self._first

    def take_over(self, prepared):
        self._first = prepared

    def order(self, item):
        return item["sentence"][0]

    def group(self, item):
        return item["sentence"][0]

    def _one(self, sentence):
        return Result({"caption": f"{os.getpid()} {self._first}"})


class Telling(Labour):
    """The caption is the interpreter, and its environment."""

    def _one(self, sentence):
        return Result({"caption": f"{sys.executable} in {os.environ.get('MMNER_ENVIRONMENT')}"})


class Reading(Labour):
    """The caption is what the image's file holds, and whether that lies where the driver said."""

    def __call__(self, items):
        places = [(item["image_path"], item["image_path"].startswith(PRIVATE)) for item in items]
        return [Result({"caption": f"{Path(path).read_text()} {'there' if same else 'here'}"}) for path, same in places]


class Alone(Labour):
    parallel = "none"


class Quitting(Labour):
    """A library that ends its process, beside a thread that does not."""

    def _one(self, sentence):
        threading.Thread(target=time.sleep, args=(60,)).start()
        sys.exit("the library gives up")


class Forking(Labour):
    """Dies, and leaves a process that has all that it had open."""

    def _one(self, sentence):
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
        os.kill(os.getpid(), signal.SIGKILL)


class Unpicklable(Labour):
    def _one(self, sentence):
        return Result({"caption": threading.Lock()})
