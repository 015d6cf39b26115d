"""What an install brings: only packages whose licence is on the list, each at a version the tests ran with."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from qarepo_graph.safety.licences import permitted

PROJECT = Path(__file__).parents[2]
PERMISSIVE = ("MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "PSF-2.0", "Zlib", "CC0-1.0")
FILE_COPYLEFT = ("MPL-2.0", "CNRI-Python")
FORBIDDEN = {"litellm", "langchain-community", "jinja2", "diskcache", "truffleHog", "dill", "cloudpickle"}


def _name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _core() -> list[Requirement]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(text) for text in project["dependencies"]]


def _extras(*names: str) -> list[Requirement]:
    """Return what these extras ask for, those they are made of included."""
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    found = [Requirement(text) for name in names for text in extras[name]]
    own = [inner for wanted in found if wanted.name == "qarepo-graph" for inner in _extras(*wanted.extras)]
    return [wanted for wanted in found if wanted.name != "qarepo-graph"] + own


def _closure() -> set[str]:
    """Return the names of everything the core dependencies bring, as installed here."""
    found: set[str] = set()
    todo = _core()
    while todo:
        wanted = todo.pop()
        name = _name(wanted.name)
        if name in found:
            continue
        try:
            requires = distribution(name).requires or []
        except PackageNotFoundError:  # for another system or Python
            continue
        found.add(name)
        for text in requires:
            requirement = Requirement(text)
            extras = [*wanted.extras, ""]
            if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
                todo.append(requirement)
    return found


def _lines(name: str) -> list[str]:
    text = (PROJECT / "constraints" / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_every_package_an_install_brings_has_a_licence_on_the_list() -> None:
    listed = {name: licence for name, _, licence in (line.partition(" ") for line in _lines("licences.txt"))}
    assert sorted(_closure() - set(listed)) == []
    refused = {name: text for name, text in listed.items() if not permitted(text, (*PERMISSIVE, *FILE_COPYLEFT))}
    assert refused == {}


def test_none_of_the_packages_that_are_ruled_out_comes_in() -> None:
    assert _closure() & {_name(name) for name in FORBIDDEN} == set()


def test_the_pinned_versions_satisfy_the_project_and_its_security_floors() -> None:
    pinned = {_name(name): Version(version) for name, _, version in (line.partition("==") for line in _lines("ci.txt"))}
    for requirement in [*_core(), *_extras("test", "full", "docs")]:
        assert requirement.specifier.contains(pinned[_name(requirement.name)]), requirement
    floors = {"langgraph": "1.0.10", "langgraph-checkpoint": "4.0", "langchain-core": "1.2.22", "filelock": "3.20.3"}
    for name, floor in floors.items():
        lowest = next(r for r in _core() if _name(r.name) == name).specifier
        assert not lowest.contains(Version(floor + ".dev0"), prereleases=True), name
        assert pinned[name] >= Version(floor)
