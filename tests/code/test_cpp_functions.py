"""Names, kinds, spans, parameters, calls and documentation of C++ functions, by exact values."""

from __future__ import annotations

import textwrap

import pytest

from qarepo_graph.code.extract import extract
from qarepo_graph.schema import Function, ParsedFile


def parse(source: str, path: str = "a.cc") -> ParsedFile:
    return extract(path, "cpp", textwrap.dedent(source).encode())


def functions(source: str, path: str = "a.cc") -> list[Function]:
    return list(parse(source, path).functions)


def only(source: str) -> Function:
    found = functions(source)
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("source", "qualified", "kind"),
    [
        ("int f() { return 1; }", "f", "function"),
        ("namespace a::b { void f() {} }", "a::b::f", "function"),
        ("namespace a { namespace { void f() {} } }", "a::<anon>::f", "function"),
        ("namespace a { inline namespace v1 { void f() {} } }", "a::f", "function"),
        ('extern "C" { void f() {} }', "f", "function"),
        ('extern "C" void f() {}', "f", "function"),
        ("struct S { void f() {} };", "S::f", "method"),
        ("struct S { S() : a(1) {} int a; };", "S::S", "constructor"),
        ("struct S { ~S() {} };", "S::~S", "destructor"),
        ("S::S() : a(1), b{2} {}", "S::S", "constructor"),
        ("S::~S() {}", "S::~S", "destructor"),
        ("void A::B::f() {}", "A::B::f", "method"),
        ("template <class T> void A<T>::B<int>::f() {}", "A::B::f", "method"),
        ("template <> int f<int>(int x) { return x; }", "f", "function"),
        ("struct S { bool operator==(const S& o) const { return true; } };", "S::operator==", "operator"),
        ("auto S::operator <=> (const S& o) const { return 0; }", "S::operator<=>", "operator"),
        ("struct S { int operator () (int a) { return a; } };", "S::operator()", "operator"),
        ("struct S { int& operator[](int i) { return a[i]; } };", "S::operator[]", "operator"),
        ("void* operator new(size_t n) { return 0; }", "operator new", "operator"),
        ("void operator delete[](void* p) {}", "operator delete[]", "operator"),
        ('int operator"" _km(unsigned long long v) { return 1; }', 'operator""_km', "operator"),
        ("struct S { explicit operator bool() const { return true; } };", "S::operator bool", "conversion"),
        ("struct S { void f() override {}; int x{1}; };", "S::f", "method"),
        ("struct S { operator F<R(int)>() && { return 1; } };", "S::operator F<R(int)>", "conversion"),
        ("constexpr S::operator bool() const { return x; }", "S::operator bool", "conversion"),
        ("inline S::operator n::T*() && { return f(); }", "S::operator n::T*", "conversion"),
        ("S::operator ::T() { return f(); }", "S::operator ::T", "conversion"),
        ("uint128::operator float() const { return 1; }", "uint128::operator float", "conversion"),
        ("struct S { operator const char*() const { return 0; } };", "S::operator const char*", "conversion"),
        ("struct S { result_type (max)() const { return 1; } };", "S::max", "method"),
        ("struct S { static result_type(min)() { return 1; } };", "S::min", "method"),
        ("int (test::fileno)(FILE* f) { return 1; }", "test::fileno", "method"),
        ("int (*pick(int x))(double) { return 0; }", "pick", "function"),
        ("auto f() -> decltype(g()) { return g(); }", "f", "function"),
        ("void f() try { g(); } catch (...) { }", "f", "function"),
        ("template <typename T> requires C<T> void f(T t) requires D<T> {}", "f", "function"),
        ("struct S { void f(this S& self) {} };", "S::f", "method"),
        ("__global__ void kernel(float* x) { x[0] = 1; }", "kernel", "function"),
        ('void f() { auto s = R"x(} void g() { )x"; }', "f", "function"),
        ("export module m; export int f() { return 1; }", "f", "function"),
    ],
)
def test_name_and_kind(source: str, qualified: str, kind: str) -> None:
    function = only(source)
    assert (function.qualified_name, function.kind) == (qualified, kind)


def test_a_friend_defined_in_a_class_belongs_to_the_namespace() -> None:
    function = only("namespace n { struct S { friend bool operator<(S a, S b) { return false; } }; }")
    assert function.qualified_name == "n::operator<"
    assert function.enclosing_type == ""


def test_local_class_in_a_lambda_is_found_and_the_lambda_is_no_function() -> None:
    found = functions("void f() { auto l = [](int x) { struct L { int g() { return 1; } }; return L{}.g(); }; }")
    assert [function.qualified_name for function in found] == ["f", "f::L::g"]


def test_declarations_without_body_are_no_functions_but_pure_virtual_defaulted_and_deleted_ones_are() -> None:
    found = functions("""
        struct S {
          S() = default;
          S(const S&) = delete;
          virtual int f(int) = 0;
          void g();
          int x = 0;
        };
        S::~S() = default;
        void h();
        """)
    assert [(f.qualified_name, f.has_body, f.start_line) for f in found] == [
        ("S::S", False, 3),
        ("S::S", False, 4),
        ("S::f", False, 5),
        ("S::~S", False, 9),
    ]


def test_span_signature_types_and_documentation() -> None:
    function = only("""
        namespace n {

        /// Adds.
        ///
        /// Slowly.
        template <typename T>
        static inline const T& add(const std::vector<T>& all,
                                   int (*pick)(int), T start = T(1), ...) noexcept {
          return start;
        }
        }
        """)
    assert (function.start_line, function.name_line, function.end_line) == (7, 8, 11)
    assert (function.doc_start_line, function.doc_end_line) == (4, 6)
    assert function.docstring == "Adds.\n\nSlowly."
    assert function.signature == (
        "template <typename T> static inline const T& add(const std::vector<T>& all, int (*pick)(int), "
        "T start = T(1), ...) noexcept"
    )
    assert function.return_type == "const T&"
    assert function.modifiers == ("static", "inline", "noexcept")
    assert [(p.name, p.type, p.default) for p in function.parameters] == [
        ("all", "const std::vector<T>&", ""),
        ("pick", "int (*)(int)", ""),
        ("start", "T", "T(1)"),
        ("...", "", ""),
    ]
    assert function.id == "a.cc::n::add(const std::vector<T>&,int (*)(int),T,)"
    assert function.code.startswith("template <typename T>\nstatic inline")


@pytest.mark.parametrize(
    ("above", "documentation"),
    [
        ("/** Javadoc\n *  of two lines. */\n", "Javadoc\n of two lines."),
        ("/*! Qt. */\n\n", "Qt."),
        ("// Plain,\n// two lines.\n", "Plain,\ntwo lines."),
        ("/* Plain block. */\n", "Plain block."),
        ("// Far away.\n\n", ""),
        ("int x;  // trailing\n", ""),
        ("int x; /* trailing */\n", ""),
        ("", ""),
    ],
)
def test_what_documents_a_function(above: str, documentation: str) -> None:
    found = extract("a.cc", "cpp", (above + "void f() {}\n").encode()).functions
    assert [function.docstring for function in found] == [documentation]


def test_calls_with_receiver_and_construction() -> None:
    function = only("""
        void f() {
          a();
          b.c();
          d->e<int>(g());
          n::m::h(1);
          auto* p = new n::Thing<int>(2);
        }
        """)
    assert [(c.name, c.receiver, c.line, c.construction) for c in function.calls] == [
        ("a", "", 3, False),
        ("c", "b", 4, False),
        ("e", "d", 5, False),
        ("g", "", 5, False),
        ("h", "n::m", 6, False),
        ("Thing", "n", 7, True),
    ]


def test_types_fields_bases_constants_and_imports() -> None:
    file = parse("""
        #include <vector>
        #define LIMIT 3
        using std::string;
        namespace n {
        const int size = 3;
        // A cart.
        class Cart : public Base<int>, private other::Thing {
         public:
          int total() { return a; }
          void later();
         private:
          int a, *b;
          void (*callback)(int);
        };
        enum class Colour { Red, Blue };
        using Alias = Cart;
        }
        """).file
    assert [(t.qualified_name, t.kind, t.bases, t.fields) for t in file.types] == [
        ("n::Cart", "class", ("Base", "other::Thing"), ("a", "b", "callback")),
        ("n::Colour", "enum", (), ("Red", "Blue")),
        ("n::Alias", "type_alias", (), ()),
    ]
    assert file.types[0].head == "class Cart : public Base<int>, private other::Thing"
    assert file.types[0].docstring == "A cart."
    assert file.constants == ("LIMIT", "size")
    assert file.imports == ("#include <vector>", "using std::string;")


def test_test_macros_are_tests_named_like_their_head() -> None:
    found = functions("""
        TEST(Suite, Name) { run(); }
        TEST_F(Fixture, Other) { }
        TEST_CASE("adds numbers", "[math]") { check(1); }
        SCENARIO("a scenario") { }
        MATCHER_P(Near, limit) { return true; }
        TEST_CASE("in sections") {
        #ifdef A
          SECTION("one") { check(2); }
        #endif
        }
        """)
    assert [(f.name, f.kind, f.start_line) for f in found] == [
        ("TEST(Suite, Name)", "test", 2),
        ("TEST_F(Fixture, Other)", "test", 3),
        ('TEST_CASE("adds numbers", "[math]")', "test", 4),
        ('SCENARIO("a scenario")', "test", 5),
        ("MATCHER_P(Near, limit)", "function", 6),
        ('TEST_CASE("in sections")', "test", 7),
    ]
    assert [c.name for c in found[2].calls] == ["check"]


def test_macro_bodies_are_no_functions() -> None:
    assert functions("#define F(name) void name() { run(); }\n#define G \\\n  int g() { return 1; }\n") == []


def test_an_overload_added_before_leaves_the_ids_of_the_others() -> None:
    before = {f.id for f in functions("void f(int a) {}\nvoid g() {}\n")}
    after = {f.id for f in functions("void f(double a) {}\nvoid f(int a) {}\nvoid g() {}\n")}
    assert before < after


def test_twenty_thousand_open_brackets_cost_no_function() -> None:
    source = b"void f() {}\nint x = " + b"(" * 20_000 + b"\n"
    found = extract("a.cc", "cpp", source, include_generated=True).functions
    assert [(function.name, function.start_line) for function in found] == [("f", 1)]
