"""The rule-based backend: the default model, which needs no key, no network and no luck.

It answers from the typed inputs alone. The same inputs always bring the same reply; nothing is sampled, and nothing
is claimed that the code or its documentation does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qarepo_graph.llm.backend import Fault, Reply, Request, Usage
from qarepo_graph.llm.tracing import traced_rules
from qarepo_graph.offline.describe import describe
from qarepo_graph.offline.paraphrase import paraphrase
from qarepo_graph.offline.requirements import ideate
from qarepo_graph.schema import DescribeInputs, IdeateInputs, ParaphraseInputs, StageInputs
from qarepo_graph.schema.reply import ModelReply

RULES_VERSION = "1"
"""Raised whenever a rule changes what is said, so that the ledger's keys change with it."""

SPEC = "offline:rules"


class OfflineBackend:
    """Answers every kind of request by rules; satisfies :class:`qarepo_graph.llm.backend.Backend`."""

    @property
    def spec(self) -> str:
        """``offline:rules``."""
        return SPEC

    @property
    def identity(self) -> Mapping[str, Any]:
        """The version of the rules: nothing else decides a reply beside the inputs."""
        return {"rules": RULES_VERSION}

    @property
    def host(self) -> str:
        """Empty: nothing leaves the process."""
        return ""

    async def check(self) -> None:
        """Nothing can be wrong with a key or an address there is none of."""

    async def ask(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            Fault: ``item`` when the rules have nothing (more) to say.
        """
        with traced_rules(request) as tell:
            reply = _answer(request.inputs)
            tell(reply.text)
        return reply

    async def aclose(self) -> None:
        """Nothing is open."""


def _answer(inputs: StageInputs) -> Reply:
    exhausted = False
    answer: ModelReply
    if isinstance(inputs, DescribeInputs):
        answer = describe(inputs)
    elif isinstance(inputs, ParaphraseInputs):
        answer = paraphrase(inputs)
        exhausted = len(answer.questions) < inputs.count
    elif isinstance(inputs, IdeateInputs):
        answer = ideate(inputs)
    else:
        msg = "The rule-based model does not judge answers; name a model with --critic-model."
        raise Fault("item", "unsupported", msg)
    return Reply(
        text=answer.model_dump_json(),
        usage=Usage(estimated=True),
        finish_reason="stop",
        model=SPEC,
        method="rules",
        exhausted=exhausted,
    )
