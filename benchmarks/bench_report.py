"""How fast the report opens and filters with 10,000 pairs, in headless Chromium, beside a page that shows nothing.

    python benchmarks/bench_report.py [--json FILE]

Needs chromium and the ``full`` extra. Open: navigation until the page is drawn. Filter: one keystroke in the search
field until the list is drawn. Medians of interleaved repetitions.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from qarepo_graph.report.page import report_page
from tests.report.browser import browser
from tests.report.invented import invented_report

REPEATS = 5
WORDS = ("loss", "mask", "token queue", "shard", "zzz")
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures into this file")
    options = parser.parse_args()
    cases = {"trivial page": TRIVIAL}
    for groups, wordings in ((1_000, 10), (10_000, 1)):
        cases[f"{groups:,} groups of {wordings}"] = report_page(invented_report(groups, wordings))
    opened: dict[str, list[float]] = {name: [] for name in cases}
    filtered: dict[str, list[list[float]]] = {name: [] for name in cases}
    with tempfile.TemporaryDirectory() as folder, browser() as running:
        for name, text in cases.items():
            (Path(folder) / f"{name}.html").write_text(text, encoding="utf-8")
        for _ in range(REPEATS):  # interleaved: a machine that slows down slows all cases
            for name, text in cases.items():
                page = running.new_page(viewport={"width": 1440, "height": 900})
                started = time.perf_counter()
                page.goto((Path(folder) / f"{name}.html").as_uri())
                page.wait_for_selector("#loading", state="detached")
                opened[name].append(time.perf_counter() - started)
                if text is not TRIVIAL:
                    page.keyboard.press("2")
                    filtered[name] += [page.evaluate(FILTER, word) for word in WORDS]
                page.close()
    floor = statistics.median(opened["trivial page"])
    figures = []
    for name, text in cases.items():
        seconds = statistics.median(opened[name])
        filtering, painting = (
            statistics.median(column) for column in zip(*filtered[name] or [(0.0, 0.0)], strict=True)
        )
        figures.append(
            {
                "page": name,
                "megabytes": round(len(text) / 1e6, 2),
                "open_s": round(seconds, 2),
                "open_ratio": round(seconds / floor, 1),
                "filter_ms": round(filtering),
                "filter_and_paint_ms": round(painting),
            }
        )
    print(
        "| page | MB | open, s | times a trivial page | filter, ms | filter and paint, ms |\n|---|---|---|---|---|---|"
    )
    for row in figures:
        print("| " + " | ".join(str(value) for value in row.values()) + " |")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
