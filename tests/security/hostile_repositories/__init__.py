"""Repositories nobody should have to meet, made by seed: one builder per row of the bad-input matrix.

A builder gets an empty folder, a generator of random numbers and a folder outside the repository. What lies outside
holds :data:`OUTSIDE_MARK`; what a repository would run, if anything ran it, writes into ``outside/ran``.
"""

from __future__ import annotations

import random
from pathlib import Path

from tests.security.hostile_repositories import company, contents, syntax, texts, trees
from tests.security.hostile_repositories.making import GOOD, OUTSIDE_MARK, Builder

__all__ = ["BUILDERS", "GOOD", "OUTSIDE_MARK", "build"]

BUILDERS: dict[int, Builder] = {
    1: trees.nothing_to_read,
    2: trees.link_to_a_file_outside,
    3: trees.link_loops,
    4: trees.hard_link,
    5: trees.not_regular,
    6: trees.swapped,
    7: trees.unreadable,
    8: trees.names,
    9: trees.deep,
    10: trees.wide,
    11: contents.huge,
    12: contents.minified,
    13: contents.binary,
    14: contents.encodings,
    15: contents.cookies,
    16: contents.line_ends,
    17: syntax.broken_syntax,
    18: syntax.nested,
    19: syntax.cpp_tricks,
    20: syntax.odd_functions,
    21: syntax.many_forms,
    22: texts.scripts,
    23: texts.direction_marks,
    24: texts.terminal_text,
    25: texts.templates,
    26: texts.chat_tokens,
    27: texts.data_as_code,
    28: contents.surrogates,
    29: syntax.big_numbers,
    30: company.git_shapes,
    31: company.hostile_git_config,
    32: company.ignore_rules,
    33: company.archives,
    34: company.copies_of_others,
    35: company.configuration,
    36: trees.read_only,
    37: trees.changing,
    38: company.licences,
}
"""Builder by row of the matrix."""


def build(row: int, seed: int, root: Path, outside: Path) -> None:
    """Make the repository of one row of the matrix, in its variant for this seed."""
    rng = random.Random(f"{row}:{seed}")
    root.mkdir(parents=True)
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "ran").mkdir(exist_ok=True)
    (outside / "secret.py").write_text(f"def outside():\n    return '{OUTSIDE_MARK}'\n", "utf-8")
    BUILDERS[row](root, rng, outside)
