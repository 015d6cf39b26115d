"""Expressions to noun phrases and conditions to clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qarepo_graph.code.control_flow import Expression
from qarepo_graph.offline.phrases import Phrases
from qarepo_graph.offline.phrases.phrasebook import quoted

QUOTE_LENGTH = 72
"""Longest code quoted inside a sentence; longer code is told by its shape and names."""

_RECEIVERS = frozenset({"self", "cls", "this"})
_TRUTHY = frozenset({"python", "javascript", "typescript"})
_NEGATED = {
    "==": "!=", "!=": "==", "===": "!==", "!==": "===", "in": "not in", "not in": "in",
    "is": "is not", "is not": "is", "instanceof": "not instanceof",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ValueWords:
    """Words the values and conditions of one function.

    Attributes:
        phrases: The phrase book.
        language: The function's programming language: what counts as true, and ``raise`` or ``throw``.
    """

    phrases: Phrases
    language: str

    def value(self, expression: Expression | None) -> str:
        """Return a noun phrase for a value: the code itself where it is short, else what it is made of."""
        say = self.phrases.say
        if expression is None:
            return say("value.plain")
        if expression.shape == "switch":
            return say("value.switch")
        if quotable(expression):
            return quoted(expression.text)
        if expression.shape == "call" and expression.operator:
            return self._called("value.call", expression.operator)
        if expression.shape == "new":
            return self._called("value.new", expression.operator)
        if expression.shape == "await" and expression.operands:
            return say("value.await", value=self.value(expression.operands[0]))
        if expression.shape == "choice" and len(expression.operands) == 3:
            then, condition, other = expression.operands
            if quotable(then) and quotable(other):
                return say(
                    "value.choice", then=self.value(then), condition=self.condition(condition), other=self.value(other)
                )
        if expression.shape == "collection" and expression.operands:
            count = len(expression.operands)
            return say("value.collection", count=count) if count > 1 else say("value.one")
        if expression.shape in {"text", "lambda"}:
            return say(f"value.{expression.shape}")
        if not expression.names:
            return say("value.plain")
        shape = "value.comprehension" if expression.shape == "comprehension" else "value.names"
        return say(shape, names=self._names(expression))

    def _called(self, key: str, callee: str) -> str:
        if quotable_text(callee) and "(" not in callee:
            return self.phrases.say(key, callee=quoted(callee))
        last = callee.replace("->", ".").replace("::", ".").rsplit(".", 1)[-1]
        if last.isidentifier():
            return self.phrases.say("value.chain", callee=quoted(last))
        return self.phrases.say("value.plain")

    def _names(self, expression: Expression) -> str:
        told = [name for name in expression.names if quotable_text(name)]
        telling = [name for name in told if name not in _RECEIVERS] or told
        return self.phrases.listed([quoted(name) for name in telling], most=4)

    def condition(self, expression: Expression | None, *, negated: bool = False) -> str:
        """Return a clause that says when the condition holds (or does not, if ``negated``)."""
        say = self.phrases.say
        if expression is None:
            return say("is.some")
        parts = expression.operands
        if expression.shape == "not" and parts:
            return self.condition(parts[0], negated=not negated)
        if expression.shape in {"and", "or"} and not negated and _short_chain(expression):
            return say(f"is.{expression.shape}").join(self.condition(part) for part in parts)
        tested = _tested_type(expression)
        if tested is not None:
            key = "is.not instanceof" if negated else "is.instanceof"
            return say(key, left=quoted(tested[0].text), right=quoted(tested[1].text))
        if expression.shape == "compare" and len(parts) == 2 and all(quotable(part) for part in parts):
            sign = _NEGATED.get(expression.operator, "") if negated else expression.operator
            if sign:
                return self._compared(sign, parts)
        if not quotable(expression):
            if not expression.names:
                return say("is.some")
            return say("is.not long" if negated else "is.long", names=self._names(expression))
        truth = ("falsy" if negated else "truthy") if self.language in _TRUTHY else "false" if negated else "true"
        if expression.shape in {"compare", "and", "or"}:
            truth = "false" if negated else "true"
        return say(f"is.{truth}", value=quoted(expression.text))

    def _compared(self, sign: str, parts: Sequence[Expression]) -> str:
        left, right = (quoted(part.text) for part in parts)
        nothing = parts[1].text in {"null", "nil", "nullptr", "undefined", "NULL", "true", "false"}
        if nothing and sign in {"==", "===", "!=", "!=="}:
            sign = "is" if sign.startswith("=") else "is not"
        return self.phrases.say(f"is.{sign}", left=left, right=right)


def quotable(expression: Expression) -> bool:
    """Whether an expression may stand in a sentence as it is."""
    return expression.verbatim and quotable_text(expression.text)


def quotable_text(text: str) -> bool:
    """Whether code is short enough and free of the quote mark itself."""
    return 0 < len(text) <= QUOTE_LENGTH and "`" not in text and "\n" not in text


def _short_chain(expression: Expression) -> bool:
    return 2 <= len(expression.operands) <= 4 and all(
        quotable(part) and part.shape not in {"and", "or"} for part in expression.operands
    )


def _tested_type(expression: Expression) -> tuple[Expression, Expression] | None:
    """Python's ``isinstance(x, T)`` and Java's ``x instanceof T``."""
    parts = expression.operands
    if len(parts) != 2 or not all(quotable(part) for part in parts):
        return None
    if expression.shape == "call" and expression.operator == "isinstance":
        return parts[0], parts[1]
    return (parts[0], parts[1]) if expression.operator == "instanceof" else None
