"""What is special about one node that asks a model, as data; :mod:`qarepo_graph.engine.pool` does the rest for all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qarepo_graph.engine.ground import Ground
from qarepo_graph.engine.node_models import NodeModel
from qarepo_graph.llm.prompts import Prompt
from qarepo_graph.schema import ModelReply, StageInputs, Verdict
from qarepo_graph.schema.lean import lean_dataclass


@lean_dataclass(frozen=True, slots=True)
class Feedback:
    """What an earlier attempt teaches the next one.

    Attributes:
        reasons: Why it was refused.
        keep: Its good part.
    """

    reasons: tuple[str, ...] = ()
    keep: Any = None


@lean_dataclass(frozen=True, slots=True)
class Item:
    """One piece of work.

    Attributes:
        id: Its name in the ledger.
        inputs: Makes its inputs.
        where: What a trace says of its place.
        made_of: Whatever ``inputs`` makes them of, beside what the whole stage shares, encoded: as long as that is
            the same, so is what is asked. Empty where only rendering tells.
    """

    id: str
    inputs: Callable[[Feedback], StageInputs]
    where: Mapping[str, Any] = field(default_factory=dict)
    made_of: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is special about one node that asks a model.

    Attributes:
        node: Its name, in the ledger and in traces.
        prompt: The prompt it renders.
        model: The model it asks.
        output: The schema of its replies.
        pages: The items, in pages.
        variables: Renders typed inputs into the prompt's variables.
        check: Judges a parsed reply; the last argument says that the model has no more to give.
        result: What to keep of an accepted reply (a paraphrase adds the wordings kept from before).
        shorten: Leaves out the least needed part of the context; None when only what is asked about is left.
        title: What a trace calls one request.
        ground: What all of it rests on, where that is known; only its unsettled items are then looked at.
    """

    node: str
    prompt: Prompt
    model: NodeModel
    output: type[ModelReply]
    pages: AsyncIterator[list[Item]]
    variables: Callable[[Any], dict[str, str]]
    check: Callable[[Any, Any, bool], Verdict]
    result: Callable[[Any, Any], ModelReply] = lambda reply, _: reply
    shorten: Callable[[Any], Any | None] = lambda _: None
    title: Callable[[Any], str]
    ground: Ground | None = None
