"""What a run would ask and cost, from the parse alone: nothing is sent.

Prompts are rendered as the run would render them, so their lengths are exact; replies are not known yet and are taken
at the lengths below. What the ledger already holds is not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from qarepo_graph.code.repository_map import repository_map
from qarepo_graph.engine.node_models import model_of
from qarepo_graph.engine.runs import Run
from qarepo_graph.engine.stage import Feedback
from qarepo_graph.ledger.snapshot import functions_after, item_name
from qarepo_graph.ledger.work import items_of
from qarepo_graph.llm.backend import Usage
from qarepo_graph.llm.prices import price_of
from qarepo_graph.llm.prompts import Prompt, read_prompt
from qarepo_graph.nodes import describe, ideate_requirements, paraphrase
from qarepo_graph.nodes.data_language import language_of
from qarepo_graph.quality.taxonomy import of_functions
from qarepo_graph.schema import DescribeInputs, Description, IdeateInputs, Language, LogicStep, ParaphraseInputs
from qarepo_graph.state import RepoState

CHARACTERS_PER_TOKEN = 4
"""Code measured 4.2 to 4.5 characters a token with two tokenizers, so this errs on the dear side."""

DESCRIPTION_TOKENS = 220
QUESTION_TOKENS = 40
REQUIREMENT_TOKENS = 350
"""Lengths of replies, as measured on real answers; calibrated by the run's own after its first calls."""

CALIBRATED_AFTER = 50
"""Replies after which a run says its estimate anew from what they really cost."""

CACHED_SHARES = {"low": 0.9, "likely": 0.7, "high": 0.0}
"""Share of prompt tokens from the provider's prefix cache in the cheap, the likely and the dear case."""

SECONDS_PER_CALL = 5.0
"""Latency taken for the time estimate when no rate limit is given."""

Counter = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class NodePlan:
    """What one node would ask.

    Attributes:
        node: The node.
        model: Its model.
        calls: Requests, without repeats.
        prompt_tokens: Tokens sent.
        completion_tokens: Tokens answered.
        usd: Cost in the low, likely and high case; None where the price is unknown.
    """

    node: str
    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: dict[str, float] | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would ask, node by node.

    Attributes:
        nodes: The nodes' plans.
        reused: Descriptions the ledger already holds.
        seconds: Time at the given rate.
    """

    nodes: tuple[NodePlan, ...]
    reused: int
    seconds: float
    functions: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """Requests of all nodes."""
        return sum(node.calls for node in self.nodes)

    def usd(self, case: str) -> float | None:
        """Return the cost of all nodes in one case, None where a price is unknown."""
        if any(node.usd is None for node in self.nodes if node.calls):
            return None
        return sum(node.usd[case] for node in self.nodes if node.usd is not None)


def counter(tokenizer: str = "") -> Counter:
    """Return what counts a text's tokens: four characters each, or exactly with a ``tokenizer.json``.

    Raises:
        MissingExtraError: When the ``tokenizers`` package is not installed.
        SettingsError: When the file is no tokenizer.
    """
    if not tokenizer:
        return lambda text: -(-len(text) // CHARACTERS_PER_TOKEN)
    from qarepo_graph.errors import MissingExtraError, SettingsError

    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        msg = "--tokenizer needs the tokenizers package; install it with: pip install tokenizers"
        raise MissingExtraError(msg) from error
    try:
        loaded = Tokenizer.from_file(tokenizer)
    except Exception as error:
        msg = f"{tokenizer!r} is no tokenizer.json ({error}); give the one from the model's folder."
        raise SettingsError(msg) from error
    return lambda text: len(loaded.encode(text).ids)


async def make_plan(run: Run, state: RepoState, tokenizer: str = "", *, rough: bool = False) -> Plan:
    """Return what ``generate`` would ask for the snapshot in the ledger.

    Args:
        run: The run.
        state: What ``parse`` returned.
        tokenizer: A ``tokenizer.json``; four characters a token without one.
        rough: Take requirements to be about the first functions, which spares finding the clusters they are about.
    """
    count = counter(tokenizer)
    settings = run.settings
    language = language_of(state, settings)
    description = state.get("repo_description", "")
    prompts = {
        node: read_prompt(node, settings.prompt.get(node, ""), language, settings.prompts or None)
        for node in ("describe", "paraphrase", "ideate_requirements")
    }
    tallies = {node: [0, 0, 0] for node in prompts}
    reused = 0

    def add(node: str, tokens: int, answered: int) -> None:
        for index, amount in enumerate((1, tokens, answered)):
            tallies[node][index] += amount

    async for page in describe.pages(run, description, language):
        described = await _accepted(run, "describe", [item.id for item in page])
        kinds = of_functions(settings.question_types) if settings.questions else ()
        worded = await _accepted(run, "paraphrase", [item_name(item.id, kind) for item in page for kind in kinds])
        for item in page:
            known = item.id in described
            reused += known
            unworded = [kind for kind in kinds if not known or item_name(item.id, kind) not in worded]
            if known and not unworded:
                continue
            inputs = item.inputs(Feedback())
            assert isinstance(inputs, DescribeInputs)
            if not known:
                add("describe", _tokens(prompts["describe"], describe.variables(inputs), count), DESCRIPTION_TOKENS)
            if unworded:
                wanted = _typical_paraphrase(inputs, settings.questions)
                tokens = _tokens(prompts["paraphrase"], paraphrase.variables(wanted), count)
                for _ in unworded:
                    add("paraphrase", tokens, settings.questions * QUESTION_TOKENS)
    names = [f"requirement/{ordinal}" for ordinal in range(settings.requirements)]
    thought_up = await _accepted(run, "ideate_requirements", names)
    missing = [name for name in names if name not in thought_up]
    if missing:
        pages = ideate_requirements.pages(run, missing, description, language)
        items = [item async for page in pages for item in page] if not rough else []
        typical = [await _typical_requirement(run, description, language)] * len(missing) if rough else []
        for inputs in (*typical, *(item.inputs(Feedback()) for item in items)):
            variables = ideate_requirements.variables(inputs)  # type: ignore[arg-type]  # the node's own items
            add("ideate_requirements", _tokens(prompts["ideate_requirements"], variables, count), REQUIREMENT_TOKENS)
    nodes = tuple(_node_plan(run, node, *tally) for node, tally in tallies.items())
    calls = sum(node.calls for node in nodes)
    rate = settings.rpm / 60 if settings.rpm else settings.concurrency / SECONDS_PER_CALL
    return Plan(nodes, reused, calls / rate, state.get("functions", {}), state.get("files", {}))


def calibrated(plan: Plan, usage: Mapping[str, Mapping[str, float]]) -> Plan:
    """Return the plan with each node's tokens and cost a call as its answers so far say them.

    Args:
        plan: What was planned.
        usage: The session's replies, tokens and cost by node (``ledger.calls.usage_by_node``).
    """
    return replace(plan, nodes=tuple(_calibrated(node, usage.get(node.node, {})) for node in plan.nodes))


def _calibrated(node: NodePlan, seen: Mapping[str, float]) -> NodePlan:
    if not seen or not node.calls:
        return node
    per_call = node.calls / seen["replies"]
    usd = None if node.usd is None else dict.fromkeys(node.usd, seen["usd"] * per_call)
    prompt, completion = round(seen["prompt_tokens"] * per_call), round(seen["completion_tokens"] * per_call)
    return replace(node, prompt_tokens=prompt, completion_tokens=completion, usd=usd)


async def _accepted(run: Run, node: str, ids: Sequence[str]) -> set[str]:
    found = await run.ledger.arun(partial(items_of, node=node, ids=ids)) if ids else {}
    return {item.item for item in found.values() if item.status == "accepted"}


def _tokens(prompt: Prompt, variables: dict[str, str], count: Counter) -> int:
    return sum(count(message.content) for message in prompt.render(variables))


def _typical_paraphrase(inputs: DescribeInputs, questions: int) -> ParaphraseInputs:
    """Return a paraphrase's inputs with a description of typical length in the place of the one not yet known."""
    step = LogicStep(text="x", start_line=1, end_line=1)
    typical = Description(description="x" * CHARACTERS_PER_TOKEN * 60, logic_steps=[step])
    return ParaphraseInputs(function=inputs.function, description=typical, language=inputs.language, count=questions)


async def _typical_requirement(run: Run, repository_description: str, language: Language) -> IdeateInputs:
    """Return a requirement's inputs with the repository's first functions in the place of its cluster's."""
    page = await run.ledger.arun(partial(functions_after, position=-1, limit=ideate_requirements.FOCUS_FUNCTIONS))
    functions = tuple(function for _, function in page)
    return IdeateInputs(
        ordinal=0,
        focus=functions,
        descriptions={},
        language=language,
        repository_description=repository_description,
        repository_map=repository_map(run.code_map().index, ideate_requirements.MAP_TOKENS),
        files=tuple(dict.fromkeys(function.file for function in functions)),
    )


def _node_plan(run: Run, node: str, calls: int, prompt_tokens: int, completion_tokens: int) -> NodePlan:
    spec: Any = model_of(run.settings, node)
    name = spec if isinstance(spec, str) else type(spec).__name__
    price = price_of(name, run.settings.prices)
    cost: dict[str, float] | None = {}
    for case, share in CACHED_SHARES.items():
        cached = int(prompt_tokens * share)
        usage = Usage(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, cached_tokens=cached)
        usd = price(usage)
        if usd is None or cost is None:
            cost = None
        else:
            cost[case] = usd
    return NodePlan(node, name, calls, prompt_tokens, completion_tokens, cost)
