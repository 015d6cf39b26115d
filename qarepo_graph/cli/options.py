"""Options made from ``Settings``, so that a knob has one name, one help text and one default everywhere.

A command declares a ``settings`` parameter and is wrapped by :func:`with_settings`; the options that were given, the
environment (``QAREPO_*``), ``qarepo.toml`` in the current directory and the defaults are put together in that order.
"""

from __future__ import annotations

import inspect
import os
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from qarepo_graph.errors import SettingsError
from qarepo_graph.settings import SettingName, Settings, names

CONFIGURATION = Path("qarepo.toml")


def with_settings(command: Callable[..., Any], *, groups: tuple[str, ...] = ()) -> Callable[..., Any]:
    """Return the command with an option per setting in place of its ``settings`` parameter.

    Args:
        command: A function with a keyword parameter ``settings``.
        groups: Groups of settings the command takes; all if empty.
    """
    chosen = [name for name in names() if name.flag and (not groups or name.group in groups)]

    def wrapped(**given: Any) -> Any:
        knobs = {name.field: given.pop(name.field) for name in chosen}
        chosen_knobs = {field: value for field, value in knobs.items() if value not in (None, [])}
        settings = settings_from(chosen_knobs, analysed=given.get("repo"))
        return command(settings=settings, **given)

    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "settings"]
    extra = [
        inspect.Parameter(name.field, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_annotation(name))
        for name in chosen
    ]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + extra
    wrapped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions take attributes
    wrapped.__annotations__ = {p.name: p.annotation for p in parameters}
    wrapped.__name__ = command.__name__
    wrapped.__doc__ = inspect.cleandoc(command.__doc__ or "").partition("\n\n")[0]
    return wrapped


def settings_from(given: Mapping[str, Any], analysed: Path | None = None) -> Settings:
    """Return the settings: what was given, else the environment, else ``qarepo.toml``, else the defaults.

    Args:
        given: Options of the command line.
        analysed: The repository the command reads; a ``qarepo.toml`` inside it is somebody else's word, not the
            user's, and could name a model and a host.

    Raises:
        SettingsError: For unknown names and values that cannot be read or cannot work.
    """
    values: dict[str, Any] = {"trace": False}
    if analysed is not None and CONFIGURATION.is_file() and CONFIGURATION.resolve().is_relative_to(analysed.resolve()):
        words = f"{CONFIGURATION} lies in the analysed repository and is not read; give its settings as options."
        sys.stderr.write(f"qarepo: {words}\n")
    else:
        values |= _from_file(CONFIGURATION)
    values |= {
        name.field: _read(name.field, os.environ[name.environment])
        for name in names()
        if name.flag and os.environ.get(name.environment)
    }
    values |= {field: _shaped(field, value) for field, value in given.items()}
    return Settings(**values).checked()


def _annotation(name: SettingName) -> Any:
    default = Settings.__dataclass_fields__[name.field].default
    shown = str(default) if isinstance(default, (str, int, float)) and default not in ("", 0, False) else False
    if isinstance(default, bool) or name.field == "trace":
        flags = f"{name.flag}/--no-{name.flag.removeprefix('--')}"
        shown = "on" if default is True else False
        return Annotated[bool, typer.Option(flags, help=name.help, show_default=shown, rich_help_panel=name.group)]
    is_list = isinstance(default, tuple) or not isinstance(default, (str, int, float))
    option = typer.Option(name.flag, help=name.help, show_default=shown, rich_help_panel=name.group)
    if is_list:
        return Annotated[list[str], option]
    return Annotated[type(default) if isinstance(default, (int, float)) else str, option]


def _shaped(field: str, value: Any) -> Any:
    """Turn an option's value into the field's type: lists become tuples, ``key=value`` lists become tables."""
    default = Settings.__dataclass_fields__[field].default
    if isinstance(value, (list, tuple)) and not isinstance(default, tuple):
        return dict(_pair(field, entry) for entry in value)
    return tuple(value) if isinstance(value, list) else value


def _pair(field: str, entry: str) -> tuple[str, str]:
    key, equals, value = entry.partition("=")
    if not equals or not key or not value:
        flag = next(name.flag for name in names() if name.field == field)
        msg = f"{flag} takes node=value, for example {flag} critique=openai:gpt-5-mini; it was given {entry!r}."
        raise SettingsError(msg)
    return key, value


def _read(field: str, text: str) -> Any:
    """Read a value from the environment by the type of the field's default."""
    default = Settings.__dataclass_fields__[field].default
    if isinstance(default, bool) or field == "trace":
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off"):
            return False
        msg = f"QAREPO_{field.upper()} is {text!r}; set it to true or false."
        raise SettingsError(msg)
    if isinstance(default, (int, float)):
        try:
            return type(default)(text)
        except ValueError as error:
            msg = f"QAREPO_{field.upper()} is {text!r}; set it to a number."
            raise SettingsError(msg) from error
    if isinstance(default, str):
        return text
    return _shaped(field, [part.strip() for part in text.split(",") if part.strip()])


def _from_file(path: Path) -> dict[str, Any]:
    """Read ``qarepo.toml`` of the current directory; the analysed repository's own is never read."""
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"{path.name} cannot be read ({error}); mend it or move it away."
        raise SettingsError(msg) from error
    unknown = sorted(set(values) - set(Settings.__dataclass_fields__))
    if unknown:
        msg = f"{path.name} sets {unknown[0]!r}, which is no setting; `qarepo generate --help` lists them."
        raise SettingsError(msg)
    for field, value in values.items():
        default = Settings.__dataclass_fields__[field].default
        wrong = isinstance(default, (bool, int, float, str)) and not isinstance(value, type(default))
        if wrong and not (isinstance(default, float) and isinstance(value, int)):
            msg = f"{path.name} sets {field} to {value!r}; write a {type(default).__name__}."
            raise SettingsError(msg)
    return {field: tuple(value) if isinstance(value, list) else value for field, value in values.items()}
