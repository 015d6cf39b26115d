from __future__ import annotations

from collections import Counter
from dataclasses import replace

from qarepo_graph.quality.styles import FINAL_MARKS, REFERENCES, naming_the_file, said_styles, sample_styles


def test_the_same_arguments_give_the_same_styles():
    assert sample_styles("a.py::f", 10, "en", 0) == sample_styles("a.py::f", 10, "en", 0)
    others = [("a.py::g", 10, "en", 0), ("a.py::f", 10, "zh", 0), ("a.py::f", 10, "en", 1)]
    assert all(sample_styles(*other) != sample_styles("a.py::f", 10, "en", 0) for other in others)


def test_styles_of_a_group_differ_and_spread_over_every_axis():
    for seed in range(50):
        styles = sample_styles("a.py::f", 10, "en", seed)
        assert len(set(styles)) == 10
        assert Counter(style.final_mark for style in styles)[False] == 10 // len(FINAL_MARKS)
        assert {style.reference for style in styles} == set(REFERENCES)
        assert not any(style.angle == "where" and style.reference == "file" for style in styles)


def test_styles_are_told_one_line_each():
    styles = sample_styles("a.py::f", 3, "zh", 0)
    lines = said_styles(styles, "zh").splitlines()
    assert [line.split(".")[0] for line in lines] == ["1", "2", "3"]
    assert all("句" in line and "；" in line for line in lines)
    assert len(said_styles(sample_styles("a", 4, "en", 0), "en").splitlines()) == 4


def test_who_names_a_function_that_only_its_file_tells_apart_names_the_file():
    styles = sample_styles("a.py::f", 40, "en", seed=0)
    naming = naming_the_file(styles)
    assert {style.reference for style in naming} == {"behaviour", "file"}
    for before, after in zip(styles, naming, strict=True):
        if before.reference == "behaviour":
            assert after == before
        else:  # asking where something is while naming its file answers itself
            assert after == replace(before, reference="file", angle={"where": "how"}.get(before.angle, before.angle))
    assert any(style.angle == "where" and style.reference != "behaviour" for style in styles)
