"""What a server has shown it takes: the structured-output method in use and the parameters it refused.

One ladder per backend and run. A refusal is remembered, so that the thousandth request does not repeat the first
one's mistake; the adapted request is asked again at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from qarepo_graph.llm.profiles import Method, Profile
from qarepo_graph.llm.structured import json_schema

_OTHER_LIMIT = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
BLANKS = 2
"""Blank replies in a row after which JSON mode is given up (DeepSeek documents that it may answer nothing)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one request is sent.

    Attributes:
        method: How structure is asked for.
        body: Fields of the request beside model and messages.
        stream: Whether the reply is asked for as a stream.
        state: The ladder's state it was made from.
    """

    method: Method
    body: Mapping[str, Any]
    stream: bool
    state: int


class Ladder:
    """The state of one backend's adaptation.

    Args:
        profile: Where it starts.
        temperature: Sampling temperature; None leaves it to the server.
    """

    def __init__(self, profile: Profile, temperature: float | None) -> None:
        self._profile = profile
        self._methods = list(profile.methods)
        self._body: dict[str, Any] = dict(profile.body)
        if temperature is not None:
            self._body["temperature"] = temperature
        self._limit: str | None = profile.limit_parameter or None
        self._stream = False
        self._state = 0
        self._proven: set[Method] = set()
        self._blanks = 0

    @property
    def method(self) -> Method:
        """The method in use."""
        return self._methods[0]

    def plan(self, schema: type[BaseModel], max_tokens: int) -> Plan:
        """Return how the next request is sent."""
        body = dict(self._body)
        if self._limit:
            body[self._limit] = max_tokens
        body |= structure(self.method, schema, drops=self._profile.schema_drops)
        return Plan(self.method, body, self._stream, self._state)

    def note_reply(self, plan: Plan, *, blank: bool) -> None:
        """Remember that a method brought a reply, or that JSON mode brought nothing again."""
        if not blank:
            self._proven.add(plan.method)
            self._blanks = 0
            return
        self._blanks += 1
        if self._blanks >= BLANKS and plan.method == self.method != "text":
            self._blanks = 0
            self._step_down()

    def adapt(self, refused: str, plan: Plan) -> bool:
        """Change the next requests so that they avoid what was refused; False when nothing is left to change.

        Args:
            refused: Code of the ``adapt`` fault: a parameter's name, ``stream``, or ``request`` where the server did
                not say what it disliked.
            plan: The plan that was refused.
        """
        if plan.state != self._state:
            return True  # another request met the same refusal first
        if refused == "request":
            return self._adapt_blindly()
        if refused in ("response_format", "tool_choice"):
            return self._step_down()
        if refused == "stream":
            changed, self._stream = not self._stream, True
            return self._moved() if changed else False
        if refused in _OTHER_LIMIT:
            self._limit = _OTHER_LIMIT[refused] if self._limit == refused == self._profile.limit_parameter else None
            return self._moved() if refused in plan.body else False
        if refused == "enable_thinking" and refused not in self._body:
            self._body[refused] = False
            return self._moved()
        if refused in self._body:
            del self._body[refused]
            return self._moved()
        return self._step_down()

    def _adapt_blindly(self) -> bool:
        if self.method in self._proven:
            return False  # the method works, so this request itself is refused
        if len(self._methods) > 1:
            return self._step_down()
        if not self._proven:
            self._methods = list(self._profile.methods)  # no method helped: it was the request, start afresh
            self._state += 1
        return False

    def _step_down(self) -> bool:
        if len(self._methods) == 1:
            return False
        self._methods.pop(0)
        return self._moved()

    def _moved(self) -> bool:
        self._state += 1
        return True


def structure(method: Method, schema: type[BaseModel], *, drops: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the request fields that ask an OpenAI-compatible server for a schema.

    Args:
        method: How to ask.
        schema: The schema.
        drops: JSON Schema keywords the server refuses.
    """
    name = schema.__name__
    if method == "json_schema":
        strict = {"name": name, "strict": True, "schema": json_schema(schema, without=drops)}
        return {"response_format": {"type": "json_schema", "json_schema": strict}}
    if method == "function_calling":
        function = {"name": name, "description": f"Give the {name}.", "parameters": json_schema(schema, without=drops)}
        # "required" rather than the named form: llama.cpp treats a named choice as "auto" without a word.
        return {"tools": [{"type": "function", "function": function}], "tool_choice": "required"}
    if method == "json_mode":
        return {"response_format": {"type": "json_object"}}
    return {}
