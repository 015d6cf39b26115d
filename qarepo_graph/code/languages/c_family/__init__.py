"""What C and C++ share: macros, ``#if`` branches, declarators, and merging what several passes found."""

from __future__ import annotations
