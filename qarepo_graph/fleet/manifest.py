"""The manifest: one repository a line, as JSON.

::

    {"path": "../src/billing", "description": "Invoices and payments."}
    {"path": "/data/repos/api", "name": "team/api", "settings": {"questions": 4, "exclude": ["tests/"]}}

Relative paths are taken from the manifest's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qarepo_graph.errors import SettingsError, UsageError
from qarepo_graph.settings import Settings

OVERRIDES = frozenset(
    name
    for name, knob in Settings.__dataclass_fields__.items()
    if knob.metadata["group"] in ("Dataset", "Repository") or name == "max_functions"
)
"""Settings a line may set: what is read and what is asked. Where requests go and what they cost is the command's."""


class Repository(BaseModel):
    """One line of the manifest.

    Attributes:
        path: The folder, absolute.
        name: Its name in the fleet, unique there; the folder's name if empty.
        description: What it is about; its language is the language of its rows.
        settings: Fields of ``Settings`` that differ from the command's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1)
    name: str = ""
    description: str = ""
    settings: Mapping[str, Any] = Field(default_factory=dict)


def read_manifest(file: Path) -> list[Repository]:
    """Read a manifest.

    Raises:
        UsageError: When it cannot be read, a line is wrong (with its number), or two repositories have one name.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8"
        msg = f"The manifest {str(file)!r} cannot be read ({why}); name a file with a JSON object on each line."
        raise UsageError(msg) from error
    found: dict[str, Repository] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        repository = _repository(line, f"Line {number} of {file.name}", file.parent)
        if repository.name in found:
            msg = f"Line {number} of {file.name} is the second one named {repository.name!r}; give it another name."
            raise UsageError(msg)
        found[repository.name] = repository
    if not found:
        msg = f'The manifest {str(file)!r} names no repository; write lines like {{"path": "src/billing"}}.'
        raise UsageError(msg)
    return list(found.values())


def _repository(line: str, where: str, base: Path) -> Repository:
    try:
        given = Repository.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"]) or "it"
        msg = f'{where} cannot be used ({at}: {first["msg"]}); write it as {{"path": "src/billing"}}.'
        raise UsageError(msg) from error
    foreign = sorted(set(given.settings) - OVERRIDES)
    if foreign:
        msg = f"{where} sets {foreign[0]!r}, which a manifest may not; it may set {', '.join(sorted(OVERRIDES))}."
        raise SettingsError(msg)
    for name, value in given.settings.items():
        default = Settings.__dataclass_fields__[name].default
        wanted = list if isinstance(default, tuple) else type(default)
        if type(value) is not wanted:
            msg = f"{where} sets {name} to {value!r}; write a {wanted.__name__}."
            raise SettingsError(msg)
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.settings.items()
    }
    Settings(**settings).checked()
    path = (base / given.path).absolute()
    return Repository(
        path=str(path), name=given.name or path.name, description=given.description, settings=given.settings
    )
