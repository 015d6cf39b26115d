from __future__ import annotations

import pytest

from qarepo_graph.code.call_graph import CallGraph
from qarepo_graph.code.repository import parse_files
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.errors import SettingsError
from qarepo_graph.quality.call_paths import call_paths
from qarepo_graph.quality.negatives import negatives
from qarepo_graph.quality.structure_questions import architecture, dependencies
from qarepo_graph.quality.taxonomy import ASKABLE, COMPUTED, TYPES, checked_types, of_functions, said_type
from qarepo_graph.settings import Settings

SHOP = '''
class Cart:
    def get_total(self):
        """Return the sum."""
        return round_up(sum(self.prices()))

    def prices(self):
        return [fetch(item) for item in self.items]


class Basket(dict):
    def get_weight(self):
        return 1


def round_up(value):
    return convert(value)


def convert(value):
    known = set()
    known.add(value)
    return value


def fetch(item):
    return item.price


class Book:
    def add(self, page):
        return page


def _hidden():
    return Cart().get_total()
'''


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    root = tmp_path_factory.mktemp("shop")
    (root / "shop.py").write_text(SHOP, encoding="utf-8")
    parsed = list(parse_files(root, workers=1))
    index = SymbolIndex.build(parsed)
    return index, CallGraph.build([function for file in parsed for function in file.functions], index)


def test_negatives_name_what_is_absent_and_what_is_there(shop):
    index, _ = shop
    found = negatives(index, 20, "en", 0)
    assert found
    assert found == negatives(index, 20, "en", 0)
    for negative in found:
        assert not index.has_name(negative.name)
        assert f"`{negative.name}`" in negative.question
        assert negative.answer.startswith(f"This repository has no `{negative.name}`. The nearest is ")
        assert index.card(negative.nearest).qualified_name in negative.answer
    assert not any("Basket" in negative.name for negative in found)  # dict may have the member
    assert not any("hidden" in negative.name for negative in found)


def test_the_answer_of_a_negative_is_exact(shop):
    index, _ = shop
    about_total = next(n for n in negatives(index, 20, "zh", 0) if n.nearest == "shop.py::Cart.get_total")
    assert about_total.answer == (
        f"本仓库中没有 `{about_total.name}`。最接近的是 `Cart.get_total`（`shop.py`，第 3-5 行）。"
        "文档：“Return the sum.”`Cart` 的成员有 `get_total`、`prices`。"
    )


def test_call_paths_follow_only_calls_the_text_resolves(shop):
    index, graph = shop
    paths = list(call_paths(index, graph, "en"))
    chain = ("_hidden", "Cart.get_total", "round_up", "convert")
    assert [path.functions for path in paths] == [tuple(f"shop.py::{name}" for name in chain)]
    assert len(set(paths[0].questions)) == 4
    assert all("`_hidden`" in question and "`convert`" in question for question in paths[0].questions)
    assert paths[0].answer == (
        "These calls lead there: `_hidden` → `Cart.get_total` → `round_up` → `convert`.\n\n"
        "1. `_hidden` (`shop.py`, lines 35-36) calls `Cart.get_total` in line 36.\n"
        "2. `Cart.get_total` (`shop.py`, lines 3-5) calls `round_up` in line 5. "
        "Its documentation says: “Return the sum.”\n"
        "3. `round_up` (`shop.py`, lines 16-17) calls `convert` in line 17.\n"
        "4. `convert` (`shop.py`, lines 20-23) is where it ends."
    )


def test_dependencies_tell_callees_in_order_and_callers_with_their_lines(shop):
    index, graph = shop
    answers = {answer.functions[0]: answer for answer in dependencies(index, graph, "en")}
    assert set(answers) == {"shop.py::Cart.get_total", "shop.py::Cart.prices", "shop.py::round_up"}
    assert answers["shop.py::Cart.get_total"].answer == (
        "`Cart.get_total` (`shop.py`, lines 3-5) calls, as they stand in its text:\n\n"
        "- line 5: `round_up` (`shop.py`, lines 16-17)\n"
        "- line 5: `Cart.prices` (`shop.py`, lines 7-8)\n\n"
        "It is called by:\n\n"
        "- `_hidden` (`shop.py`, lines 35-36), in line 36"
    )
    assert all("`Cart.get_total`" in question for question in answers["shop.py::Cart.get_total"].questions)


def test_architecture_lists_what_a_file_holds(shop):
    index, _ = shop
    (answer,) = architecture(index, "zh")
    assert answer.answer.splitlines()[:5] == [
        "`shop.py` 定义了 3 个类型和 8 个函数（方法计入函数）。",
        "",
        "- `Cart`（第 2-8 行）",
        "- `Cart.get_total`（第 3-5 行）：Return the sum.",
        "- `Cart.prices`（第 7-8 行）",
    ]


def test_a_call_on_a_foreign_object_leads_nowhere(shop):
    _, graph = shop
    assert graph.callees("shop.py::convert") == ()  # ``known`` is a set; ``Book.add`` only shares the name


def test_the_taxonomy_has_twelve_cells_and_says_which_cannot_be_asked():
    assert len(TYPES) == 12
    assert checked_types(["how_implemented", "where_feature", "how_implemented"]) == (
        "how_implemented",
        "where_feature",
    )
    assert of_functions(ASKABLE) == tuple(name for name in ASKABLE if name not in COMPUTED)
    assert set(TYPES) - set(ASKABLE) == {"why_design", "why_performance", "how_design", "how_framework"}
    with pytest.raises(SettingsError, match="asks for what no code says for certain"):
        checked_types(["why_design"])
    with pytest.raises(SettingsError, match="'whence' is unknown; choose one of how_implemented"):
        Settings(question_types=("whence",)).checked()
    assert said_type("how_implemented", "en") == "how_implemented"
    assert said_type("why_purpose", "zh").startswith("why_purpose: 这个函数")
