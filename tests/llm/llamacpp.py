"""A real llama.cpp server with the tiny model, as a subprocess on a free port.

python -m tests.llm.llamacpp          # prints the base URL and serves until its input closes
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KEY = "llama-secret-0123456789"
SLOTS = 4
SLOT_TOKENS = 8192

_SERVE = f"""
import sys, xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.port, parameters.hostnames, parameters.model_alias = 0, ["127.0.0.1"], {{"tiny"}}
parameters.n_parallel, parameters.n_ctx = {SLOTS}, {SLOTS * SLOT_TOKENS}
parameters.api_keys = [sys.argv[2]] if sys.argv[2] else []
parameters.warmup = parameters.ui = parameters.fit_params = False
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(parameters)
print("LISTEN", server.listening_address, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class LlamaServer:
    """A running server.

    Attributes:
        url: Its base URL, ``/v1`` included.
        key: The key it wants.
    """

    url: str
    key: str


@contextlib.contextmanager
def llama_server(*, chinese: bool = False, key: str = KEY) -> Iterator[LlamaServer]:
    """Build the model, start the server, and stop it at the end."""
    from tests.llm.tiny_gguf import build

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.gguf"
        build(path, chinese=chinese)
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, str(path), key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            line = next((text for text in process.stdout if text.startswith("LISTEN")), "")
            assert line, f"the llama.cpp server did not start (exit code {process.poll()})"
            yield LlamaServer(line.split()[1] + "/v1", key)
        finally:
            process.communicate(timeout=20)


if __name__ == "__main__":
    with llama_server(key="", chinese="--zh" in sys.argv) as running:
        print(running.url, flush=True)
        sys.stdin.read()
