from __future__ import annotations

from pathlib import Path

import pytest

from qarepo_graph.code import parse_files
from qarepo_graph.code.extract import extract
from qarepo_graph.schema import Call, Parameter
from tests.code.parsing import functions, parsed

CLASS = """\
/** Doc of A. */
class A extends B.C {
  static #p = 1;
  q = () => 2;
  constructor() { super(); super.m(); this.z = 1; }
  get v() { return 1 }
  set v(x) {}
  static async *m() {}
  ['computed']() {}
  #priv() { this.#priv(); }
  "str"() {}
  static { init(); }
}
"""


def test_members_of_a_class() -> None:
    file = parsed("javascript", CLASS)
    assert [(f.id, f.kind, f.name_line, f.modifiers) for f in file.functions] == [
        ("m.js::A.q", "method", 4, ()),
        ("m.js::A.constructor", "constructor", 5, ()),
        ("m.js::A.v", "accessor", 6, ("get",)),
        ("m.js::A.v.set", "accessor", 7, ("set",)),
        ("m.js::A.m", "method", 8, ("static", "async", "*")),
        ("m.js::A.['computed']", "method", 9, ()),
        ("m.js::A.#priv", "method", 10, ()),
        ("m.js::A.str", "method", 11, ()),
    ]
    assert file.functions[1].calls == (Call("super", "", 5, construction=True), Call("m", "super", 5))
    (declared,) = file.file.types
    assert (declared.qualified_name, declared.head, declared.docstring) == ("A", "class A extends B.C", "Doc of A.")
    assert (declared.bases, declared.fields) == (("B.C",), ("#p", "q", "z"))


@pytest.mark.parametrize(
    ("text", "name", "signature"),
    [
        ("export default async function f(a) {}", "f", "export default async function f(a)"),
        ("export function* g() {}", "g", "export function* g()"),
        ("const arrow = (x) => x + 1", "arrow", "const arrow = (x) =>"),
        ("export const solo = async x => x", "solo", "export const solo = async x =>"),
        ("const named = function inner() {}", "named", "const named = function inner()"),
        ("module.exports.fn = function () {}", "fn", "module.exports.fn = function ()"),
        ("A.prototype.foo = function () {}", "A.foo", "A.prototype.foo = function ()"),
        ("exports.x = () => {}", "x", "exports.x = () =>"),
        ("const E = class { m() {} }", "E.m", "m()"),
        ("const o = { deep: { m() {} } }", "o.deep.m", "m()"),
        ("const o = { n: function () {} }", "o.n", "n: function ()"),
        ("export default { methods: { go() {} } }", "default.methods.go", "go()"),
        ("export default () => 1", "default", "export default () =>"),
    ],
)
def test_what_gives_a_function_its_name(text: str, name: str, signature: str) -> None:
    (function,) = functions("javascript", text)
    assert (function.qualified_name, function.signature) == (name, signature)


def test_callbacks_are_no_units_and_their_calls_belong_to_the_function_around() -> None:
    text = "function f(xs) {\n  return xs.map((x) => g(x)).filter(function (y) { return h?.(y) });\n}\n"
    (function,) = functions("javascript", text)
    assert [(call.receiver, call.name) for call in function.calls] == [
        ("xs", "map"),
        ("", "g"),
        ("xs.map((x) => g(x))", "filter"),
        ("", "h"),
    ]


def test_documentation_and_parameters() -> None:
    text = "/**\n * Adds.\n * @param a one\n */\nexport const add = (a, {b, c} = {}, ...rest) => a\n"
    (function,) = functions("javascript", text)
    assert function.docstring == "Adds.\n@param a one"
    assert (function.doc_start_line, function.doc_end_line, function.start_line) == (1, 4, 5)
    assert function.parameters == (Parameter("a"), Parameter("{b, c}", "", "{}"), Parameter("...rest"))


def test_typescript_declarations() -> None:
    text = """\
@Dec() export abstract class A<T> extends B<T> implements C, D.E {
  private x: number = 1;
  constructor(private z: number) { super() }
  abstract m(a: string): void;
  f(a: string): void;
  f(a: any) {}
  @dec({ a: 1 })
  /** About g. */
  g<U>(this: A, a?: U, b = 3): asserts a is U { return h<U>(a!) }
}
interface I extends J<K> { m(a: number): string; (x: number): void; p: number }
declare function over(a: string): void;
function over(a: any) {}
namespace N.M { export function inner() {} }
enum E { A, B = 2 }
type T1 = { a: number }
"""
    file = parsed("typescript", text)
    assert [(f.id, f.kind, f.has_body) for f in file.functions] == [
        ("m.ts::A.constructor", "constructor", True),
        ("m.ts::A.m(string)", "method", False),
        ("m.ts::A.f(string)", "method", False),
        ("m.ts::A.f", "method", True),
        ("m.ts::A.g", "method", True),
        ("m.ts::I.m(number)", "method", False),
        ("m.ts::over(string)", "function", False),
        ("m.ts::over", "function", True),
        ("m.ts::N.M.inner", "function", True),
    ]
    decorated = file.functions[4]
    assert (decorated.start_line, decorated.name_line, decorated.docstring) == (7, 9, "About g.")
    assert decorated.modifiers == ("@dec({ a: 1 })",)
    assert decorated.return_type == "asserts a is U"
    assert decorated.parameters == (Parameter("this", "A"), Parameter("a", "U"), Parameter("b", "", "3"))
    assert decorated.calls == (Call("h", "", 9),)
    assert [(t.qualified_name, t.kind, t.bases, t.fields) for t in file.file.types] == [
        ("A", "class", ("B", "C", "D.E"), ("x", "z")),
        ("I", "interface", ("J",), ("p",)),
        ("E", "enum", (), ("A", "B")),
        ("T1", "type_alias", (), ("a",)),
    ]


def test_jsx_and_casts_are_told_apart_by_the_file_name() -> None:
    assert [f.name for f in extract("a.tsx", "typescript", b"const V = () => <p>{f()}</p>;").functions] == ["V"]
    cast = extract("a.ts", "typescript", b"function f(x) { return <T>x; }")
    assert (cast.file.status, [f.name for f in cast.functions]) == ("parsed", ["f"])


def test_modules_and_imports(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "index.js").write_text('const r = require("a");\nexport * from "./b";\nimport c from "c";\n')
    (tmp_path / "lib" / "b.d.ts").write_text("export declare const x: number;\n")
    found = [(p.file.path, p.file.language, p.file.module, p.file.imports) for p in parse_files(tmp_path)]
    assert found == [
        ("lib/b.d.ts", "typescript", "lib/b", ()),
        (
            "lib/index.js",
            "javascript",
            "lib",
            ('const r = require("a");', 'export * from "./b";', 'import c from "c";'),
        ),
    ]
