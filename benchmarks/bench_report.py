"""How fast the report opens and filters with 10,000 pairs, in headless Chromium, beside a page that shows nothing.

    python benchmarks/bench_report.py

Needs chromium and the ``full`` extra. Open: navigation until the page is drawn. Filter: one keystroke in the search
field until the list is drawn. Each the median of five.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from qarepo_graph.report.page import report_page
from tests.report.browser import browser
from tests.report.invented import invented_report

TRIVIAL = "<!doctype html><title>nothing</title><p>nothing"
FILTER = """async (word) => {
  const field = document.getElementById('search');
  const started = performance.now();
  field.value = word;
  field.dispatchEvent(new Event('input'));
  const done = performance.now();
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  return [done - started, performance.now() - started];
}"""


def main() -> None:
    """Measure and print one Markdown row per case."""
    folder = Path(tempfile.mkdtemp())
    cases = {"trivial page": TRIVIAL}
    for groups, wordings in ((1_000, 10), (10_000, 1)):
        cases[f"{groups} groups x {wordings}"] = report_page(invented_report(groups, wordings))
    print("| page | MB | open, s | filter, ms | filter and paint, ms |\n|---|---|---|---|---|")
    with browser() as running:
        for name, text in cases.items():
            path = folder / "page.html"
            path.write_text(text, encoding="utf-8")
            opened = []
            for _ in range(5):
                page = running.new_page(viewport={"width": 1440, "height": 900})
                started = time.perf_counter()
                page.goto(path.as_uri())
                page.wait_for_selector("#loading", state="detached")
                opened.append(time.perf_counter() - started)
                if _ < 4:
                    page.close()
            filtered: list[list[float]] = []
            if text is not TRIVIAL:
                page.keyboard.press("2")
                filtered = [page.evaluate(FILTER, word) for word in ("loss", "mask", "token queue", "shard", "zzz")]
            page.close()
            figures = [f"{statistics.median(column):.0f}" for column in zip(*filtered, strict=True)] or ["-", "-"]
            print(f"| {name} | {len(text) / 1e6:.2f} | {statistics.median(opened):.2f} | {' | '.join(figures)} |")


if __name__ == "__main__":
    main()
