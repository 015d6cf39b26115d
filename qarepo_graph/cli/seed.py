"""The seed's call: ``python -m qarepo_graph repo_dir=… output_file=… repo_des=… question_num=10 requirement_num=3``.

Every long option can be given as ``name=value`` beside the seed's five keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from qarepo_graph.errors import SettingsError
from qarepo_graph.settings import names

SEED_ONLY = {"repo_dir": "", "output_file": "--output", "repo_des": "--description"}
"""The seed's keys that are no settings: the repository itself, the output file, the description."""


def is_seed_call(arguments: Sequence[str]) -> bool:
    """Return whether the arguments are the seed's ``key=value`` form: the first one is no option and no command."""
    return bool(arguments) and "=" in arguments[0] and not arguments[0].startswith("-")


def seed_arguments(arguments: Sequence[str]) -> list[str]:
    """Translate the seed's call into ``generate``'s arguments; context defaults to ``full``, as in the seed's rows.

    Raises:
        SettingsError: For an unknown key, a key without a value, or a missing ``repo_dir``.
    """
    options = _options()
    given: dict[str, str] = {}
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if not equals or key not in options:
            known = ", ".join(sorted(options))
            msg = f"{argument!r} is not a key of this call; write key=value with one of: {known}."
            raise SettingsError(msg)
        given[key] = value
    if not given.get("repo_dir"):
        msg = "repo_dir=… is missing; give the folder of the repository to analyse."
        raise SettingsError(msg)
    translated = ["generate", given.pop("repo_dir"), "--seed-style"]
    given.setdefault("context", "full")
    for key, value in given.items():
        translated += _translate(options[key], key, value)
    return translated


def _options() -> dict[str, str]:
    """Return flag by key: the seed's own keys, and every long option under its name."""
    options = dict(SEED_ONLY)
    for name in names():
        if name.flag:
            options[name.flag.removeprefix("--").replace("-", "_")] = name.flag
            if name.seed:
                options[name.seed] = name.flag
    return options | {"output": "--output", "description": "--description", "run_dir": "--run-dir"}


def _translate(flag: str, key: str, value: str) -> list[str]:
    lowered = value.lower()
    if lowered in ("true", "false") and _is_switch(key):
        return [flag if lowered == "true" else "--no-" + flag.removeprefix("--")]
    return [f"{flag}={value}"]


def _is_switch(key: str) -> bool:
    from qarepo_graph.settings import Settings

    knob = Settings.__dataclass_fields__.get(key)
    return knob is not None and isinstance(knob.default, (bool, type(None)))
