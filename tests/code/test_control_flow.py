from __future__ import annotations

import pytest
from function_samples import function, outline

from qarepo_graph.code.control_flow import control_flow


def test_python_statements_come_in_order_with_their_lines_and_nesting():
    assert outline(
        '''
        @cached
        def sample(a, *, b=1):
            """Not a step."""
            for x in y:
                if a and b:
                    break
                elif c:
                    continue
                else:
                    pass
            else:
                missed()
            while True:
                z = yield 3
            try:
                a.b = c.d(1)[2]
                a += 1
            except (A, B) as error:
                raise Wrapped("m") from error
            except OSError:
                raise
            else:
                p = q = call(
                    1,  # not part of the text
                    "two", timeout=30,
                )
            finally:
                del y
            return [i for i in z if i]
        '''
    ) == [
        "4-10 loop x [each] y",
        "  5-6 if a and b",
        "    6 break",
        "  7-8 elif c",
        "    8 continue",
        "  9-10 else [if]",
        "11-12 else [loop]",
        "  12 call missed missed()",
        "13-14 loop [forever] True",
        "  14 assign z [=] yield 3",
        "15-17 try",
        "  16 assign a.b [=] c.d(1)[2]",
        "  17 assign a [+=] 1",
        "18-19 except error [(A, B)] (A, B)",
        '  19 raise Wrapped [error] Wrapped("m")',
        "20-21 except [OSError] OSError",
        "  21 raise",
        "22-26 else [try]",
        '  23-26 assign p = q [=] call(1, "two", timeout=30)',
        "27-28 finally",
        "  28 delete y",
        "29 return [i for i in z if i]",
    ]


def test_python_match_with_and_nested_functions():
    assert outline(
        """
        async def sample(x):
            with open(p) as fh, lock:
                fh.read()
            def inner():
                raise Hidden()
            match x:
                case [1, *rest] if rest:
                    return 1
                case {"k": v} | None:
                    await g(v)
                case _:
                    assert x, "m"
        """
    ) == [
        "2-3 with fh open(p)",
        "  2-3 with lock",
        "    3 call fh.read fh.read()",
        "4-5 define inner [function]",
        "6-12 switch x",
        "  7-8 case [1, *rest] [if] rest",
        "    8 return 1",
        '  9-10 case {"k": v} | None',
        "    10 call await g(v)",
        "  11-12 case _ [default]",
        '    12 assert ["m"] x',
    ]


def test_java_members_parse_alone():
    assert outline(
        """
        @Override
        public int sample(List<String> xs) throws IOException {
            final var q = new Foo<>(1);
            for (String x : xs) {
                if (x == null) continue;
                else if (x.isEmpty()) break;
                else { n++; }
            }
            for (int i = 0; i < 3; i++) { }
            try (var r = open(); s) {
                this.x = q.y();
            } catch (IOException | Foo e) {
                throw new Bar("x", e);
            } finally {
                done();
            }
            switch (n) {
                case 1: case 2: foo(); break;
                default: bar();
            }
            synchronized (this) { do { n--; } while (n > 0); }
            return switch (n) { case 1, 2 -> 3; default -> { yield 4; } };
        }
        """,
        "java",
    ) == [
        "3 assign q [=] new Foo<>(1)",
        "4-8 loop x [each] xs",
        "  5 if x == null",
        "    5 continue",
        "  6 elif x.isEmpty()",
        "    6 break",
        "  7 else [if]",
        "    7 assign n [++]",
        "9 loop int i = 0 [count i++] i < 3",
        "10-12 try",
        "  10-12 with r open()",
        "    10-12 with s",
        "      11 assign this.x [=] q.y()",
        "12-14 except e [IOException | Foo]",
        '  13 raise Bar new Bar("x", e)',
        "14-16 finally",
        "  15 call done done()",
        "17-20 switch n",
        "  18 case 1",
        "  18 case 2",
        "    18 call foo foo()",
        "    18 break",
        "  19 case [default]",
        "    19 call bar bar()",
        "21 with [lock] this",
        "  21 loop [do] n > 0",
        "    21 assign n [--]",
        "22 return switch (n) { case 1, 2 -> 3; default -> { yield 4; } }",
        "22 switch n",
        "  22 case 1, 2",
        "    22 yield [switch] 3",
        "  22 case [default]",
        "    22 yield [switch] 4",
    ]


@pytest.mark.parametrize(
    ("code", "language", "expected"),
    [
        ("Cart(int a) { super(a); this.a = a; }", "java", ["1 call super super(a)", "1 assign this.a [=] a"]),
        ("Range { if (lo > hi) throw new Bad(); }", "java", ["1 if lo > hi", "  1 raise Bad new Bad()"]),
        ("Cart(int a) : Base(a), x{a} {}", "cpp", ["1 assign Base [initialise] a", "1 assign x [initialise] a"]),
        ("operator bool() const { return ok_; }", "cpp", ["1 return ok_"]),
        ("~Cart() { delete p; }", "cpp", ["1 delete p"]),
        ("const f = (a) => a + 1;", "javascript", ["1 return a + 1"]),
        ("get size() { return this.n; }", "typescript", ["1 return this.n"]),
    ],
)
def test_forms_that_only_parse_inside_a_type(code: str, language: str, expected: list[str]):
    assert outline(code, language) == expected


def test_a_declared_name_leaves_pointers_references_and_their_qualifiers_behind():
    assert outline(
        """
        void sample(int n) {
          char* const buffer = n ? stack : other;
          const int* const* p = &q;
          int* volatile r = nullptr;
          auto&& s = g(n);
        }
        """,
        "cpp",
    ) == [
        "2 assign buffer [=] n ? stack : other",
        "3 assign p [=] &q",
        "4 assign r [=] nullptr",
        "5 assign s [=] g(n)",
    ]


def test_cpp_statements():
    assert outline(
        """
        template<class T>
        T Foo<T>::sample(const T& a) {
            Foo foo(1, 2);
            for (const auto& x : xs) {
                if (int n = x; n > 0) continue;
            }
            try { g(); } catch (const std::exception& e) { throw; } catch (...) { throw std::runtime_error("x"); }
            switch (i) { case 1: h(); break; default: k(); }
        #ifdef FAST
            quick();
        #else
            slow();
        #endif
            auto l = [&](int q) { return q; };
            std::cout << a;
            return {1, 2};
        }
        """,
        "cpp",
    ) == [
        "3 assign foo [construct] (1, 2)",
        "4-6 loop x [each] xs",
        "  5 assign n [=] x",
        "  5 if n > 0",
        "    5 continue",
        "7 try",
        "  7 call g g()",
        "7 except e [std::exception]",
        "  7 raise",
        "7 except",
        '  7 raise std::runtime_error std::runtime_error("x")',
        "8 switch i",
        "  8 case 1",
        "    8 call h h()",
        "    8 break",
        "  8 case [default]",
        "    8 call k k()",
        "9-10 if [#ifdef FAST]",
        "  10 call quick quick()",
        "11-12 else [#else]",
        "  12 call slow slow()",
        "14 define l [function]",
        "15 evaluate std::cout << a",
        "16 return {1, 2}",
    ]


def test_go_statements():
    assert outline(
        """
        func (r *T) sample(a int) (int, error) {
            x, err := g()
            if err != nil {
                return 0, err
            } else if v, ok := m[k]; ok {
                x += v
            }
            for i, v := range xs { f(i, v) }
            for x < 3 { x++ }
            switch { case x > 1: h(); default: panic("x") }
            defer r.Close()
            return x, nil
        }
        """,
        "go",
    ) == [
        "2 assign x, err [=] g()",
        "3-5 if err != nil",
        "  4 return 0, err",
        "5-7 elif [v, ok := m[k]] ok",
        "  6 assign x [+=] v",
        "8 loop i, v [each] xs",
        "  8 call f f(i, v)",
        "9 loop [while] x < 3",
        "  9 assign x [++]",
        "10 switch",
        "  10 case x > 1",
        "    10 call h h()",
        "  10 case [default]",
        '    10 raise panic "x"',
        "11 call r.Close [defer] r.Close()",
        "12 return x, nil",
    ]


def test_raised_types_are_those_the_text_names_and_nested_functions_keep_theirs():
    flow = control_flow(
        function(
            """
            def sample(error):
                def inner():
                    raise Hidden
                if error:
                    raise error
                raise pkg.Broken("x")
            """
        )
    )
    assert flow.raises == ("pkg.Broken",)


def test_parameters_count_as_checked_only_where_something_looks_at_them():
    flow = control_flow(
        function(
            """
            def sample(self, used, tested, guarded, sized, unused):
                if tested > 1:
                    used.go()
                try:
                    parse(guarded)
                except ValueError:
                    pass
                return used + tested, len(sized)
            """,
            parameters="self used tested guarded sized unused",
        )
    )
    assert flow.unchecked == ("used",)


def test_values_written_into_the_body_keep_the_name_they_are_given_to():
    flow = control_flow(function("def sample(a):\n    timeout = 30\n    return get(a, retries=5, mode='fast') * 7.5"))
    found = [(value.text, value.line, value.name, value.receiver) for value in flow.hard_coded]
    assert found == [
        ("30", 2, "timeout", ""),
        ("5", 3, "retries", "get"),
        ("'fast'", 3, "mode", "get"),
        ("7.5", 3, "", ""),
    ]


def test_a_body_nested_deeper_than_the_interpreter_s_stack_is_read():
    depth = 3000
    code = "int sample(int a) {\n" + "if (a) {\n" * depth + "return 1;\n" + "}\n" * depth + "}"
    flow = control_flow(function(code, "java"))
    assert len(flow.of("if")) == depth
    assert flow.facts[-1].kind == "return"
    assert flow.facts[-1].depth == depth


def test_declarations_without_a_body_have_no_facts():
    flow = control_flow(function("int size() const = 0;", "cpp", has_body=False))
    assert (flow.facts, flow.complete, flow.last_line) == ((), True, 1)


def test_macros_that_hide_a_statement_or_the_head_do_not_hide_the_rest():
    hidden = "LOG_INLINE void sample() {\n    LOG_TRY { go(); }\n    LOG_CATCH_ALL\n    if (a) { b(MAX_SIZE); }\n}"
    assert outline(hidden, "cpp") == ["2 call go go()", "4 if a", "  4 call b b(MAX_SIZE)"]
    case = (
        'TEST_CASE("sum", "[math]") {\n    const int n = 4;\n    for (int i = 0, j = n; i < j; ++i, --j) { add(i); }\n}'
    )
    assert outline(case, "cpp") == [
        "2 assign n [=] 4",
        "3 loop int i = 0, j = n [count ++i, --j] i < j",
        "  3 call add add(i)",
    ]
