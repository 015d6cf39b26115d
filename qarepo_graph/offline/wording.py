"""Facts of the control flow to clauses: values, conditions, actions, and small blocks in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qarepo_graph.code.control_flow import Expression, Fact
from qarepo_graph.offline.phrases import Phrases
from qarepo_graph.offline.phrases.phrasebook import quoted

QUOTE_LENGTH = 72
"""Longest code quoted inside a sentence; longer code is told by its shape and names."""

_TRUTHY = frozenset({"python", "javascript", "typescript"})
THROWING = frozenset({"java", "cpp", "c", "javascript", "typescript"})
_GROWN = {"+=": "add", "-=": "subtract", "*=": "multiply", "/=": "divide", "++": "increase", "--": "decrease"}
_NEGATED = {
    "==": "!=", "!=": "==", "===": "!==", "!==": "===", "in": "not in", "not in": "in",
    "is": "is not", "is not": "is", "instanceof": "not instanceof",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wording:
    """Words the facts of one function.

    Attributes:
        phrases: The phrase book.
        language: The function's programming language: what counts as true, and ``raise`` or ``throw``.
    """

    phrases: Phrases
    language: str

    # -- values -----------------------------------------------------------------------------------------------------

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
        return self.phrases.listed([quoted(name) for name in expression.names if quotable_text(name)], most=4)

    # -- conditions -------------------------------------------------------------------------------------------------

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

    # -- actions ----------------------------------------------------------------------------------------------------

    def action(self, fact: Fact) -> str:
        """Return what a simple statement does, as an imperative clause; empty for what needs no words."""
        handler = _ACTIONS.get(fact.kind)
        return handler(self, fact) if handler is not None else ""

    def actions(self, facts: Sequence[Fact]) -> list[str]:
        """Return the clauses of a run of simple statements; ``self.a = a`` in a row become one."""
        clauses: list[str] = []
        stored: list[str] = []
        for fact in [*facts, None]:
            name = _stored_parameter(fact) if fact is not None else ""
            if name:
                stored.append(name)
                continue
            if len(stored) > 1:
                clauses.append(self.phrases.say("fields", names=self.phrases.listed([quoted(n) for n in stored], 12)))
            elif stored:
                owner = facts[facts.index(fact) - 1] if fact is not None else facts[-1]
                clauses.append(self.action(owner))
            stored = []
            if fact is not None and (clause := self.action(fact)):
                clauses.append(clause)
        return clauses

    def assign(self, fact: Fact) -> str:
        """Return the clause of an assignment, initialisation or update."""
        say, target = self.phrases.say, self.target(fact.target)
        if fact.detail in {"++", "--"}:
            return say(_GROWN[fact.detail], target=target)
        if fact.detail == "initialise" and fact.value is None:
            return say("initialise.empty", target=target)
        value = self.value(fact.value) if fact.value is None else self.result(fact.value)
        if fact.detail in {"construct", "initialise"}:
            return say(fact.detail, target=target, value=value)
        if fact.detail != "=":
            key = _GROWN.get(fact.detail, "update")
            if fact.value is not None and fact.value.shape == "literal":
                key = {"add": "grow", "subtract": "shrink"}.get(key, key)
            return say(key, target=target, value=value, sign=quoted(fact.detail))
        if fact.value is not None and quotable(fact.value):
            if fact.value.shape == "call":
                return say("keep", target=target, value=value)
            if fact.value.shape == "await" and fact.value.operands:
                return say("keep.await", target=target, value=self.value(fact.value.operands[0]))
        return say("set", target=target, value=value)

    def target(self, text: str) -> str:
        """Return what is assigned: quoted where it is short."""
        if quotable_text(text):
            return quoted(text)
        parts = [part.strip() for part in text.strip("()[] ").split(",") if part.strip()]
        if len(parts) > 1 and all(map(quotable_text, (parts[0], parts[-1]))) and text.count("(") < 2:
            return self.phrases.say("targets", count=len(parts), first=quoted(parts[0]), last=quoted(parts[-1]))
        name = re.match(r"[\w.]+", text.lstrip("(*& "))
        return quoted(name.group()) if name and quotable_text(name.group()) else self.phrases.say("value.plain")

    def call(self, fact: Fact) -> str:
        """Return the clause of a call that stands alone."""
        if fact.value is not None and fact.value.shape == "await" and fact.value.operands:
            return self.phrases.say("wait", value=self.value(fact.value.operands[0]))
        key = f"call.{fact.detail}" if fact.detail in {"defer", "go"} else "call"
        if fact.value is not None and not quotable(fact.value) and quotable_text(fact.target):
            return self.phrases.say(key, value=quoted(fact.target))
        return self.phrases.say(key, value=self.value(fact.value))

    def returned(self, fact: Fact) -> str:
        """Return the clause of a return: comparisons are told as the question they answer."""
        if fact.value is None:
            return self.phrases.say("return.bare")
        return self.phrases.say("return", value=self.result(fact.value))

    def result(self, expression: Expression) -> str:
        """Return a noun phrase for a result."""
        if expression.shape in {"compare", "and", "or", "not"} and self.language in {"python", "java", "go", "cpp"}:
            plain = expression.shape == "compare" or self.language != "python"
            if plain:  # Python's `a or b` gives one of the two, not a truth value
                return self.phrases.say("value.whether", condition=self.condition(expression))
        return self.value(expression)

    def yielded(self, fact: Fact) -> str:
        """Return the clause of a yield, or of the value a Java switch arm gives."""
        if fact.value is None:
            return self.phrases.say("yield.bare")
        key = f"yield.{fact.detail}" if fact.detail else "yield"
        return self.phrases.say(key, value=self.result(fact.value) if not fact.detail else self.value(fact.value))

    def raised(self, fact: Fact) -> str:
        """Return the clause of a raise or throw."""
        say = self.phrases.say
        if fact.target == "panic":
            return say("panic", value=self.value(fact.value))
        verb = "throw" if self.language in THROWING else "raise"
        if fact.value is None:
            return say(f"{verb}.again")
        value = quoted(fact.target) if fact.target and quotable_text(fact.target) else self.value(fact.value)
        if fact.detail and fact.detail != "None" and quotable_text(fact.detail):
            return say("raise.from", value=value, cause=quoted(fact.detail))
        return say(verb, value=value)

    def evaluated(self, fact: Fact) -> str:
        """Return the clause of an expression that stands alone."""
        if fact.value is not None and not quotable(fact.value) and fact.value.names:
            return self.phrases.say("evaluate.names", names=self._names(fact.value))
        return self.phrases.say("evaluate", value=self.value(fact.value))

    def jump(self, fact: Fact) -> str:
        """Return the clause of a break, continue or goto."""
        if fact.kind == "goto":
            return self.phrases.say("goto", target=quoted(fact.target))
        return self.phrases.say(f"{fact.kind}.label" if fact.target else fact.kind, target=quoted(fact.target))

    def defined(self, fact: Fact) -> str:
        """Return the clause of a nested function or class."""
        return self.phrases.say(f"define.{fact.detail}", target=self.target(fact.target))

    # -- heads of blocks --------------------------------------------------------------------------------------------

    def clause(self, fact: Fact, body: str, *, long: bool = False) -> str:
        """Return a branch, loop, handler … with its body in it."""
        key, values = self._head(fact)
        conditional = body.startswith(("if ", "如果"))
        if fact.kind == "try" and (long or conditional):
            key = "try.long"
        elif conditional and f"{key}.nested" in self.phrases.patterns:
            key += ".nested"
        return self.phrases.say(key, body=body, **values)

    def later(self, fact: Fact, body: str) -> str:
        """Return a later step of a long body, with where it stands."""
        kind = {"elif": "if", "switch": "case"}.get(fact.kind, fact.kind)
        return self.phrases.say(f"later.{kind}.lock" if fact.detail == "lock" else f"later.{kind}", body=body)

    def _head(self, fact: Fact) -> tuple[str, dict[str, str]]:
        target = quoted(fact.target)
        if fact.detail.startswith("#"):  # which branch is compiled is decided by the build
            return f"{fact.kind}.compile", {"before": fact.detail}
        if fact.kind in {"if", "elif"}:
            after = fact.kind == "elif" and fact.detail and quotable_text(fact.detail)
            values = {"condition": self.condition(fact.value), "before": fact.detail}
            return ("elif.after" if after else fact.kind), values
        if fact.kind == "else":
            return f"else.{fact.detail}", {}
        if fact.kind == "loop":
            return self._loop(fact)
        if fact.kind == "except":
            return self._except(fact)
        if fact.kind == "with":
            key = "with.lock" if fact.detail == "lock" else "with.as" if fact.target else "with"
            return key, {"value": self.value(fact.value), "target": target}
        if fact.kind == "switch":
            key = f"switch.{fact.detail}" if fact.detail else "switch" if fact.value is not None else "switch.bare"
            return key, {"value": self.value(fact.value)}
        if fact.kind == "case":
            key = "case.default" if fact.detail == "default" else "case.if" if fact.detail == "if" else "case"
            return key, {"pattern": self.target(fact.target), "condition": self.condition(fact.value)}
        return fact.kind, {}

    def _loop(self, fact: Fact) -> tuple[str, dict[str, str]]:
        value, target = self.value(fact.value), quoted(fact.target)
        if not fact.detail.startswith("count"):
            if fact.detail in {"while", "do"}:
                return f"loop.{fact.detail}", {"condition": self.condition(fact.value)}
            if fact.detail in {"each", "keys"} and (not fact.target or not quotable_text(fact.target)):
                return "loop.range", {"value": value}
            return f"loop.{fact.detail}", {"value": value, "target": target}
        step = fact.detail.removeprefix("count").strip()
        if fact.value is None or not step:
            if fact.target and fact.value is None:
                return "loop.count.open", {"start": target}
            return "loop.while", {"condition": self.condition(fact.value)}
        values = {"start": self.target(fact.target), "condition": self.condition(fact.value), "step": quoted(step)}
        return ("loop.count" if fact.target else "loop.count.plain"), values

    def _except(self, fact: Fact) -> tuple[str, dict[str, str]]:
        kind = fact.detail.strip("()")
        if not kind:
            return ("except.value" if fact.target else "except.any"), {"target": quoted(fact.target)}
        kinds = [quoted(part.strip()) for part in kind.replace("|", ",").split(",") if part.strip()]
        named = self.phrases.either(kinds)
        return ("except.as" if fact.target else "except"), {"kind": named, "target": quoted(fact.target)}


_ACTIONS: dict[str, Callable[[Wording, Fact], str]] = {
    "assign": Wording.assign,
    "call": Wording.call,
    "return": Wording.returned,
    "yield": Wording.yielded,
    "raise": Wording.raised,
    "break": Wording.jump,
    "continue": Wording.jump,
    "goto": Wording.jump,
    "define": Wording.defined,
    "assert": lambda words, fact: words.phrases.say("assert", condition=words.condition(fact.value)),
    "delete": lambda words, fact: words.phrases.say("delete", value=words.value(fact.value)),
    "evaluate": Wording.evaluated,
    "unread": lambda words, _: words.phrases.say("unread"),
}  # a bare declaration says nothing about what happens


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


def _stored_parameter(fact: Fact) -> str:
    """The name in ``self.name = name``."""
    if fact.kind != "assign" or fact.value is None or fact.detail != "=":
        return ""
    for owner in ("self.", "this.", "this->"):
        if fact.target == owner + fact.value.text:
            return fact.value.text
    return ""
