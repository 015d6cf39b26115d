"""In which language a run's data is: it is in every prompt, key and row, so there is one place that says it."""

from __future__ import annotations

import re

from qarepo_graph.schema import Language
from qarepo_graph.settings import Settings
from qarepo_graph.state import RepoState

_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def language_of(state: RepoState, settings: Settings) -> Language:
    """Return the language of the data: the one asked for, or that of the repository's description."""
    if settings.language != "auto":
        return settings.language
    return "zh" if _CHINESE.search(state.get("repo_description", "")) else "en"
