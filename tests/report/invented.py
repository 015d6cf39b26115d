"""A report's data as large or as hostile as a test wants it, without a run behind it."""

from __future__ import annotations

import random
from typing import Any

WORDS = [
    "loss",
    "batch",
    "mask",
    "epoch",
    "tensor",
    "cache",
    "index",
    "parse",
    "token",
    "merge",
    "score",
    "graph",
    "label",
    "queue",
    "shard",
    "split",
]


def invented_report(groups: int, wordings: int = 1, *, seed: int = 0) -> dict[str, Any]:
    """Return the data of a report with that many answered functions."""
    pick = random.Random(seed)
    functions, entries = [], []
    for number in range(groups):
        name = f"{pick.choice(WORDS).title()}{number}.{pick.choice(WORDS)}_{pick.choice(WORDS)}"
        body = "\n".join(
            f"    {pick.choice(WORDS)} = {pick.choice(WORDS)}({line})" for line in range(pick.randint(3, 25))
        )
        file = f"src/{pick.choice(WORDS)}/{pick.choice(WORDS)}.py"
        start = pick.randint(1, 400)
        code = f"def {name.rsplit('.', maxsplit=1)[-1]}(self, value):\n{body}\n    return value"
        end = start + code.count("\n")
        functions.append(
            {
                "id": f"{file}::{name}",
                "name": name,
                "language": "python",
                "kind": "method",
                "file": file,
                "start": start,
            }
            | {"end": end, "code": code, "status": "accepted", "reason": ""}
        )
        steps = [
            [f"Sets `{pick.choice(WORDS)}` from its argument.", line, line + 1] for line in range(start + 1, end, 3)
        ]
        entries.append(
            {
                "id": f"g{number:06}",
                "scenario": 1,
                "type": "how_implemented",
                "language": "en",
                "functions": [number],
                "questions": [
                    [
                        f"g{number:06}-{wording}",
                        f"How does `{name}` {pick.choice(WORDS)} the {pick.choice(WORDS)} {wording}?",
                    ]
                    for wording in range(wordings)
                ],
                "description": f"`{name}` turns its value into a {pick.choice(WORDS)} and returns it.",
                "steps": steps,
                "gates": {"grounded": "ok", "length": "ok"},
                "provenance": 0,
                "attempts": 1,
                "verdict": "accepted",
            }
        )
    return {
        "run": {
            "repository": "invented",
            "commit": "0123456789abcdef",
            "language": "en",
            "page_language": "en",
            "model": "deepseek:deepseek-flash",
            "offline": False,
            "package_version": "0.1.0",
            "made_at": "2026-11-23T22:00:00+00:00",
        },
        "functions": functions,
        "entries": entries,
        "provenances": [{"prompt": "describe@v1", "prompt_sha256": "ab" * 32, "model": "deepseek:deepseek-flash"}],
        "decisions": {},
        "review": None,
        "screening": {
            "secrets": {},
            "places": [],
            "left_out": {},
            "hidden": {},
            "instructed": [],
            "licences": {"": groups},
        },
        "overview": {
            "functions": groups,
            "covered": groups,
            "rows": groups * wordings,
            "groups": groups,
            "rejected": 0,
            "requests": groups * 2,
            "prompt_tokens": groups * 900,
            "completion_tokens": groups * 200,
            "cached_tokens": groups * 600,
            "usd": groups * 0.0002,
            "results": groups * 2 + 30,
            "accepted": groups * 2,
            "gates": [["grounded", 20], ["length", 10]],
            "leaks": {
                "outputs": 900,
                "leaking": 1,
                "examples": [["say that something is raised returned changed", 1]],
                "openings": [["how does qname get from its", 40], ["qname takes a list of the", 12]],
            },
            "reasons": [["grounded: unknown name", 20], ["length: too short", 10]],
            "coverage": [[file, n, n] for file, n in sorted(_count(f["file"] for f in functions).items())],
            "diversity": {"count": groups, "median": 0.62, "bins": [0, 0, 1, 3, 9, 20, 31, 22, 8, 2]},
            "lengths": {
                "count": groups,
                "tokenizer": "tokens (estimated from characters)",
                "median": 240,
                "max": 900,
                "edges": [0, 100, 200, 300, 400, 500, 600, 700, 800],
                "bins": [1, 14, 40, 22, 12, 6, 3, 1, 1],
            },
            "usage": [
                {
                    "node": "describe",
                    "replies": groups,
                    "prompt_tokens": groups * 700,
                    "completion_tokens": groups * 150,
                }
                | {"cached_tokens": groups * 500, "usd": groups * 0.00015},
                {
                    "node": "paraphrase",
                    "replies": groups,
                    "prompt_tokens": groups * 200,
                    "completion_tokens": groups * 50,
                }
                | {"cached_tokens": groups * 100, "usd": groups * 0.00005},
            ],
            "calls": [[1795000000 + 10 * n, pick.randint(40, 90)] for n in range(30)],
        },
    }


def _count(values: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts
