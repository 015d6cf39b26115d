"""Less work for Python's collector of cycles while a run is open.

It goes through all lasting objects again and again while new ones are made: 0.1 s each time, most of it for what was
imported, and a sixth of the CPU of a second run. What is there when a run is opened, or when its code map is built,
stays, so it is set aside until the run is closed.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

_ours = False


def set_aside() -> None:
    """Set aside all objects there are by now, unless the program around us has done so for reasons of its own."""
    global _ours  # noqa: PLW0603 - the collector is the process's own too
    if _ours or gc.get_freeze_count() == 0:
        gc.freeze()
        _ours = True


def take_back() -> None:
    """Let the collector look at everything again, if it was us who set it aside."""
    global _ours  # noqa: PLW0603 - as above
    if _ours:
        gc.unfreeze()
        _ours = False


@contextlib.contextmanager
def at_rest() -> Iterator[None]:
    """Keep the collector still where many lasting objects and no cycles are made."""
    at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if at_work:
            gc.enable()
