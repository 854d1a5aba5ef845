"""A file of answers that grows as they come: a run that was killed goes on behind the last one.

Writes: FILE.part and, beside it, FILE.part.json, how far it is and of what; FILE when the last answer is in it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from mmner.base import atomic
from mmner.base.errors import InputError
from mmner.predict.answers import Answer
from mmner.predict.formats import Format


class Output:
    """Answers in `file`, as `form` writes them. about: JSON-able, of what they are: another ends the resumption.

    done: how many answers an earlier run left, behind which this one goes on. bad, first_error: how many of all say
    that their post could not be read, and what the first of these says.
    Errors: InputError `artifact-full`, `artifact-read-only`.
    """

    def __init__(self, file: Path, form: Format, about: Sequence[object]):
        self.file, self._form = file, form
        self._part = file.with_name(f"{file.name}.part")
        self._state = file.with_name(f"{file.name}.part.json")
        atomic.refuse_special(file)
        self._about = hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()
        self.done, self.bad, self.first_error = 0, 0, ""
        size = self._resumed()
        with atomic.os_errors_as_input_error(self._part):
            file.parent.mkdir(parents=True, exist_ok=True)
            self._opened: BinaryIO = self._part.open("r+b" if size else "wb")
            self._opened.truncate(size)
            self._opened.seek(size)

    def write(self, answers: Iterable[Answer]) -> None:
        """Append `answers`; when it returns they are on the disk."""
        with atomic.os_errors_as_input_error(self._part):
            for answer in answers:
                text = (self._form.between if self.done else self._form.begin) + self._form.write(answer)
                self._opened.write(text.encode("utf-8", "backslashreplace"))  # as standard output does
                self.done += 1
                self.bad += answer.error is not None
                self.first_error = self.first_error or answer.error or ""
            self._opened.flush()
            os.fsync(self._opened.fileno())
            state = {"about": self._about, "done": self.done, "size": self._opened.tell()}
            state |= {"bad": self.bad, "first_error": self.first_error}
            atomic.write_text(self._state, json.dumps(state))

    def finish(self) -> None:
        """Put the file into place."""
        with atomic.os_errors_as_input_error(self.file):
            self._opened.write(((self._form.begin if not self.done else "") + self._form.end).encode())
            self._opened.close()
            os.replace(self._part, self.file)
            self._state.unlink(missing_ok=True)

    def _resumed(self) -> int:
        """How many bytes an earlier run of the same left whole; what it counted is counted."""
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            done, size, bad, first = (state[name] for name in ("done", "size", "bad", "first_error"))
            if state["about"] == self._about and self._part.stat().st_size >= int(size) > 0:
                self.done, self.bad, self.first_error = int(done), int(bad), str(first)
                return int(size)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        if self.file.is_dir():
            raise InputError("artifact-read-only", "a folder", where=str(self.file), remedy="name a file")
        return 0
