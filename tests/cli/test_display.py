"""What a run shows while it works: on terminals of several widths, without one, and while everybody waits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from qarepo_graph import Settings, build_graph
from qarepo_graph.display import Bars, PlainLines
from tests.faults.server import Act, Asked, FaultServer, answer, error
from tests.faults.whole_graph import truthful
from tests.graph.early_stopping import write_repository

EVENT: dict[str, Any] = {
    "node": "ideate_requirements",
    "done": 1040,
    "total": 2000,
    "reused": 1000,
    "rejected": 12,
    "failed": 0,
    "in_flight": 16,
    "seconds": 80.0,
    "per_second": 0.5,
    "seconds_left": 1920.0,
    "requests": 44,
    "prompt_tokens": 80_000,
    "completion_tokens": 8_000,
    "cached_tokens": 60_000,
    "usd": 0.0123,
    "usd_limit": 2.0,
    "waiting": "",
}
RUN = "16 in flight, 0.5/s, 88,000 tokens, 75 % cached, $0.0123 of $2.00"


def shown(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return what is left on the screen: each drawing of the bars begins by going back over the last one."""
    drawn = re.split(r"\x1b\[\d*[AK]|\r", capsys.readouterr().err)
    plain = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", part) for part in drawn]
    return [line.rstrip() for line in "\n".join(plain).splitlines() if line.strip()]


@pytest.mark.parametrize("width", [80, 120])
def test_bars_with_the_node_above_and_the_run_below(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Bars() as bars:
        bars.show(EVENT)
        bars._live.refresh()  # four times a second by itself
        lines = shown(capsys)
        assert (
            re.sub("[━╸╺]+", "=", lines[-2])
            == "ideate_requirements = 1,040/2,000 1000 reused, 12 rejected, 32 min left"
        )
        assert lines[-1] == RUN
        assert max(map(len, lines)) <= width
        bars.finish("ideate_requirements", {})
    last = shown(capsys)[-1]
    assert last.endswith("1,040/2,000 1000 reused, 12 rejected, 80 s")


def test_plain_lines_have_the_node_first_and_the_run_after_a_semicolon(capsys: pytest.CaptureFixture[str]) -> None:
    with PlainLines() as lines:
        lines.show(EVENT)
        lines.finish("ideate_requirements", {})
    told = "ideate_requirements: 1040/2000, 1000 reused, 12 rejected, 32 min left; " + RUN
    assert shown(capsys) == [f"{told} (done)"]


async def test_everybody_waiting_is_said_at_once_and_taken_back(tmp_path: Path) -> None:
    def script(asked: Asked) -> Act:
        return error(429, "slow down", headers={"Retry-After": "1"}) if asked.ordinal == 2 else answer(truthful)

    given = {"repo_dir": str(write_repository(tmp_path / "repo")), "run_dir": str(tmp_path / "run")}
    async with FaultServer(script) as server:
        settings = Settings(model="openai-compatible:tiny", base_url=server.url, questions=2, requirements=0)
        told = [
            event["waiting"]
            async for event in build_graph().astream(given, context=settings, stream_mode="custom")
            if event["node"] in ("describe", "paraphrase")
        ]
    said = "127.0.0.1 asks for a slower pace (HTTP 429: slow down). Waiting 1 s."
    assert [text for text in told if text] == [said]
    assert told[-1] == ""
