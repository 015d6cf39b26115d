"""What is blanked, and the functions that are found because of it, by exact values."""

from __future__ import annotations

import pytest

from qarepo_graph.code.extract import extract
from qarepo_graph.code.languages.c_family.branches import keep_branches
from qarepo_graph.code.languages.c_family.macros import Macros, learn, survey
from qarepo_graph.code.languages.c_family.masking import mask_learned, mask_macros
from qarepo_graph.code.languages.c_family.shadow import shadow_of


def masked(text: str, *, plain_c: bool = False) -> str:
    """Return the masked copy with every blanked run shown as one ``·``."""
    mask = mask_macros(text.encode(), Macros(), plain_c=plain_c)
    assert len(mask.data) == len(text.encode())
    return " ".join(mask.data.decode().split())


def found(text: str, path: str = "a.cc", *, learned: Macros | None = None) -> list[tuple[str, int, int]]:
    language = "c" if path.endswith(".c") else "cpp"
    parsed = extract(path, language, text.encode(), learned=learned)
    return [(f.qualified_name, f.start_line, f.end_line) for f in parsed.functions]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # behind the parameter list
        ("void f() LOCKS_EXCLUDED(mu_) { }", "void f() { }"),
        ("void f() const MY_NOEXCEPT EXCLUDES(a, (b)) ;", "void f() const ;"),
        ("void f() const noexcept override MY_FINAL {}", "void f() const noexcept override {}"),
        ("S() MY_NOEXCEPT : a(1) {}", "S() : a(1) {}"),
        ("auto f() MY_NOEXCEPT -> int { }", "auto f() -> int { }"),
        # class heads, but no elaborated types
        ("class LEVELDB_EXPORT Slice { };", "class Slice { };"),
        ("struct MY_API(2) alignas_t final : Base { };", "struct alignas_t final : Base { };"),
        ("struct FILE_TAG *f;", "struct FILE_TAG *f;"),
        # in front of a declaration
        ("FMT_API int f();", "int f();"),
        ('FMT_DEPRECATED("use g") int f();', "int f();"),
        ("struct S { MY_EXPLICIT ~S(); MY_CONSTEXPR S(int a) {} };", "struct S { ~S(); S(int a) {} };"),
        ("template <class T> MY_INLINE T f();", "template <class T> T f();"),
        ("MY_BEGIN_NAMESPACE\nint x;", "int x;"),
        # between type and name
        ("int ZEXPORT inflate(int a) { }", "int inflate(int a) { }"),
        ("static MY_INLINE int f() { }", "static int f() { }"),
        ("static UINT32 f() { }", "static UINT32 f() { }"),
        ("const WCHAR name(int a);", "const WCHAR name(int a);"),
        ("void f(char* MY_NONNULL p);", "void f(char* p);"),
        # behind a declarator
        ("int queue_ GUARDED_BY(mu_);", "int queue_ ;"),
        ("void f(string_view s MY_LIFETIME_BOUND);", "void f(string_view s );"),
        ("size_t MAX = 3; int N;", "size_t MAX = 3; int N;"),
        # access labels
        ("class A { MY_PRIVATE: int a; };", "class A { int a; };"),
        ("class A { public slots: void f(); signals: void g(); };", "class A { public : void f(); void g(); };"),
        # compiler extensions
        ('__attribute__((noinline, section("a"))) int __stdcall f();', "int f();"),
        ("__declspec(dllexport) int f();", "int f();"),
        # blocks
        ("void f() { MY_TRY { a(); } MY_CATCH(...) { b(); } }", "void f() { { a(); } { b(); } }"),
        # template constraints
        ("template <class T, MY_ENABLE_IF(!is<T>::value)> void f();", "template <class T, int > void f();"),
        # statements stay, what their arguments hold is made readable
        ("void f() { EXPECT_EQ(a, b) << 1; }", "void f() { EXPECT_EQ(a, b) << 1; }"),
        ("void f() { if (a) CHECK(b); }", "void f() { if (a) CHECK(b); }"),
        ("void f() { MY_THROWS(throw g(), E); }", "void f() { MY_THROWS( g(), E); }"),
        ("void f() { MY_THROWS(a(); b(), E); }", "void f() { MY_THROWS(a(), b(), E); }"),
        ("void f() { MY_THROWS({ a(); b(); }, E); }", "void f() { { a(); b(); } ; }"),
        ("MY_FLAG(int, size, 8);", "MY_FLAG(___, size, 8);"),
        # text that only looks like a macro
        ("int f() { return Foo::BAR; }", "int f() { return Foo::BAR; }"),
        ("int f() { return a and B; }", "int f() { return a and B; }"),
        ('auto s = "FMT_API int f();";  // FMT_API int', 'auto s = "FMT_API int f();"; // FMT_API int'),
    ],
)
def test_what_is_blanked(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_c_keeps_types_in_capitals_and_labels() -> None:
    assert masked("MY_TYPE get(int a) { }", plain_c=True) == "MY_TYPE get(int a) { }"
    assert masked("void f() { goto END; END: g(); }", plain_c=True) == "void f() { goto END; END: g(); }"


def test_shadow_keeps_offsets_and_only_code() -> None:
    text = b"a /* { */ \"}\\\"\" // {\n#define X {\nb 1'000 '{'"
    assert shadow_of(text) == b"a         \"___\"     \n           \nb 1'000 '_'"


def test_learned_are_macros_whose_every_definition_is_harmless() -> None:
    headers = [
        b'#define API __attribute__((visibility("default")))\n#define BOTH inline\n#define GUARD(x) ATTR(guarded(x))\n',
        b'#define API __attribute__((visibility("default")))\n#define BOTH inline\n#define GUARD(x) ATTR(guarded(x))\n',
        b"#  define API\n#define BOTH do_something()\n#define ATTR(x) __attribute__((x))\n#define VALUE 3\n",
        (
            b"#define INL API \\\n  inline // comment\n"
            b"#define NS_BEGIN namespace lib { inline namespace v1 {\n#define NS_END }}\n"
        ),
    ]
    macros = learn(survey(header) for header in headers)
    assert macros.harmless == {b"API": False, b"ATTR": True, b"GUARD": True, b"INL": False}
    assert macros.opens == {b"NS_BEGIN": ("lib",)}
    assert macros.closes == {b"NS_END"}


def test_learned_macros_in_small_letters_are_blanked_but_variables_of_that_name_stay() -> None:
    macros = learn([survey(b"#define local static\n#define nonnull _Nonnull\n")])
    text = b"local int f(char* nonnull p) { int local; local = 1; }"
    assert mask_learned(text, macros).data == b"      int f(char*         p) { int local; local = 1; }"


def test_a_function_that_is_an_empty_macro_elsewhere_is_not_blanked() -> None:
    macros = learn([survey(b"#define cleanup(x)\n#define nonnull(x) __attribute__((nonnull(x)))\n")])
    text = "void cleanup(struct s **a)\n{\n}\nint f(char *p) nonnull(1) {\n}\n"
    assert found(text, "a.c", learned=macros) == [("cleanup", 1, 3), ("f", 4, 5)]


def test_namespaces_opened_by_macros_give_their_names() -> None:
    text = "#define NS_BEGIN namespace lib {\n#define NS_END }\nNS_BEGIN\nvoid f() {}\nNS_END\nvoid g() {}\n"
    assert found(text) == [("lib::f", 4, 4), ("g", 6, 6)]


def test_a_namespace_macro_may_name_its_inline_part_by_another_macro() -> None:
    text = """#define LIB_BEGIN namespace lib { inline namespace LIB_CONCAT(LIB_ABI, v3) {
#define LIB_END } /* inline */ } // lib
LIB_BEGIN
void f() {}
LIB_END
void g() {}
"""
    assert found(text) == [("lib::f", 4, 4), ("g", 6, 6)]


def test_code_signature_and_span_come_from_the_original_text() -> None:
    text = "MY_API int\nMY_CALL f(int a) LOCKED(mu) {\n  return a;\n}\n"
    function = extract("a.cc", "cpp", text.encode()).functions[0]
    assert function.code == text.rstrip("\n")
    assert function.signature == "MY_API int MY_CALL f(int a) LOCKED(mu)"
    assert (function.name, function.start_line, function.name_line, function.end_line) == ("f", 1, 2, 4)
    assert function.return_type == "int"


def test_an_exported_class_keeps_its_members() -> None:
    text = "class DB_EXPORT Slice {\n public:\n  Slice() : d_(0) {}\n  int size() const { return d_; }\n  int d_;\n};\n"
    assert found(text) == [("Slice::Slice", 3, 3), ("Slice::size", 4, 4)]


def test_definitions_that_a_macro_heads_are_found_in_c_too() -> None:
    text = """static int a(void) { return 1; }
TEST_IMPL(fs_read) {
  a();
}
DEFINE_TEST(crc)
{
}
#ifdef A
TEST(suite, name) {
  a();
}
#else
SYSCALL_DEFINE2(foo, int, a, char *, b) {
}
#endif
int f(void) {
  if (a()) {
    EACH(x) {
      a();
    }
  }
}
"""
    functions = extract("a.c", "c", text.encode()).functions
    assert [(f.name, f.kind, f.start_line, f.end_line, [c.name for c in f.calls]) for f in functions] == [
        ("a", "function", 1, 1, []),
        ("TEST_IMPL(fs_read)", "test", 2, 4, ["a"]),
        ("DEFINE_TEST(crc)", "test", 5, 7, []),
        ("TEST(suite, name)", "test", 9, 11, ["a"]),
        ("SYSCALL_DEFINE2(foo, int, a, char *, b)", "function", 13, 14, []),
        ("f", "function", 16, 22, ["a", "a"]),
    ]


def test_a_template_class_beside_a_broken_one_is_one_scope() -> None:
    text = """template <class T, size_t N>
class Array {
 public:
  void push(T t) { items.push_back(t); }
};
class Broken {
  void f() { int = ; }
};
template <class T,
          class U>
bool same(T t, U u) noexcept {
  struct Local { int get() { return 1; } };
}
"""
    assert found(text) == [
        ("Array::push", 4, 4),
        ("Broken::f", 7, 7),
        ("same", 9, 13),
        ("same::Local::get", 12, 12),
    ]


def test_what_a_broken_head_left_before_a_name_is_no_scope() -> None:
    (function,) = extract("a.cc", "cpp", b"int A::template B<T>::f(int a) { }\n").functions
    assert (function.qualified_name, function.signature, function.kind) == ("f", "f(int a)", "method")


def test_a_name_is_never_taken_from_the_macro_behind_it() -> None:
    text = "void Pop() GTEST_LOCK_EXCLUDED_(mutex_) { a(); }\nvoid next() {}\n"
    assert found(text) == [("Pop", 1, 1), ("next", 2, 2)]


def test_braces_split_over_branches() -> None:
    text = """int f(int a) {
#ifdef A
  if (a) {
#else
  if (!a) {
#endif
    return 1;
  }
  return 0;
}
int g(void) { return 2; }
"""
    assert found(text, "a.c") == [("f", 1, 10), ("g", 11, 11)]


def test_heads_split_over_branches_and_functions_in_either_branch() -> None:
    text = """#if A
int f(int a)
#else
int f(long a)
#endif
{
  return 1;
}
#if B
int only_first(void) { return 1; }
#else
int only_last(void) { return 1; }
#endif
"""
    names = [name for name, _, _ in found(text, "a.c")]
    assert names == ["f", "only_first", "only_last"]


def test_branches_that_are_kept() -> None:
    text = b"#if 0\na\n#else\nb\n#endif\n#ifdef __cplusplus\nc\n#endif\n#if X\nd\n#elif Y\ne\n#else\nf\n#endif\n"
    assert keep_branches(text, "first", plain_c=True).split() == [b"b", b"d"]
    assert keep_branches(text, "last", plain_c=False).split() == [b"b", b"c", b"f"]
    assert len(keep_branches(text, "last", plain_c=True)) == len(text)


def test_old_style_definitions_take_their_types_from_the_declarations() -> None:
    text = "int f(a, b)\n  int a;\n  char *b;\n{\n  return a;\n}\n"
    function = extract("a.c", "c", text.encode()).functions[0]
    assert [(p.name, p.type) for p in function.parameters] == [("a", "int"), ("b", "char *")]
    assert (function.start_line, function.end_line, function.language) == (1, 6, "c")


def test_c_may_call_a_function_delete_or_new() -> None:
    assert found("int delete(int class) { return class; }\nvoid new(void) {}\n", "a.c") == [
        ("delete", 1, 1),
        ("new", 2, 2),
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("int f(int class) { return class; }\n", "c"),
        ('#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void) { return 1; }\n#ifdef __cplusplus\n}\n#endif\n', "c"),
        ("namespace n { inline int f() { return 1; } }\n", "cpp"),
        ("inline int f() { return std::max(1, 2); }\n", "cpp"),
    ],
)
def test_a_header_is_read_as_what_it_looks_like(text: str, language: str) -> None:
    parsed = extract("a.h", "cpp", text.encode())
    assert [(f.name, f.language) for f in parsed.functions] == [("f", language)]
    assert parsed.file.language == language


def test_a_definition_with_a_trailing_blank_swallows_nothing() -> None:
    assert found("#define X \nint f() MY_NOEXCEPT { return 1; }\n") == [("f", 2, 2)]


def test_keywords_after_split_braces_are_no_functions() -> None:
    text = "void f() {\n  }\n  while (a) { b(); }\n  if (c) { d(); }\n}\nvoid g() {}\n"
    names = [name for name, _, _ in found(text)]
    assert "while" not in names
    assert "if" not in names
    assert names[0] == "f"
    assert names[-1] == "g"
