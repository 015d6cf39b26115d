from __future__ import annotations

from qarepo_graph.schema import Call, Parameter
from tests.code.parsing import functions, parsed

FILE = """\
// Package p does things.
package p

import (
	"fmt"
	x "a/b"
)

const (
	A = iota
	B
)

var V, W int = 1, 2

// T is a thing.
type T struct {
	Embedded
	*ptr.P
	a, b int
}

type I interface {
	// M asks.
	M(a int) (string, error)
	Other
}

type G[K comparable, V any] map[K]V

// F does.
// More.
func F(a, b int, c ...string) (n int, err error) {
	defer g()
	go func() { h() }()
	x.y.Z(1)
	return T{a: 1}, new(T)
}

func (t *T) Meth() {}

// far away

func (g G[K, V]) Gen(x K) V { return make(map[K]V)[x] }

/* Block. */
func Map[T, U any](xs []T, f func(T) U) []U { return Map[int, string](nil, nil) }

func external(x int) int

func init() {}
func init() {}

var lambda = func() {}
"""


def test_functions() -> None:
    found = functions("go", FILE)
    assert [(f.id, f.kind, f.enclosing_type, f.start_line, f.end_line, f.has_body) for f in found] == [
        ("m.go::I.M", "method", "I", 25, 25, False),
        ("m.go::F", "function", "", 33, 38, True),
        ("m.go::T.Meth", "method", "T", 40, 40, True),
        ("m.go::G.Gen", "method", "G", 44, 44, True),
        ("m.go::Map", "function", "", 47, 47, True),
        ("m.go::external", "function", "", 49, 49, False),
        ("m.go::init", "function", "", 51, 51, True),
        ("m.go::init#2", "function", "", 52, 52, True),
    ]
    f = found[1]
    assert f.signature == "func F(a, b int, c ...string) (n int, err error)"
    assert f.parameters == (Parameter("a", "int"), Parameter("b", "int"), Parameter("c", "...string"))
    assert f.return_type == "(n int, err error)"
    assert f.calls == (
        Call("g", "", 34),
        Call("h", "", 35),
        Call("Z", "x.y", 36),
        Call("T", "", 37, construction=True),
        Call("new", "", 37),
    )
    assert [function.docstring for function in found[:5]] == ["M asks.", "F does.\nMore.", "", "", "Block."]


def test_the_rest_of_the_file() -> None:
    file = parsed("go", FILE).file
    assert (file.status, file.module, file.docstring) == ("parsed", "p", "Package p does things.")
    assert file.imports == ('"fmt"', 'x "a/b"')
    assert file.constants == ("A", "B", "V", "W", "lambda")
    assert [(t.qualified_name, t.kind, t.head, t.bases, t.fields) for t in file.types] == [
        ("T", "struct", "type T struct", ("Embedded", "ptr.P"), ("a", "b")),
        ("I", "interface", "type I interface", ("Other",), ()),
        ("G", "type_alias", "type G[K comparable, V any] map[K]V", (), ()),
    ]
