"""A real OpenAI-compatible server: llama-cpp-python with Gemma 3 270M (4 bits a weight), out of .venv-llm."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines.ports import free_port, wait_for

VENV = Path(__file__).resolve().parents[2] / ".venv-llm"
MODEL = "gemma-3-270m"


class LlmServer:
    """One server process; `url` is its base_url. It can be killed, and started again at the same address."""

    def __init__(self, log: Path):
        self.log = log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Errors: FileNotFoundError without .venv-llm (`make .venv-llm/ready`), RuntimeError with what it said."""
        model = ["--model", str(VENV / f"{MODEL}.gguf"), "--model_alias", MODEL, "--n_ctx", "4096"]
        # One thread: two wait for each other whenever another process wants a core. The file names no chat template.
        how = ["--n_threads", "1", "--n_threads_batch", "1", "--n_batch", "128", "--chat_format", "gemma"]
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        with self.log.open("a") as log:
            command = [str(VENV / "bin" / "python"), "-m", "llama_cpp.server", *model, *how, *where]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(f"{self.url}/models", self._process)
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{self.log.read_text()[-2000:]}") from error

    def kill(self) -> None:
        """End it at once, with requests in flight."""
        if self._process:
            self._process.kill()
            self._process.wait(10)


@contextmanager
def serving(folder: Path) -> Iterator[LlmServer]:
    """A running LlmServer, which logs into `folder`."""
    server = LlmServer(folder / "server.log")
    try:
        server.start()
        yield server
    finally:
        server.kill()
