"""Frozen dataclasses whose frozenness costs nothing at run time.

A frozen dataclass sets every field through ``object.__setattr__``, which makes a ``Function`` three times and a
``Call`` four times as expensive to construct, and pickles through Python code. Parsing makes millions of them. So the
type checker alone holds them frozen: to it ``lean_dataclass`` is ``dataclass``; at run time ``frozen`` is left out and
the hash that goes with it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as lean_dataclass
else:
    from dataclasses import dataclass

    def lean_dataclass(*, frozen: bool, **options: bool):
        """Return the decorator ``dataclass(frozen=frozen, **options)`` would be, without the run-time check."""
        return dataclass(unsafe_hash=frozen, **options)


__all__ = ["lean_dataclass"]
