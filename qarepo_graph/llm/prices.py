"""What a reply costs, from a price table the user can see, date and replace; an unknown price is said, never guessed.

A table is TOML, one entry per model (US dollars per million tokens)::

    ["deepseek:deepseek-flash"]
    input = 0.30
    cached_input = 0.006
    output = 1.20
    checked = 2026-11-15
    source = "api-docs.deepseek.com/quick_start/pricing"
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qarepo_graph.errors import SettingsError
from qarepo_graph.llm.backend import Usage

MILLION = 1_000_000


class Price(BaseModel):
    """The price of one model in US dollars per million tokens.

    Attributes:
        input: Tokens sent that missed the provider's cache.
        cached_input: Tokens sent that hit it; the price of ``input`` where there is no such discount.
        output: Tokens answered, reasoning included.
        checked: The day the price was read, as YYYY-MM-DD.
        source: Where it was read.
        batch_factor: What the provider's batch interface multiplies the price by; 1 where it has none.
        off_peak_factor: What the price is multiplied by in ``off_peak_hours``.
        off_peak_hours: Hours of the day (UTC) that are off-peak.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached_input: float | None = Field(default=None, ge=0)
    checked: str
    source: str
    batch_factor: float = 1.0
    off_peak_factor: float = 1.0
    off_peak_hours: tuple[int, ...] = ()

    def usd(self, usage: Usage) -> float:
        """Return what a reply's tokens cost at the full rate; off-peak discounts only make it cheaper."""
        cached_rate = self.input if self.cached_input is None else self.cached_input
        sent = (usage.prompt_tokens - usage.cached_tokens) * self.input + usage.cached_tokens * cached_rate
        return (sent + usage.completion_tokens * self.output) / MILLION


def read_prices(path: str | Path = "") -> dict[str, Price]:
    """Return the prices by ``provider:model``: the package's own table, and over it the user's.

    Raises:
        SettingsError: When the user's table cannot be read.
    """
    table = _parse(files("qarepo_graph.llm").joinpath("prices.toml").read_text(encoding="utf-8"), "prices.toml")
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"The price table {str(path)!r} cannot be read ({error}); give another one with --prices."
            raise SettingsError(msg) from error
        table |= _parse(text, str(path))
    return table


def price_of(spec: str, path: str | Path = "") -> Callable[[Usage], float | None]:
    """Return what turns a reply's usage into US dollars: 0 for the rules, None where the price is unknown."""
    if spec.startswith("offline"):
        return lambda _: 0.0
    price = read_prices(path).get(spec)
    return (lambda _: None) if price is None else price.usd


def _parse(text: str, name: str) -> dict[str, Price]:
    try:
        entries: dict[str, dict[str, Any]] = tomllib.loads(text)
        return {model: Price.model_validate(_dated(entry)) for model, entry in entries.items()}
    except (tomllib.TOMLDecodeError, ValidationError, TypeError) as error:
        problem = str(error).splitlines()[0]
        msg = f"The price table {name!r} is malformed ({problem}); each entry needs input, output, checked and source."
        raise SettingsError(msg) from error


def _dated(entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "checked": str(entry["checked"])} if "checked" in entry else entry
