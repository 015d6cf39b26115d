from __future__ import annotations

import pytest
from function_samples import function

from qarepo_graph.offline.describe import describe
from qarepo_graph.schema import DescribeInputs, Function, Language, Neighbour

STEP = '''
def step(self, loss: float) -> bool:
    """Record one epoch's loss; True when training should stop."""
    if math.isnan(loss):
        raise ValueError("validation loss is NaN")
    if loss < self.best - self.min_delta:
        self.best = loss
        self.bad_epochs = 0
        return False
    self.bad_epochs += 1
    return self.bad_epochs >= self.patience
'''


def early_stopping_step() -> Function:
    return function(
        STEP,
        name="step",
        qualified_name="EarlyStopping.step",
        enclosing_type="EarlyStopping",
        kind="method",
        parameters="self loss",
        docstring="Record one epoch's loss; True when training should stop.",
    )


def told(sample: Function, language: Language = "en", **context: object) -> tuple[str, list[str]]:
    reply = describe(DescribeInputs(function=sample, language=language, **context))  # type: ignore[arg-type]  # mixed
    return reply.description, [f"{s.start_line}-{s.end_line} {s.text}" for s in reply.logic_steps]


def test_a_method_with_docstring_in_english():
    description, steps = told(early_stopping_step(), callers=(Neighbour("train.loop.fit", "def fit(model)"),))
    assert description == (
        "`EarlyStopping.step(loss)` records one epoch's loss; True when training should stop. Depending on the path, "
        "it returns `False` or whether `self.bad_epochs` is at least `self.patience`. It can raise `ValueError`. "
        "In this repository it is called by `train.loop.fit`."
    )
    assert steps == [
        "3-4 If `math.isnan(loss)` is truthy, raise `ValueError`.",
        (
            "5-8 If `loss` is less than `self.best - self.min_delta`, set `self.best` to `loss`, "
            "set `self.bad_epochs` to `0` and return `False`."
        ),
        "9-10 Increase `self.bad_epochs` by `1` and return whether `self.bad_epochs` is at least `self.patience`.",
    ]


def test_the_same_facts_in_chinese():
    description, steps = told(early_stopping_step(), "zh")
    assert description == (
        "`EarlyStopping.step(loss)` 的文档注释（原文）写道：“Record one epoch's loss; True when training should stop”。"
        "根据执行路径，它返回 `False` 或“`self.bad_epochs` 大于或等于 `self.patience`”的判断结果。"
        "它可能抛出 `ValueError`。"
    )
    assert steps == [
        "3-4 如果 `math.isnan(loss)` 为真值，则抛出 `ValueError`。",
        (
            "5-8 如果 `loss` 小于 `self.best - self.min_delta`，则将 `self.best` 设为 `loss`，"
            "将 `self.bad_epochs` 设为 `0`，返回 `False`。"
        ),
        "9-10 把 `self.bad_epochs` 增加 `1`，返回“`self.bad_epochs` 大于或等于 `self.patience`”的判断结果。",
    ]


def test_without_documentation_name_and_body_speak():
    sample = function(
        """
        def load_config(path):
            with open(path) as stream:
                return json.load(stream)
        """,
        name="load_config",
        qualified_name="load_config",
        parameters="path",
    )
    assert told(sample)[0] == (
        "By its name, `load_config(path)` loads the config. It takes `path`. It calls `open` and `json.load`. "
        "It returns `json.load(stream)`."
    )
    assert told(sample, "zh")[0] == (
        "从名称看，`load_config(path)` 用于加载配置。它接收参数 `path`。它会调用 `open` 和 `json.load`。"
        "它返回 `json.load(stream)`。"
    )


def test_a_long_function_stays_readable_and_covers_every_branch():
    body = "".join(
        f"    if a == {n}:\n        for x in xs[{n}]:\n            if x:\n                f{n}(x)\n" for n in range(60)
    )
    sample = function("def sample(a, xs):\n" + body)
    for language in ("en", "zh"):
        _, steps = told(sample, language)
        assert len(steps) <= 40
        covered = {line for step in steps for line in range(*_range(step))}
        assert covered == set(range(2, 242))


def _range(step: str) -> tuple[int, int]:
    start, end = step.split(" ", 1)[0].split("-")
    return int(start), int(end) + 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "def sample(a, b):\n  if a:\n    if b:\n      x()\n    else:\n      y()\n  else:\n    z()",
            [
                "2-6 If `a` is truthy, decide further: if `b` is truthy, call `x()`; otherwise call `y()`.",
                "7-8 Otherwise call `z()`.",
            ],
        ),
        ("def sample(a):\n    pass", ["1-2 The body is empty: calling it does nothing."]),
    ],
)
def test_an_otherwise_belongs_to_one_if_only(code: str, expected: list[str]):
    assert told(function(code))[1] == expected


def test_code_with_back_quotes_is_told_and_not_quoted():
    _, steps = told(function("function f(a) {\n  return `x${a}`;\n}", "javascript"))
    assert steps == ["2-2 Return a text."]


def test_java_and_cpp_throw():
    _, steps = told(function("void f(int a) {\n  if (a < 0) throw new IllegalArgumentException();\n}", "java"))
    assert steps == ["2-2 If `a` is less than `0`, throw `IllegalArgumentException`."]


@pytest.mark.parametrize(
    ("documented", "said"),
    [
        ("Run the command line; return its exit code.", "runs the command line; returns its exit code."),
        ("Read the file and return the rows.", "reads the file and returns the rows."),
        ("Save it, then close it.", "saves it, then closes it."),
        ("Count call and return addresses.", "counts call and return addresses."),
    ],
)
def test_commands_after_the_first_are_conjugated_too(documented: str, said: str) -> None:
    code = f'def work(it):\n    """{documented}"""\n    return it\n'
    description, _ = told(function(code, parameters="it", docstring=documented))
    assert description.partition(" ")[2].startswith(said)


def test_a_declaration_says_that_its_body_is_elsewhere():
    _, steps = told(function("int size();", "java", has_body=False))
    assert steps == ["1-1 This declaration has no body; the code that implements it is elsewhere."]


def summary_of(docstring: str, **fields: object) -> str:
    sample = function("void f() {}", "cpp", name="f", qualified_name="f", docstring=docstring, **fields)  # type: ignore[arg-type]  # fields of mixed types
    return told(sample)[0].split(" It ")[0]


@pytest.mark.parametrize(
    ("docstring", "said"),
    [
        ("CharAt\n. Unchecked access", "`f()` is documented as follows: “Unchecked access”."),
        (
            "Plain rules:\n. Cannot start with a `blank\n. Or be empty",
            "`f()` is documented as follows: “Plain rules:”.",
        ),
        ("===========\nReads the line.\n===========", "`f()` reads the line."),
        ("Accepts \\n and \\r\\n alike. See g().", "`f()` accepts `\\n` and `\\r\\n` alike."),
        ("data", "`f()` is a function in `train/early.py`."),
    ],
)
def test_headings_rulers_lists_and_pointers_are_no_summary(docstring: str, said: str):
    assert summary_of(docstring) == said


def test_overloads_that_call_it_are_named_once():
    callers = tuple(Neighbour(name, "", "") for name in ("A.emit", "A.emit", "B.run"))
    sample = function("void f() { g(); }", "java", name="f", qualified_name="f")
    assert "called by `A.emit` and `B.run`." in told(sample, callers=callers)[0]


def test_a_constructor_says_once_whose_it_is():
    sample = function(
        "Mark(int a, int b) : x(a), y(b) {}",
        "cpp",
        name="Mark",
        qualified_name="Mark::Mark",
        enclosing_type="Mark",
        kind="constructor",
        parameters="a b",
    )
    said = "`Mark::Mark(a, b)` constructs an instance of `Mark`. It takes `a` and `b`. It sets `x` and `y`."
    assert told(sample)[0] == said


def test_a_name_that_starts_with_a_place_is_no_action():
    sample = function("void endPos(int pos) { end = pos; }", "java", name="endPos", qualified_name="endPos")
    assert told(sample)[0].startswith("`endPos()` is a function in")


NESTED = """
def check(self, a):
    if a not in self.known:
        if not self.match(a):
            self.note(1)
            self.note(2)
            self.note(3)
            try:
                a = a.encode()
            except UnicodeError:
                pass
            self.note(4)
            self.note(5)
            self.note(6)
            self.note(7)
            raise Bad(a)
        self.keep(a)
        self.keep(a)
"""


def test_a_step_in_one_of_two_open_branches_says_in_which():
    steps = told(function(NESTED, parameters="self a"))[1]
    assert any("In the branch where `self.match(a)` is falsy, " in step for step in steps)
    assert "call `self.keep(a)` 2 times" in steps[-1]


def test_streams_are_written_to_and_code_that_no_build_has_is_said_to_be_so():
    code = """
    void f(std::ostream& out) {
      out << a << b(1);
    #if 0
      trace();
    #endif
    }"""
    description, steps = told(function(code, "cpp", name="f", qualified_name="f"))
    assert steps == [
        "2-2 Write `a` and `b(1)` to `out`.",
        "3-4 In a part that `#if 0` leaves out of every build, call `trace()`.",
    ]
    assert "trace" not in description
    assert told(function(code, "cpp", name="f", qualified_name="f"), "zh")[1][0] == "2-2 向 `out` 写入 `a` 和 `b(1)`。"


def test_a_long_chain_of_handlers_is_more_than_one_step():
    handlers = "".join(f"    except E{n} as e:\n        raise F{n}(e)\n" for n in range(7))
    steps = told(function("def f(a):\n    try:\n        return g(a)\n" + handlers, parameters="a"))[1]
    assert [step.split(" ")[0] for step in steps] == ["2-3", "4-5", "6-7", "8-9", "10-11", "12-17"]
    assert steps[1] == "4-5 If `E0` is caught as `e`, raise `F0`."


@pytest.mark.parametrize("name", ["getAsText", "findById"])
def test_a_verb_without_an_object_is_not_told(name: str):
    sample = function(f"int {name}() {{ return a; }}", "java", name=name, qualified_name=name)
    assert told(sample)[0].startswith(f"`{name}()` is a function in")
