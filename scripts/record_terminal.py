"""Record a real command in a terminal of its own and write what it looked like as an animated SVG.

    python scripts/record_terminal.py picture.svg -- qarepo generate examples/python-segmentation -o example.json

The command runs in a pseudo terminal (POSIX only); a terminal emulator (pyte) turns its output into screens, each
screen into one frame that is shown for as long as it stood. Pauses over two seconds (``--pause``) are cut to that.
"""

from __future__ import annotations

import argparse
import codecs
import fcntl
import html
import os
import pty
import select
import shlex
import struct
import sys
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyte

COLUMNS, ROWS = 96, 26
FRAME_SECONDS = 0.12
LONGEST_PAUSE = 2.0
LAST_FRAME_SECONDS = 6.0
COLOURS = {
    "red": "#f28b82",
    "green": "#81c995",
    "brown": "#fdd663",
    "blue": "#8ab4f8",
    "magenta": "#d7aefb",
    "cyan": "#78d9ec",
    "brightblack": "#9aa0a6",
}
CELL_WIDTH, CELL_HEIGHT, MARGIN = 8.4, 18, 14


@dataclass(frozen=True)
class Run:
    """Neighbouring cells of one look."""

    column: int
    text: str
    colour: str
    bold: bool


Screen = tuple[tuple[Run, ...], ...]


def record(command: Sequence[str]) -> list[tuple[float, Screen]]:
    """Run the command; return its screens, each with the second it appeared at."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    stream.feed(f"$ {shlex.join(command)}\r\n")
    process, terminal = pty.fork()
    if process == 0:
        os.environ.pop("NO_COLOR", None)
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
        os.execvp(command[0], list(command))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    frames: list[tuple[float, Screen]] = [(0.0, _screen(screen))]
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    started = time.monotonic()
    while True:
        ready, _, _ = select.select([terminal], [], [], FRAME_SECONDS)
        data = b""
        if ready:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # Linux says EIO when the command has gone
                data = b""
            if not data:
                break
            stream.feed(decoder.decode(data))
        now = time.monotonic() - started
        if now - frames[-1][0] >= FRAME_SECONDS and _screen(screen) != frames[-1][1]:
            frames.append((now, _screen(screen)))
    frames.append((time.monotonic() - started, _screen(screen)))
    _, status = os.waitpid(process, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        print("\n".join(line.rstrip() for line in screen.display).strip(), file=sys.stderr)
        sys.exit(f"The command failed with {os.waitstatus_to_exitcode(status)}; nothing was written.")
    return frames


def _screen(screen: pyte.Screen) -> Screen:
    lines = []
    for row in range(ROWS):
        runs: list[Run] = []
        for column in range(COLUMNS):
            cell = screen.buffer[row][column]
            colour = cell.fg if cell.fg.startswith("#") else COLOURS.get(cell.fg, "")
            if len(cell.fg) == 6 and cell.fg not in COLOURS:
                colour = f"#{cell.fg}"
            if runs and (runs[-1].colour, runs[-1].bold) == (colour, cell.bold):
                runs[-1] = Run(runs[-1].column, runs[-1].text + cell.data, colour, cell.bold)
            else:
                runs.append(Run(column, cell.data, colour, cell.bold))
        lines.append(tuple(run for run in runs if run.text.strip()))
    return tuple(lines)


def animated(frames: Sequence[tuple[float, Screen]], title: str, longest_pause: float = LONGEST_PAUSE) -> str:
    """Return the SVG: every frame a group that is visible for its share of the loop."""
    starts, clock = [], 0.0
    for index, (at, _) in enumerate(frames):
        clock += min(longest_pause, at - frames[index - 1][0]) if index else 0.0
        starts.append(clock)
    total = clock + LAST_FRAME_SECONDS
    used = max((row + 1 for _, screen in frames for row, line in enumerate(screen) if line), default=1)
    width, height = COLUMNS * CELL_WIDTH + 2 * MARGIN, used * CELL_HEIGHT + 2 * MARGIN + 14
    rules, groups = [], []
    for index, (_, screen) in enumerate(frames):
        begin = 100 * starts[index] / total
        end = 100 * (starts[index + 1] if index + 1 < len(frames) else total) / total
        rules.append(
            f"@keyframes f{index}{{0%{{visibility:hidden}}{begin:.3f}%{{visibility:visible}}{end:.3f}%,100%"
            f"{{visibility:{'visible' if index + 1 == len(frames) else 'hidden'}}}}}"
            f"#f{index}{{animation:f{index} {total:.2f}s step-end infinite}}"
        )
        texts = "".join(_text(run, row) for row, line in enumerate(screen) for run in line)
        groups.append(f'<g id="f{index}">{texts}</g>')
    last = len(frames) - 1
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" fill="#e8eaed" '
        f'aria-label="{html.escape(title)}"><title>{html.escape(title)}</title><style>'
        'text{font:14px ui-monospace,"Cascadia Code",Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}'
        f"g{{visibility:hidden}}{''.join(rules)}"
        f"@media (prefers-reduced-motion:reduce){{g{{animation:none!important}}#f{last}{{visibility:visible}}}}"
        f'</style><rect width="100%" height="100%" rx="10" fill="#17191c"/>{"".join(groups)}</svg>\n'
    )


def _text(run: Run, row: int) -> str:
    text = run.text.rstrip()
    leading = len(text) - len(text.lstrip())
    look = (f' fill="{run.colour}"' if run.colour else "") + (' font-weight="700"' if run.bold else "")
    x = MARGIN + (run.column + leading) * CELL_WIDTH
    y = MARGIN + (row + 1) * CELL_HEIGHT
    length = f' textLength="{len(text.strip()) * CELL_WIDTH:.1f}"'
    return f'<text x="{x:.1f}" y="{y}"{look}{length}>{html.escape(text.strip())}</text>'


def main() -> None:
    """Record and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--pause", type=float, default=LONGEST_PAUSE, help="longest pause shown, in seconds")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command = [part for part in arguments.command if part != "--"]
    frames = record(command)
    text = animated(frames, f"A recording of: {' '.join(command)}", arguments.pause)
    arguments.output.write_text(text, encoding="utf-8", newline="\n")
    print(f"{arguments.output}: {len(frames)} frames, {len(text.encode()) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
