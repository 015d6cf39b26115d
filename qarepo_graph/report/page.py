"""Pack a report's data, style, scripts and chart library into one HTML file that needs nothing else.

The data travels compressed and is turned into text nodes by the page; the content security policy allows exactly the
two scripts written here, by their hashes, and no connection, so a hostile row has no way to act.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from qarepo_graph.errors import StorageError, UsageError

_FOLDER = Path(__file__).parent / "page"
_MARK = '<meta name="generator" content="qarepo-graph report">'
_SCRIPTS = ("words", "dom", "source", "overview", "pairs", "functions", "review", "start")


def report_page(data: Mapping[str, Any], *, connect: bool = False) -> str:
    """Return the page that shows ``data`` (see :func:`qarepo_graph.report.data.report_data`).

    Args:
        data: JSON types only.
        connect: Let the page talk to the server it came from, for review.
    """
    charts, script = _chart_library(), _script()
    policy = (
        f"default-src 'none'; script-src {_hash_of(charts)} {_hash_of(script)}; style-src 'unsafe-inline'; "
        "img-src data:; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
        "trusted-types default" + ("; connect-src 'self'" if connect else "")
    )
    # mtime=0: the same data gives the same file.
    packed = base64.b64encode(gzip.compress(orjson.dumps(data), compresslevel=6, mtime=0)).decode("ascii")
    page = _read("page.html")
    for slot, text in (
        ("csp", policy),
        ("style", _read("page.css")),
        ("charts", charts),
        ("script", script),
        ("data", packed),
    ):
        page = page.replace("{{" + slot + "}}", text, 1)
    return page


def write_report(data: Mapping[str, Any], output: Path) -> None:
    """Write the page; an older report in its place is replaced, any other file is not.

    Raises:
        UsageError: When something else lies there.
        StorageError: When the disk refuses.
    """
    try:
        if output.exists() and _MARK not in output.read_text(encoding="utf-8", errors="replace")[:2000]:
            msg = f"{str(output)!r} is not a report of ours and is not replaced; choose another name with -o."
            raise UsageError(msg)
        temporary = output.with_name(output.name + ".tmp")
        temporary.write_text(report_page(data), encoding="utf-8", newline="\n")
        temporary.replace(output)
    except OSError as error:
        msg = f"{str(output)!r} cannot be written ({error.strerror}); choose another place with -o."
        raise StorageError(msg) from error


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    return "\n".join(_read(f"{name}.js") for name in _SCRIPTS)


@cache
def _chart_library() -> str:
    return _read("echarts.min.js")


def _hash_of(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode('ascii')}'"
