"""A headless Chromium for the page's tests: Debian's own, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


def chromium_path() -> str:
    """Return the installed Chromium, or skip the test and say what to install."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    pytest.skip("no chromium on this machine; apt-get install chromium")


@contextmanager
def browser() -> Iterator[Any]:
    """Start the browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install 'qarepo-graph[full]'")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield running
        running.close()


class Watched:
    """A page that keeps what must not happen: console messages, errors, requests other than its own document."""

    def __init__(self, running: Any, **context: Any) -> None:
        self.page = running.new_page(viewport={"width": 1440, "height": 900}, **context)
        self.trouble: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.trouble.append(message.text))
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, url: str) -> Any:
        """Open an address and wait until the page is drawn."""
        self.page.goto(url)
        self.page.wait_for_selector("#loading", state="detached")
        return self.page
