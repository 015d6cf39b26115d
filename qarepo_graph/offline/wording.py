"""Facts of the control flow to clauses: actions, and small blocks in one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from qarepo_graph.code.control_flow import Expression, Fact
from qarepo_graph.offline.phrases.phrasebook import quoted
from qarepo_graph.offline.values import ValueWords, quotable, quotable_text

THROWING = frozenset({"java", "cpp", "c", "javascript", "typescript"})
_GROWN = {"+=": "add", "-=": "subtract", "*=": "multiply", "/=": "divide", "++": "increase", "--": "decrease"}


@dataclass(frozen=True, slots=True)
class Wording(ValueWords):
    """Words the statements of one function; values and conditions as :class:`ValueWords` does."""

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
        counted = [(clause, len(list(same))) for clause, same in groupby(clauses)]
        return [
            clause if count == 1 else self.phrases.say("times", clause=clause, count=count) for clause, count in counted
        ]

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
        if fact.value is not None and self.language == "cpp" and (streamed := _streamed(fact.value)):
            stream, *parts = map(quoted, streamed)
            return self.phrases.say(f"evaluate.{fact.value.operator}", stream=stream, parts=self.phrases.listed(parts))
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

    def later(self, fact: Fact, body: str, *, beside: Iterable[Fact] = ()) -> str:
        """Return a later step of a long body, with where it stands.

        Args:
            fact: The head of the block the step stands in.
            body: What the step does.
            beside: Other heads a reader may think of; one like ``fact`` among them has it called by its condition.
        """
        kind = _place_of(fact)
        if any(_place_of(other) == kind for other in beside) and fact.value is not None:
            if kind == "if" and not fact.detail.startswith("#"):
                return self.phrases.say("later.if.named", condition=self.condition(fact.value), body=body)
            if fact.detail in {"each", "keys"} and quotable(fact.value):
                return self.phrases.say("later.loop.named", value=self.value(fact.value), body=body)
            if fact.detail in {"while", "do"}:
                return self.phrases.say("later.loop.while", condition=self.condition(fact.value), body=body)
        kind = "else" if fact.kind == "else" else kind
        return self.phrases.say(f"later.{kind}.lock" if fact.detail == "lock" else f"later.{kind}", body=body)

    def _head(self, fact: Fact) -> tuple[str, dict[str, str]]:
        target = quoted(fact.target)
        if fact.detail.startswith("#"):  # which branch is compiled is decided by the build
            return ("if.never" if fact.detail == "#if 0" else f"{fact.kind}.compile"), {"before": fact.detail}
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


def _place_of(head: Fact) -> str:
    """What a block is called when a later step refers back to it."""
    return {"elif": "if", "else": "if", "switch": "case"}.get(head.kind, head.kind)


def _streamed(expression: Expression) -> list[str]:
    """The stream and what goes through it in ``out << a << b``; empty for anything else."""
    if expression.operator not in {"<<", ">>"} or not quotable(expression):
        return []
    parts = [part.strip() for part in expression.text.split(expression.operator)]
    whole = all(part and part.count("(") == part.count(")") and part.count('"') % 2 == 0 for part in parts)
    return parts if whole else []


def _stored_parameter(fact: Fact) -> str:
    """The name in ``self.name = name``."""
    if fact.kind != "assign" or fact.value is None or fact.detail != "=":
        return ""
    for owner in ("self.", "this.", "this->"):
        if fact.target == owner + fact.value.text:
            return fact.value.text
    return ""
