"""What every test gets: canary keys, no tracing, no settings from outside, and a steady pace for property tests."""

from __future__ import annotations

import os

import hypothesis

# Before anything imports the package: a developer's keys, proxies and QAREPO_* must not reach a test.
for _name in list(os.environ):
    if _name.startswith(("QAREPO_", "LANGSMITH_", "LANGCHAIN_")) or _name.upper().endswith(("_API_KEY", "_PROXY")):
        del os.environ[_name]
os.environ["LANGSMITH_TRACING"] = "false"

from tests.canary import (  # noqa: E402 - only now may the package be imported
    pytest_runtest_logreport,
    pytest_sessionfinish,
    pytest_terminal_summary,
    set_keys,
)

__all__ = ["pytest_runtest_logreport", "pytest_sessionfinish", "pytest_terminal_summary"]
set_keys()

# A deadline per example would time the machine, not the code.
hypothesis.settings.register_profile("default", max_examples=60, deadline=None)
hypothesis.settings.register_profile("fuzz", max_examples=3000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
