"""The two phrase books. They hold the same keys; what is said is decided elsewhere, here only how it sounds."""

from __future__ import annotations

from qarepo_graph.offline.phrases.chinese import CHINESE
from qarepo_graph.offline.phrases.english import ENGLISH
from qarepo_graph.offline.phrases.phrasebook import Phrases
from qarepo_graph.schema import Language

PHRASES: dict[Language, Phrases] = {"en": ENGLISH, "zh": CHINESE}

__all__ = ["CHINESE", "ENGLISH", "PHRASES", "Phrases"]
