from __future__ import annotations

import re
from pathlib import Path

import pytest

from qarepo_graph.quality import claims, hygiene, paraphrases, standalone
from qarepo_graph.quality.screening import screen

ROOT = Path(__file__).parents[2]
SCREENED = {
    "topics": (standalone._MAY_STRAY, [pattern for pattern, _ in standalone._TOPICS]),
    "deictic": (standalone._MAY_POINT, [standalone._DEICTIC]),
    "chat": (hygiene._MAY_CHAT, [hygiene._REFUSAL, hygiene._PLACEHOLDER]),
    "polite": (paraphrases._MAY_BE_POLITE, [paraphrases._POLITE]),
    "relations": (claims._MAY_RELATE, [claims._ANY_VERB]),
    "examples": (claims._MAY_EXEMPLIFY, [claims._EXAMPLE]),
}


def sentences() -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "prompts").rglob("*.md")]
    texts += [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "quality").glob("*.py")]
    texts.append("It takes, e.g. a path.\nFor Instance `a`.\n例如一个路径。\nI'M SORRY, no.\n不使用循环。")
    return [piece for text in texts for piece in re.split(r"\n|(?<=[.。])", text)]


@pytest.mark.parametrize("name", SCREENED)
def test_a_screen_lets_no_match_through(name: str):
    may_match, patterns = SCREENED[name]
    matching = [text for text in sentences() if any(pattern.search(text) for pattern in patterns)]
    assert matching
    assert all(may_match(text) for text in matching)


def test_a_screen_is_false_for_what_has_no_match():
    may_match = screen(re.compile(r"\bthe\s+above\b", re.IGNORECASE), re.compile(r"类(?!似)"))
    assert may_match("See The\u00a0Above.")
    assert may_match("这个类")
    assert not may_match("See them below.")
