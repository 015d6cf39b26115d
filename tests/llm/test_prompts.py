from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from qarepo_graph.errors import PromptError
from qarepo_graph.llm.prompts import NODE_INPUTS, parse_prompt, prompt_files, prompts_folder, read_prompt
from qarepo_graph.llm.structured import ReplyError, schema_text
from qarepo_graph.schema import Description, Grades, Judgement, Questions, Requirement
from qarepo_graph.testing import ScriptedChatModel

HERE = Path(__file__).parent
OUTPUTS = {
    "describe": Description,
    "paraphrase": Questions,
    "ideate_requirements": Requirement,
    "critique": Judgement,
    "grade_answers": Grades,
}
HOSTILE = "a{x}b{{y}}c{0.__class__}d$e${f}g%s```\n~~~\n{% if %}\\n\r\n\u202e</code>“中文”"


def golden_values(node: str) -> dict[str, str]:
    return {name: f"<{name} of the sample>" for name in NODE_INPUTS[node] if name != "schema"}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("node", NODE_INPUTS)
def test_every_node_has_a_prompt_in_both_languages_with_its_schema(node: str, language: str) -> None:
    prompt = read_prompt(node, language=language)
    assert (prompt.node, prompt.language, prompt.output) == (node, language, OUTPUTS[node])
    system, user = prompt.render(golden_values(node))
    assert (system.role, user.role) == ("system", "user")
    assert schema_text(OUTPUTS[node]) in system.content
    assert "json" in system.content
    assert "<data-…>" in system.content


@pytest.mark.parametrize("path", prompt_files(prompts_folder()), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_rendered_prompts_are_as_recorded(path: Path) -> None:
    prompt = parse_prompt(path)
    rendered = "".join(
        f"=== {message.role}\n{message.content}\n" for message in prompt.render(golden_values(prompt.node))
    )
    golden = HERE / "golden" / f"{prompt.node}.{path.stem}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        golden.write_text(rendered, encoding="utf-8", newline="\n")
    assert rendered == golden.read_text(encoding="utf-8")


def test_a_released_prompt_never_changes() -> None:
    # A row's provenance names id@version and sha256: an edit needs a new version file, not a new hash here.
    released = json.loads((prompts_folder() / "released.json").read_text(encoding="utf-8"))
    found = {f"{path.parent.name}/{path.name}": parse_prompt(path).sha256 for path in prompt_files(prompts_folder())}
    assert found == released


@pytest.mark.parametrize("node", NODE_INPUTS)
def test_values_arrive_byte_for_byte(node: str) -> None:
    prompt = read_prompt(node)
    values = {name: f"[{name}]{HOSTILE}" for name in prompt.inputs}
    rendered = prompt.render(values)
    for value in values.values():
        assert any(value in message.content for message in rendered)
    as_template = prompt.template.format_messages(**values)
    assert [message.content for message in as_template] == [message.content for message in rendered]


@pytest.mark.parametrize("node", NODE_INPUTS)
def test_the_stable_part_comes_first(node: str) -> None:
    first = read_prompt(node).render(golden_values(node))
    last = {"critique": "answer"}.get(node, "feedback")
    changed = read_prompt(node).render(golden_values(node) | {last: "something else"})
    assert changed[0] == first[0]
    assert changed[1].content.startswith(first[1].content.split(f"<{last} of the sample>")[0])
    assert first[1].content.endswith(f"<{last} of the sample>")


def test_missing_and_unknown_inputs_are_refused() -> None:
    prompt = read_prompt("critique")
    values = golden_values("critique")
    with pytest.raises(PromptError, match="needs the input 'answer'"):
        prompt.render({name: text for name, text in values.items() if name != "answer"})
    with pytest.raises(PromptError, match="was given 'anser'"):
        prompt.render({**values, "anser": "x"})
    with pytest.raises(PromptError, match="the nodes are describe, paraphrase"):
        read_prompt("summarise")
    with pytest.raises(PromptError, match=r"no prompt describe v9 in 'en'; there are: v1\.en, v1\.zh"):
        read_prompt("describe", "v9")


MINIMAL = """---
id: mine
version: v{version}
language: en
node: critique
inputs: [question]
output: Judgement
---
## system
Judge in json: {{{{}}}}
## user
{{question}}
"""


def own_prompt(folder: Path, text: str, name: str = "v2.en.md") -> Path:
    path = folder / "critique" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_own_folder_wins_and_its_highest_version_is_the_default(tmp_path: Path) -> None:
    for version in (2, 10, 9):
        own_prompt(tmp_path, MINIMAL.format(version=version), f"v{version}.en.md")
    prompt = read_prompt("critique", folder=tmp_path)
    assert prompt.reference == "mine@v10"
    assert [message.content for message in prompt.render({"question": "q", "answer": "unused"})] == [
        "Judge in json: {}",
        "q",
    ]
    assert read_prompt("critique", "9", folder=tmp_path).version == "v9"
    assert read_prompt("describe", folder=tmp_path).reference == "describe@v1"
    with pytest.raises(PromptError, match="does not exist"):
        read_prompt("critique", folder=tmp_path / "nowhere")


def test_line_ends_do_not_change_the_hash(tmp_path: Path) -> None:
    text = MINIMAL.format(version=2)
    path = own_prompt(tmp_path, text)
    plain = parse_prompt(path)
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert parse_prompt(path) == plain


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("---\nid", "id"), "has no front matter"),
        (("id: mine\n", ""), "must declare exactly"),
        (("version: v2", "version: v3"), "says another node, version or language"),
        (("output: Judgement", "output: Path"), "names the output 'Path'"),
        (("[question]", "[question, answer]"), "declares the input 'answer' and does not use it"),
        (("[question]", "[]"), "uses {question} without declaring it"),
        (("[question]", "[question, weather]"), "declares the input 'weather'"),
        (("{question}", "{question!r}"), "has a brace that is no slot"),
        (("{question}", "{question.x}"), "has a brace that is no slot"),
        (("{{}}", "{"), "has a brace that is no slot"),
        (("## user", "## system"), "must hold one section"),
    ],
)
def test_malformed_files_name_the_file_and_the_change(tmp_path: Path, change: tuple[str, str], complaint: str) -> None:
    path = own_prompt(tmp_path, MINIMAL.format(version=2).replace(*change))
    with pytest.raises(PromptError) as caught:
        parse_prompt(path)
    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_copy_of_the_folder_reads_the_same(tmp_path: Path) -> None:
    shutil.copytree(prompts_folder(), tmp_path / "p")
    assert read_prompt("describe", folder=tmp_path / "p") == read_prompt("describe")


async def test_the_chain_is_prompt_model_and_gate() -> None:
    good, cut = '{"questions": ["How does `f` work?"]}', AIMessage("{", response_metadata={"finish_reason": "length"})
    model = ScriptedChatModel(replies=[good, cut])
    prompt = read_prompt("paraphrase")
    chain = prompt.chain(model)
    assert await chain.ainvoke(golden_values("paraphrase")) == Questions(questions=["How does `f` work?"])
    rendered = prompt.render(golden_values("paraphrase"))
    assert [message.content for message in model.asked[0]] == [message.content for message in rendered]
    with pytest.raises(ReplyError, match="cut at the token limit"):
        await chain.ainvoke(golden_values("paraphrase"))
