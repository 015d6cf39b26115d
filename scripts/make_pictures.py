"""Make the README's pictures from a real run of the Python example with the rules model: recording and report.

python scripts/make_pictures.py       (POSIX; needs chromium and the ``docs`` extra)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
REPOSITORY = "examples/python-segmentation"
ABOUT = "Training of a segmentation model"


def main() -> None:
    """Record the run, then photograph its report."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / REPOSITORY, folder / REPOSITORY)
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        command = ["qarepo", "generate", REPOSITORY, "-o", "example.json", "--description", ABOUT]
        recorder = [sys.executable, str(ROOT / "scripts" / "record_terminal.py"), str(PICTURES / "generate.svg"), "--"]
        subprocess.run([*recorder, *command], cwd=folder, check=True)
        subprocess.run(["qarepo", "report", REPOSITORY, "-o", "report.html"], cwd=folder, check=True)
        photograph(folder / "report.html")


def photograph(report: Path) -> None:
    """Show the pair with the most steps, its second step marked, and take the picture."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1360, "height": 820}, color_scheme="light")
        page.goto(report.as_uri())
        page.wait_for_selector("#loading", state="detached")
        page.keyboard.press("2")
        page.evaluate(
            "choose(page.data.entries.filter((e) => e.scenario === 1 && e.steps.length < 7)"
            ".sort((a, b) => b.steps.length - a.steps.length)[0])"
        )
        page.evaluate("document.querySelector('.reading').scrollTop = document.querySelector('.steps').offsetTop - 420")
        page.hover(".steps li:nth-child(2)")
        page.screenshot(path=PICTURES / "report.png")
        browser.close()


if __name__ == "__main__":
    main()
