"""What CPython's own parser finds in Python files, for the scoring of our parser."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(path: Path) -> list[dict[str, Any]] | None:
    """Return the functions of a file as records, or None where CPython cannot parse it."""
    try:
        data = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: list[dict[str, Any]] = []
    # (node, name parts, calls of the innermost function, whether the parent is a function)
    stack: list[tuple[ast.AST, tuple[str, ...], list[str] | None, bool]] = [(tree, (), None, False)]
    while stack:
        node, names, calls, in_function = stack.pop()
        if isinstance(node, ast.Call) and calls is not None:
            if isinstance(node.func, ast.Name):
                calls.append(node.func.id)
            elif isinstance(node.func, ast.Attribute):
                calls.append(node.func.attr)
        if isinstance(node, FunctionNode):
            own: list[str] = []
            qualified = (*names, "<locals>", node.name) if in_function else (*names, node.name)
            found.append(
                {
                    "name": node.name,
                    "qualified_name": ".".join(qualified),
                    "start_line": min([node.lineno, *(d.lineno for d in node.decorator_list)]),
                    "end_line": node.end_lineno,
                    "name_line": node.lineno,
                    "docstring": ast.get_docstring(node) or "",
                    "calls": own,
                }
            )
            # Decorators, defaults and annotations are evaluated by whoever defines the function.
            outside: list[ast.AST] = [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
            stack += [(child, names, calls, in_function) for child in outside]
            stack += [(child, qualified, own, True) for child in node.body]
            continue
        if isinstance(node, ast.ClassDef):
            qualified = (*names, "<locals>", node.name) if in_function else (*names, node.name)
            stack += [
                (child, names, calls, in_function) for child in (*node.decorator_list, *node.bases, *node.keywords)
            ]
            stack += [(child, qualified, calls, False) for child in node.body]
            continue
        stack += [(child, names, calls, in_function) for child in ast.iter_child_nodes(node)]
    return found
