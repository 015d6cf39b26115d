from __future__ import annotations

from qarepo_graph.code.call_graph import CallGraph
from qarepo_graph.code.repository_map import CHARACTERS_PER_TOKEN, focus_of, is_test, repository_map
from qarepo_graph.code.symbols import SymbolIndex
from qarepo_graph.schema import Call, Function, SourceFile


def function(path, name, calls=(), docstring=""):
    return Function(
        id=f"{path}::{name}",
        name=name,
        qualified_name=name,
        language="python",
        kind="function",
        file=path,
        start_line=1,
        end_line=2,
        name_line=1,
        signature=f"def {name}(value: int) -> int",
        docstring=docstring,
        code=f"def {name}(value: int) -> int:\n    return value",
        code_hash=name,
        calls=tuple(Call(callee, "", 2) for callee in calls),
    )


def repository(modules, functions_each):
    paths = [f"package/part{m // 20:02}/module{m:03}.py" for m in range(modules)]
    functions = [
        function(path, f"work_{m}_{n}", calls=[f"work_{m}_{n - 1}"] if n else (), docstring=f"Does part {n} of {m}.")
        for m, path in enumerate(paths)
        for n in range(functions_each)
    ]
    files = [SourceFile(path=path, language="python", status="parsed", docstring="One module.") for path in paths]
    index = SymbolIndex.build(files, functions)
    return index, CallGraph.build(functions, index)


def test_ten_thousand_functions_fit_the_budget_and_every_folder_is_shown():
    index, _ = repository(modules=500, functions_each=20)
    text = repository_map(index, 3000)
    assert 2500 * CHARACTERS_PER_TOKEN < len(text) <= 3000 * CHARACTERS_PER_TOKEN
    assert {f"package/part{part:02}/" in text for part in range(25)} == {True}


def test_a_small_repository_is_shown_whole():
    index, _ = repository(modules=2, functions_each=1)
    assert repository_map(index, 1000) == (
        "package/part00/module000.py (1): One module.\n"
        "  work_0_0 | def work_0_0(value: int) -> int - Does part 0 of 0.\n"
        "package/part00/module001.py (1): One module.\n"
        "  work_1_0 | def work_1_0(value: int) -> int - Does part 0 of 1."
    )


def test_fifty_focuses_stand_on_fifty_modules():
    index, graph = repository(modules=60, functions_each=5)
    focuses = focus_of(index, graph, 50, 12)
    assert len({focus.module for focus in focuses}) == 50
    assert all(0 < len(focus.functions) <= 12 for focus in focuses)
    assert focuses == focus_of(index, graph, 50, 12)


def test_one_function_more_moves_no_focus():
    def focuses(*added):
        files, functions = [], []
        for m in range(40):
            beside = m - m % 4 + (m + 1) % 4  # groups of four modules that call each other in a ring
            imports = (f"from module{beside:02} import work_{beside}_0",)
            name = f"module{m:02}"
            files.append(
                SourceFile(path=f"{name}.py", language="python", status="parsed", module=name, imports=imports)
            )
            functions += [function(f"{name}.py", f"work_{m}_{n}", calls=[f"work_{beside}_0"]) for n in range(12)]
            functions += [function(f"{name}.py", "one_more") for _ in added if name in added]
        index = SymbolIndex.build(files, functions)
        return focus_of(index, CallGraph.build(functions, index), 40, 12)

    before = focuses()
    assert [focus.module for focus in before[:11]] == [f"module{m:02}.py" for m in (*range(0, 40, 4), 1)]
    assert focuses("module07") == before


def test_modules_come_again_with_other_functions_when_there_are_too_few():
    index, graph = repository(modules=1, functions_each=30)
    first, second = focus_of(index, graph, 2, 6)
    assert first.module == second.module
    assert first.functions != second.functions


def test_tests_come_last():
    functions = [function("tests/test_big.py", f"test_{n}") for n in range(9)] + [function("src/a.py", "run")]
    index = SymbolIndex.build([], functions)
    focuses = focus_of(index, CallGraph.build(functions, index), 2, 4)
    assert [focus.module for focus in focuses] == ["src/a.py", "tests/test_big.py"]
    assert is_test("src/test/java/ATest.java")
    assert not is_test("src/latest.py")


def test_an_empty_repository_has_an_empty_map_and_no_focus():
    index = SymbolIndex.build([])
    assert repository_map(index, 100) == ""
    assert focus_of(index, CallGraph.build([], index), 3, 4) == []
