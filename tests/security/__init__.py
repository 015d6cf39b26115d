"""The promises of SECURITY.md, each with the test that holds it."""

from __future__ import annotations
