"""Keys that the providers on loopback take."""

from __future__ import annotations

import pytest

from qarepo_graph.llm.profiles import PROFILES
from tests.llm.providers import KEY


@pytest.fixture
def provider_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the key that a ``Provider`` accepts into every profile's variable."""
    for profile in PROFILES.values():
        if profile.key_variable:
            monkeypatch.setenv(profile.key_variable, KEY)
