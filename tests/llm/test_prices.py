from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from qarepo_graph.errors import SettingsError
from qarepo_graph.llm.backend import Usage
from qarepo_graph.llm.prices import price_of, read_prices
from qarepo_graph.llm.profiles import PROFILES

SPENT = Usage(prompt_tokens=1_000_000, completion_tokens=100_000, cached_tokens=600_000)


def test_cached_tokens_are_billed_apart() -> None:
    # 400,000 fresh at 0.30, 600,000 cached at 0.006, 100,000 answered at 1.20 a million.
    assert price_of("deepseek:deepseek-flash")(SPENT) == pytest.approx(0.12 + 0.0036 + 0.12)


def test_an_unknown_price_is_unknown_and_the_rules_cost_nothing() -> None:
    assert price_of("deepseek:deepseek-tomorrow")(SPENT) is None
    assert price_of("offline:rules")(SPENT) == 0.0


def test_every_entry_is_dated_sourced_and_of_a_provider_we_know() -> None:
    for spec, price in read_prices().items():
        assert spec.split(":")[0] in PROFILES
        assert dt.date.fromisoformat(price.checked) <= dt.date(2026, 11, 23)
        assert price.source.startswith("https://")
        assert price.cached_input is None or price.cached_input <= price.input


def test_the_users_table_wins(tmp_path: Path) -> None:
    table = tmp_path / "prices.toml"
    table.write_text('["vllm:own"]\ninput = 1\noutput = 2\nchecked = 2026-11-01\nsource = "our own bill"\n', "utf-8")
    assert price_of("vllm:own", table)(SPENT) == pytest.approx(1.2)
    assert price_of("deepseek:deepseek-flash", table)(SPENT) is not None


@pytest.mark.parametrize(
    "text", ["[", '["a:b"]\ninput = 1\n', '["a:b"]\ninput = -1\noutput = 1\nchecked = 2026-01-01\n']
)
def test_a_malformed_table_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    table = tmp_path / "mine.toml"
    table.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=r"mine\.toml.* is malformed"):
        read_prices(table)
