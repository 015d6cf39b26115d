"""A server that has said one thing, without a server: what our code makes of any bytes."""

from __future__ import annotations

from qarepo_graph.llm.chat import ChatBackend, open_backend
from qarepo_graph.llm.wire import Answer, Wire


class _Recorded(Wire):
    """Gives the same answer to every request."""

    def __init__(self, said: Answer) -> None:
        super().__init__(seconds=1, connections=1)
        self._said = said

    async def exchange(self, *_: object, **__: object) -> Answer:
        """Return it."""
        return self._said


def backend_told(said: Answer) -> ChatBackend:
    """Return a backend whose server answers every request with this."""
    backend = open_backend("vllm:m", base_url="http://127.0.0.1:9/v1")
    backend._client.model.wire = _Recorded(said)  # type: ignore[attr-defined]  # the model is ours
    return backend
