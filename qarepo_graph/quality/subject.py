"""Whether a description speaks of the function it was asked for.

A gateway that hands one caller's reply to another, or a model that describes the callee, gives a text that is true of
some function and grounded in the repository. Only the name it begins with tells.
"""

from __future__ import annotations

import re

from qarepo_graph.quality.evidence import RepositoryNames
from qarepo_graph.schema import Function

_FIRST = re.compile(r"\W*(?:(?:the|function|method|constructor|函数|方法)\s*)*`([^`\n]+)`", re.IGNORECASE)


def other_subject(description: str, function: Function, index: RepositoryNames) -> str:
    """Return a sentence when a description begins with the name of another function, else an empty string.

    One that names its own function further on may begin with a callee; one that begins with a namesake
    (`Cart.total` for `Order.total`) may not.
    """
    found = _FIRST.match(description)
    if found is None:
        return ""
    name = found.group(1).partition("(")[0].strip()
    ids = index.functions_named(name) if name else ()
    if not ids or function.id in ids:
        return ""
    namesake = re.split(r"[.:#]+", name)[-1] == function.name
    if not namesake and re.search(rf"(?<![\w$]){re.escape(function.name)}(?![\w$])", description):
        return ""
    return f"The description speaks of `{name}`, not of `{function.qualified_name}`; describe the function shown."
