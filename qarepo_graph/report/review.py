"""The report served for review: on 127.0.0.1 only, behind a random token, one writer.

Another page in the same browser can reach a local port, so every request must name this very host (against DNS
rebinding) and carry the token, and no answer may be framed, cached or sent on.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from pydantic import ValidationError

from qarepo_graph.errors import StorageError, UsageError
from qarepo_graph.report.data import report_data
from qarepo_graph.report.decide import Reviewer, Said
from qarepo_graph.report.page import report_page

HOST = "127.0.0.1"
MAX_REQUEST_BYTES = 2_000_000
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class ReviewServer:
    """Serves one review.

    Attributes:
        reviewer: Who decides, and the run it is about.
        token: What a browser must know.
        port: The port, once it listens.
    """

    reviewer: Reviewer
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """What the person opens."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    async def start(self, port: int = 0) -> None:
        """Listen; a free port is taken for 0.

        Raises:
            UsageError: When the port is taken.
        """
        app = web.Application(client_max_size=MAX_REQUEST_BYTES, middlewares=[self._guard])
        app.add_routes([web.get("/", self._page), web.post("/decisions", self._decide)])
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            msg = f"Port {port} cannot be used ({error.strerror}); choose another with --port, or none."
            raise UsageError(msg) from error
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in (f"{HOST}:{self.port}", f"localhost:{self.port}"):
            return web.Response(status=403, text="This server answers only under its own address.")
        given = request.query.get("token", "") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            return web.Response(status=403, text="The token is missing or wrong; open the address that was printed.")
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=error.reason)
        response.headers.update(_HEADERS)
        return response

    async def _page(self, _: web.Request) -> web.Response:
        data = await asyncio.to_thread(report_data, self.reviewer.source)
        data["review"] = {"token": self.token, "who": self.reviewer.who}
        return web.Response(text=report_page(data, connect=True), content_type="text/html")

    async def _decide(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return web.Response(status=415, text="Send JSON.")
        try:
            said = Said.model_validate_json(await request.read())
            answer: dict[str, Any] = await asyncio.to_thread(self.reviewer.decide, said)
        except ValidationError as error:
            first = error.errors()[0]
            return web.Response(status=400, text=f"{'.'.join(map(str, first['loc']))}: {first['msg']}")
        except KeyError as error:
            return web.Response(status=404, text=f"This run has no row {error.args[0]!r}; load the page again.")
        except StorageError as error:
            return web.Response(status=507, text=str(error))
        status = 422 if "objections" in answer else 200
        return web.Response(status=status, body=orjson.dumps(answer), content_type="application/json")
