"""What every node that asks a model stands on: one run of a repository, its stages, its replies, its progress."""

from __future__ import annotations
