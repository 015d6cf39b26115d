"""Prompts as versioned files: ``prompts/<node>/v1.en.md``.

A file has YAML front matter (``id, version, language, node, inputs, output``) and the sections ``## system`` and
``## user``. Its slots are ``{name}``, a literal brace is ``{{`` or ``}}``. Values enter as they are: whatever code
holds (braces, fences, ``$``) arrives byte for byte.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers import BaseOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import Runnable

from qarepo_graph import schema as schemas
from qarepo_graph.errors import PromptError
from qarepo_graph.llm.backend import Message, Reply
from qarepo_graph.llm.structured import parse_reply, schema_text
from qarepo_graph.schema import ModelReply

NODE_INPUTS: dict[str, tuple[str, ...]] = {
    "describe": (
        *("schema", "repository", "imports", "type_head", "callees", "callers"),
        *("name", "signature", "docstring", "code", "feedback"),
    ),
    "paraphrase": (
        *("schema", "name", "path", "signature", "docstring", "description"),
        *("count", "styles", "question_type", "keep", "feedback"),
    ),
    "ideate_requirements": ("schema", "repository", "map", "focus", "files", "avoid", "feedback"),
    "critique": ("schema", "repository", "code", "question", "answer", "nearest"),
    "grade_answers": ("schema", "question", "reference", "answers", "feedback"),
}
"""The variables each node (for ``grade_answers``: `qarepo evaluate`) supplies. A prompt declares those it uses;
``schema`` fills itself unless given."""

_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_SECTION = re.compile(r"^## (system|user)[ \t]*\n", re.MULTILINE)
_FILE = re.compile(r"v(\d+)\.([a-z]{2})\.md")
_KEYS = frozenset({"id", "version", "language", "node", "inputs", "output"})


@dataclass(frozen=True)
class Prompt:
    """One version of one node's prompt.

    Attributes:
        id: Its name, by default the node's.
        node: The node that asks it.
        version: ``v1``, ``v2`` …
        language: Language of the prompt and of the answers it asks for.
        sha256: Hash of the file after newline normalisation, in hexadecimal.
        inputs: The variables it uses.
        output: The schema of its answer.
        system: Template of the system message.
        user: Template of the user message.
    """

    id: str
    node: str
    version: str
    language: str
    sha256: str
    inputs: tuple[str, ...]
    output: type[ModelReply]
    system: str
    user: str

    @property
    def reference(self) -> str:
        """``id@version``, as provenance and traces name it."""
        return f"{self.id}@{self.version}"

    def render(self, variables: Mapping[str, str]) -> tuple[Message, ...]:
        """Return the messages for one item.

        Args:
            variables: Text by name. What the node supplies and this version does not use is left out.

        Raises:
            PromptError: When an input is missing, or a name is none that the node supplies.
        """
        values = {"schema": schema_text(self.output), **variables}
        missing = [name for name in self.inputs if name not in values]
        if missing:
            msg = f"Prompt {self.reference} needs the input {missing[0]!r}, which was not given."
            raise PromptError(msg)
        if unknown := variables.keys() - self._known:
            name = min(unknown)
            msg = f"Prompt {self.reference} was given {name!r}; node {self.node} supplies no input of that name."
            raise PromptError(msg)
        system = _system_message(self.system, _texts(self.system, values))
        return (system, Message("user", _fill(self.user, _texts(self.user, values))))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset((*self.inputs, *NODE_INPUTS[self.node]))

    @cached_property
    def template(self) -> ChatPromptTemplate:
        """The prompt as a LangChain template with f-string slots."""
        return ChatPromptTemplate.from_messages([("system", self.system), ("human", self.user)])

    @cached_property
    def parser(self) -> ReplyParser:
        """The strict gate for this prompt's answers."""
        return ReplyParser(output=self.output)

    def chain(self, model: BaseChatModel) -> Runnable[dict[str, Any], ModelReply]:
        """Return prompt, model and gate as one Runnable, for notebooks.

        Args:
            model: Any chat model. The chain's input is a dict of the prompt's variables; ``schema`` may be left out.
        """
        return self.template.partial(schema=schema_text(self.output)) | model | self.parser


class ReplyParser(BaseOutputParser[ModelReply]):
    """The strict gate as a LangChain output parser.

    Raises:
        ReplyError: When the reply cannot be used; its message is fit for a second attempt.
    """

    output: type[ModelReply]

    def parse(self, text: str) -> ModelReply:
        """Check a finished reply's text."""
        return parse_reply(Reply(text=text), self.output)

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> ModelReply:  # noqa: ARG002 - the base class's signature
        """Check a message, its finish reason included."""
        generation = result[0]
        reason = ""
        if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
            reason = finish_reason(generation.message)
        return parse_reply(Reply(text=generation.text, finish_reason=reason), self.output)

    def get_format_instructions(self) -> str:
        """Return the schema as prompts show it."""
        return schema_text(self.output)

    @property
    def _type(self) -> str:
        return "qarepo_reply"


def finish_reason(message: BaseMessage) -> str:
    """Return why a message ended, in the words of whatever client made it; empty where it does not say."""
    metadata = message.response_metadata
    found = metadata.get("finish_reason") or metadata.get("stop_reason") or metadata.get("done_reason") or ""
    return str(found)


def read_prompt(node: str, version: str = "", language: str = "en", folder: str | Path | None = None) -> Prompt:
    """Read a prompt from its file.

    Args:
        node: ``describe``, ``paraphrase``, ``ideate_requirements``, ``critique`` or ``grade_answers``.
        version: ``v1`` or ``1``; the highest one by default.
        language: ``en`` or ``zh``.
        folder: A folder laid out like ours; a node it does not hold is taken from ours.

    Raises:
        PromptError: When there is no such file or it is malformed.
    """
    for place in (Path(folder) if folder else None, prompts_folder()):
        if place is None:
            continue
        if not place.is_dir():
            msg = f"The prompt folder {str(place)!r} does not exist; give --prompts one with <node>/v1.<language>.md."
            raise PromptError(msg)
        if node in NODE_INPUTS and (place / node).is_dir():
            return parse_prompt(_choose(place, node, version, language))
    msg = f"There is no prompt for {node!r}; the nodes are {', '.join(NODE_INPUTS)}."
    raise PromptError(msg)


@cache
def prompts_folder() -> Path:
    """Return the folder of our own prompts, in a wheel or in a source tree."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_prompts"
    return installed if installed.is_dir() else package.parent / "prompts"


def prompt_files(folder: Path) -> list[Path]:
    """Return the prompt files of a folder, in a fixed order."""
    return sorted(
        (path for path in folder.glob("*/*.md") if _FILE.fullmatch(path.name)),
        key=lambda path: (path.parent.name, _number(path.name), path.name),
    )


def parse_prompt(path: Path) -> Prompt:
    """Read one prompt file.

    Raises:
        PromptError: When it is unreadable or malformed; the message names the file and what to change.
    """
    try:
        with path.open(encoding="utf-8-sig", newline=None) as file:  # universal newlines: CRLF copies hash the same
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        msg = f"The prompt file {str(path)!r} cannot be read as UTF-8: {error}."
        raise PromptError(msg) from None
    try:
        return _build(path, text)
    except PromptError as error:
        msg = f"The prompt file {str(path)!r} {error}"
        raise PromptError(msg) from None


def _choose(folder: Path, node: str, version: str, language: str) -> Path:
    wanted = version if not version or version.startswith("v") else f"v{version}"
    files = [path for path in prompt_files(folder) if path.parent.name == node]
    fitting = [
        path
        for path in files
        if path.name.endswith(f".{language}.md") and (not wanted or path.name.startswith(f"{wanted}."))
    ]
    if not fitting:
        have = ", ".join(path.stem for path in files) or "none"
        msg = f"There is no prompt {node} {wanted or 'of any version'} in {language!r}; there are: {have}."
        raise PromptError(msg)
    return fitting[-1]


def _number(name: str) -> int:
    match = _FILE.fullmatch(name)
    return int(match.group(1)) if match else 0


def _build(path: Path, text: str) -> Prompt:
    front, system, user = _split(text)
    version, language = path.name.split(".")[:2]
    declared = {"version": f"v{str(front['version']).removeprefix('v')}", "language": front["language"]}
    if declared != {"version": version, "language": language} or front["node"] != path.parent.name:
        msg = "says another node, version or language than its name; make them agree."
        raise PromptError(msg)
    output = getattr(schemas, str(front["output"]), None)
    if not (isinstance(output, type) and issubclass(output, ModelReply)):
        msg = f"names the output {front['output']!r}; use Description, Questions, Requirement, Judgement or Grades."
        raise PromptError(msg)
    inputs = tuple(front["inputs"]) if isinstance(front["inputs"], list) else ()
    _check_inputs(inputs, _slots(system) | _slots(user), str(front["node"]))
    return Prompt(
        id=str(front["id"]),
        node=str(front["node"]),
        version=version,
        language=language,
        sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        inputs=inputs,
        output=output,
        system=system,
        user=user,
    )


def _split(text: str) -> tuple[dict[str, Any], str, str]:
    match = _FRONT.match(text)
    if not match:
        msg = "has no front matter; begin it with --- and id, version, language, node, inputs and output."
        raise PromptError(msg)
    try:
        front = yaml.safe_load(match.group(1))
    except yaml.YAMLError:
        msg = "has front matter that is not YAML."
        raise PromptError(msg) from None
    if not isinstance(front, dict) or set(front) != _KEYS:
        msg = f"must declare exactly {', '.join(sorted(_KEYS))}."
        raise PromptError(msg)
    parts = _SECTION.split(match.group(2))
    if parts[1::2] != ["system", "user"] or parts[0].strip():
        msg = "must hold one section '## system' and then one section '## user', and nothing before them."
        raise PromptError(msg)
    return front, parts[2].strip(), parts[4].strip()


def _check_inputs(declared: tuple[str, ...], used: set[str], node: str) -> None:
    foreign = sorted(set(declared) - set(NODE_INPUTS[node]))
    if foreign:
        msg = f"declares the input {foreign[0]!r}; node {node} supplies {', '.join(NODE_INPUTS[node])}."
        raise PromptError(msg)
    undeclared = sorted(used - set(declared))
    if undeclared:
        msg = f"uses {{{undeclared[0]}}} without declaring it in inputs (a literal brace is written twice)."
        raise PromptError(msg)
    unused = sorted(set(declared) - used)
    if unused:
        msg = f"declares the input {unused[0]!r} and does not use it."
        raise PromptError(msg)


def _slots(template: str) -> set[str]:
    try:
        parts = _parts(template)
    except ValueError as error:
        msg = f"has a brace that is no slot ({error}); a literal brace is written twice."
        raise PromptError(msg) from None
    return {name for _, name in parts if name is not None}


@cache
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    parts = []
    for literal, name, spec, conversion in Formatter().parse(template):
        if name is not None and (not name.isidentifier() or spec or conversion):
            msg = f"{{{name}}}"
            raise ValueError(msg)
        parts.append((literal, name))
    return tuple(parts)


def _texts(template: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of a template's slots, in their order."""
    return tuple([values[name] for _, name in _parts(template) if name is not None])


def _fill(template: str, texts: Iterable[str]) -> str:
    given = iter(texts)
    return "".join([literal if name is None else literal + next(given) for literal, name in _parts(template)])


@lru_cache(maxsize=32)
def _system_message(template: str, texts: tuple[str, ...]) -> Message:
    """Fill a system message once for all the requests of a stage: it is half of their text, and the same in each."""
    return Message("system", _fill(template, texts))
