"""Every knob of a run, once: the graph's context, the command line's options, the seed's keys, the environment.

``Settings`` is the graph's ``context_schema``. Each field's metadata holds its help and, where the seed had a name
for it, the seed's key; flag, environment variable and README table are derived from the field (see ``names``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from qarepo_graph.errors import SettingsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
else:
    # Importing it takes a second, which `qarepo --help` must not pay; LangGraph only shows the type in forms.
    BaseChatModel = Any

NODES_WITH_MODELS = ("describe", "paraphrase", "ideate_requirements", "critique")


def _knob(default: Any, help_text: str, *, seed: str = "", flag: str = "", cli: bool = True, group: str = "Run") -> Any:
    metadata = {"help": help_text, "seed": seed, "flag": flag, "cli": cli, "group": group}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a run is done. Everything has a default; the default model needs no key and sends nothing.

    Raises:
        SettingsError: From :meth:`checked`, for values that cannot work.
    """

    # What is asked
    questions: int = _knob(
        10, "Wordings of each function's question; 0 leaves scenario 1 out.", seed="question_num", group="Dataset"
    )
    requirements: int = _knob(
        3,
        "New-feature requirements for the repository; 0 leaves scenario 2 out.",
        seed="requirement_num",
        group="Dataset",
    )
    language: Literal["auto", "en", "zh"] = _knob(
        "auto", "Language of the data; auto follows the description.", group="Dataset"
    )
    question_types: tuple[str, ...] = _knob(
        ("how_implemented",), "Kinds of questions; repeatable.", flag="--question-type", group="Dataset"
    )
    negatives: int = _knob(0, "Questions about names the repository does not have.", group="Dataset")
    context: Literal["auto", "full", "relevant", "none"] = _knob(
        "auto",
        "Functions in each row's input: all of them, the relevant ones, none; auto = full while it fits.",
        group="Dataset",
    )
    context_budget: int = _knob(8000, "Tokens of context per row that auto and relevant keep to.", group="Dataset")
    code: bool = _knob(True, "Keep the code in the input's records (--no-code leaves it out).", group="Dataset")
    answer_code: bool = _knob(True, "Close each scenario 1 answer with the function's code.", group="Dataset")
    seed: int = _knob(0, "Seed of everything sampled: styles, splits, traces.", group="Dataset")

    # Which model
    model: str | BaseChatModel = _knob("offline", "provider:name, for example deepseek:deepseek-flash.", group="Model")
    critic_model: str | BaseChatModel = _knob("", "Model that judges answers; none by default.", group="Model")
    models: Mapping[str, str | BaseChatModel] = _knob(
        {}, "Model per node, as node=provider:name; repeatable.", flag="--node-model", group="Model"
    )
    base_url: str = _knob("", "Base URL of the model's server.", group="Model")
    profiles: Mapping[str, Mapping[str, Any]] = _knob(
        {}, "Own provider profiles (qarepo.toml or code).", cli=False, group="Model"
    )
    temperature: float = _knob(0.7, "Sampling temperature.", group="Model")
    max_tokens: int = _knob(4096, "Longest reply in tokens.", group="Model")
    strict_model: bool = _knob(False, "Stop when the server answers with another model than asked for.", group="Model")
    prompts: str = _knob("", "Folder with your own prompts.", group="Model")
    prompt: Mapping[str, str] = _knob({}, "Prompt version per node, as describe=v2; repeatable.", group="Model")

    # How hard it is tried
    attempts: int = _knob(3, "Attempts per result before it is rejected.", group="Run")
    concurrency: int = _knob(16, "Requests in flight at most.", group="Run")
    rpm: int = _knob(0, "Requests per minute at most; 0 = no limit.", group="Run")
    tpm: int = _knob(0, "Tokens per minute at most; 0 = no limit.", group="Run")
    request_seconds: float = _knob(180.0, "Deadline of one request, from start to last byte.", group="Run")
    max_outage: float = _knob(900.0, "Seconds an unreachable server is waited for.", group="Run")
    max_usd: float = _knob(0.0, "Stop before the run costs more; 0 = no limit.", group="Run")
    max_requests: int = _knob(0, "Stop before more requests are sent; 0 = no limit.", group="Run")
    max_functions: int = _knob(0, "Take only the first N functions; 0 = all.", group="Run")
    ask_only: str = _knob("", "File with the ids of the functions to ask about, one a line; empty = all.", group="Run")
    prices: str = _knob("", "Your own price table (TOML).", group="Run")
    retry_failed: bool = _knob(False, "Ask again for what failed in an earlier run.", group="Run")

    # What is read
    include: tuple[str, ...] = _knob((), "Only files that match this pattern; repeatable.", group="Repository")
    exclude: tuple[str, ...] = _knob((), "Leave out files that match this pattern; repeatable.", group="Repository")
    skip_anonymous: bool = _knob(False, "Leave out methods of anonymous classes.", group="Repository")
    include_vendored: bool = _knob(False, "Read vendored code too.", group="Repository")
    include_generated: bool = _knob(False, "Read generated and minified code too.", group="Repository")
    include_suspicious: bool = _knob(
        False, "Keep functions that hold hidden text or speak to a model.", group="Repository"
    )
    max_file_bytes: int = _knob(2_000_000, "Skip larger files.", group="Repository")
    file_seconds: float = _knob(10.0, "Give up a file after this time.", group="Repository")
    allow_licenses: tuple[str, ...] = _knob(
        (), "Only code under these SPDX ids; repeatable.", flag="--allow-license", group="Repository"
    )

    # Privacy
    yes: bool = _knob(False, "Agree to send code to the model's host without being asked.", group="Privacy")
    dry_run: str = _knob(
        "", "Write the exact request bodies into this folder instead of sending them.", group="Privacy"
    )
    allow_http: bool = _knob(False, "Allow plain http to hosts other than this machine.", group="Privacy")
    use_proxy: bool = _knob(False, "Follow the *_PROXY environment variables.", group="Privacy")
    secrets: Literal["redact", "skip-function", "fail"] = _knob(
        "redact", "What to do with secrets found in code.", group="Privacy"
    )
    pii: bool = _knob(False, "Replace e-mail addresses, phone and card numbers too.", group="Privacy")
    keep_prompts: bool = _knob(False, "Keep rendered prompts in the ledger.", group="Privacy")

    # What is seen
    trace: bool | None = _knob(None, "Send traces to LangSmith; None follows LANGSMITH_TRACING.", group="Tracing")
    trace_sample: float = _knob(0.01, "Share of functions traced in runs of over 50.", group="Tracing")
    trace_functions: tuple[str, ...] = _knob(
        (), "Functions always traced, as patterns; repeatable.", flag="--trace-function", group="Tracing"
    )
    trace_hide_code: bool = _knob(False, "Keep source text out of traces.", group="Tracing")
    force: bool = _knob(False, "Replace an output file that qarepo did not write.", group="Dataset")
    review: bool = _knob(False, "Stop before export and wait for a person's decisions.", group="Run")

    def checked(self) -> Settings:
        """Return self, or say which value cannot work."""
        self._check_numbers()
        if self.questions == 0 and self.requirements == 0:
            msg = "--questions 0 together with --requirements 0 leaves nothing to ask; give one of them a number."
            raise SettingsError(msg)
        for choice, allowed in _CHOICES.items():
            if getattr(self, choice) not in allowed:
                msg = f"{flag_of(choice)} {getattr(self, choice)!r} is unknown; choose one of {', '.join(allowed)}."
                raise SettingsError(msg)
        from qarepo_graph.quality.taxonomy import checked_types

        checked_types(self.question_types)
        for mapping in ("models", "prompt"):
            unknown = sorted(set(getattr(self, mapping)) - set(NODES_WITH_MODELS))
            if unknown:
                msg = f"{flag_of(mapping)} names {unknown[0]!r}; the nodes are {', '.join(NODES_WITH_MODELS)}."
                raise SettingsError(msg)
        return self

    def _check_numbers(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= least:
                msg = f"{flag_of(name)} is {value!r}; it must be a number of at least {least}."
                raise SettingsError(msg)


_CHOICES: dict[str, tuple[str, ...]] = {
    "language": ("auto", "en", "zh"),
    "context": ("auto", "full", "relevant", "none"),
    "secrets": ("redact", "skip-function", "fail"),
}

_LEAST: dict[str, float] = {
    "questions": 0,
    "requirements": 0,
    "negatives": 0,
    "context_budget": 1,
    "attempts": 1,
    "concurrency": 1,
    "rpm": 0,
    "tpm": 0,
    "request_seconds": 0.1,
    "max_outage": 0,
    "max_usd": 0,
    "max_requests": 0,
    "max_functions": 0,
    "max_file_bytes": 1,
    "file_seconds": 0.1,
    "max_tokens": 1,
    "temperature": 0,
    "trace_sample": 0,
}


@dataclass(frozen=True, slots=True)
class SettingName:
    """The one name of a setting in each place it can be given.

    Attributes:
        field: Field of ``Settings``.
        flag: Option of the command line; empty where it has none.
        environment: Environment variable.
        seed: Key of the seed's own call; empty where the seed had none.
        help: One sentence.
        group: Panel of the help text.
    """

    field: str
    flag: str
    environment: str
    seed: str
    help: str
    group: str


def flag_of(name: str) -> str:
    """Return the command line's option for a field of ``Settings``."""
    knob = Settings.__dataclass_fields__[name]
    return str(knob.metadata["flag"]) or "--" + name.replace("_", "-")


def names() -> list[SettingName]:
    """Return one row per setting: seed key, flag, field, environment."""
    return [
        SettingName(
            field=knob.name,
            flag=flag_of(knob.name) if knob.metadata["cli"] else "",
            environment="QAREPO_" + knob.name.upper(),
            seed=knob.metadata["seed"],
            help=knob.metadata["help"],
            group=knob.metadata["group"],
        )
        for knob in fields(Settings)
    ]
