"""A model that lies on purpose: true answers with one known error planted by a seeded generator.

The generator knows the repository only as raw text (every identifier by one regular expression), not through our
index, so that an invented name is one that stands in none of the files.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from truth_sentences import sentences_of

from qarepo_graph.quality.landmarks import landmarks_of
from qarepo_graph.schema import Description, Function, LogicStep, Requirement

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
_NAMED = re.compile(r"`([A-Za-z_]\w*(?:(?:\.|::)\w+)*)`")
_WORDS = ("resolve", "flush", "merge", "batch", "cache", "window", "bucket", "retry", "shadow", "anchor", "quota")
_EXCEPTIONS = {
    "python": ("ValueError", "OSError", "RuntimeError", "TimeoutError", "PermissionError", "EOFError"),
    "java": ("IllegalStateException", "IOException", "TimeoutException", "UncheckedIOException", "SQLException"),
    "cpp": ("std::runtime_error", "std::logic_error", "std::range_error", "std::overflow_error", "ParseError"),
}
_INVENTED_EXCEPTIONS = ("QuotaExceededError", "StaleTokenException", "WindowOverflowError")


@dataclass
class World:
    """What the liar knows of one repository.

    Attributes:
        language: Its language.
        functions: Its functions by id.
        text: All its files as one text.
        paths: Its files.
        callees: Text of what each function calls, by id.
        draw: The seeded generator.
    """

    language: str
    functions: dict[str, Function]
    text: str
    paths: list[str]
    callees: dict[str, str]
    draw: random.Random
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.names = frozenset(_IDENTIFIER.findall(self.text))


Lie = Callable[[Description, Function, World], Description | None]


def invented(name: str, world: World) -> str:
    """Return a name in the style of another one that stands nowhere in the repository."""
    while True:
        words = world.draw.sample(_WORDS, 2)
        if "_" in name or name.islower():
            made = "_".join(words)
        else:
            made = "".join(word.capitalize() for word in words)
            made = made if name[:1].isupper() else made[0].lower() + made[1:]
        if made not in world.names:
            return made


def invented_name(answer: Description, function: Function, world: World) -> Description | None:
    """Replace one marked name by an invented one."""
    return _replace_name(answer, lambda name: name.replace(_last(name), invented(_last(name), world)), world)


def invented_bare_name(answer: Description, function: Function, world: World) -> Description | None:
    """Speak of an invented name without marking it as code."""
    name = invented(world.draw.choice(("some_name", "SomeName", "someName")), world)
    said = world.draw.choice((f"The result is kept in {name} for later.", f"It hands the work over to {name} first."))
    return answer.model_copy(update={"description": f"{answer.description} {said}"})


def wrong_case(answer: Description, function: Function, world: World) -> Description | None:
    """Change the case of one letter of a marked name, so that no such name is in the repository."""

    def mangle(name: str) -> str:
        bare = _last(name)
        places = [i for i in range(len(bare)) if bare[i].isalpha()]
        world.draw.shuffle(places)
        for place in places:
            made = bare[:place] + bare[place].swapcase() + bare[place + 1 :]
            if made not in world.names:
                return name[: len(name) - len(bare)] + made
        return name

    return _replace_name(answer, mangle, world)


def wrong_file(answer: Description, function: Function, world: World) -> Description | None:
    """Place the function in another real file."""
    others = [path for path in world.paths if not (path.endswith(function.file) or function.file.endswith(path))]
    if not others:
        return None
    path = world.draw.choice(others)
    said = world.draw.choice((f"It is defined in `{path}`.", f"It is implemented in {path}."))
    return answer.model_copy(update={"description": f"{answer.description} {said}"})


def missing_file(answer: Description, function: Function, world: World) -> Description | None:
    """Speak of a file that does not exist."""
    suffix = function.file.rsplit(".", 1)[-1]
    folder = function.file.rpartition("/")[0]
    path = f"{folder}/{invented('a_b', world)}.{suffix}".lstrip("/")
    return answer.model_copy(update={"description": f"{answer.description} See `{path}` for the other half."})


def wrong_raises(answer: Description, function: Function, world: World) -> Description | None:
    """Claim an exception that stands neither in the function nor in anything it calls."""
    seen = function.code + function.docstring + world.callees[function.id]
    pool = [name for name in (*_EXCEPTIONS[world.language], *_INVENTED_EXCEPTIONS) if _last(name) not in seen]
    name = world.draw.choice(pool)
    verb = "Raises" if world.language == "python" else "Throws"
    said = world.draw.choice((f"{verb} `{name}` when the input is not valid.", f"It {verb.lower()} {name} otherwise."))
    return answer.model_copy(update={"description": f"{answer.description} {said}"})


def wrong_call(answer: Description, function: Function, world: World) -> Description | None:
    """Claim a call of a real function that neither this one nor anything it calls names."""
    seen = frozenset(_IDENTIFIER.findall(function.code + function.docstring + world.callees[function.id]))
    names = sorted({other.name for other in world.functions.values() if other.name.isidentifier()} - seen)
    if not names:
        return None
    name = world.draw.choice(names)
    said = world.draw.choice((f"It calls `{name}` to do so.", f"It then invokes `{name}()` on the result."))
    return answer.model_copy(update={"description": f"{answer.description} {said}"})


def invented_member(answer: Description, function: Function, world: World) -> Description | None:
    """Claim a member that the function's own type does not have."""
    owner = _last(function.enclosing_type.replace("::", "."))
    if not owner.isidentifier():
        return None
    name = invented("a_b" if world.language != "java" else "aB", world)
    return answer.model_copy(update={"description": f"{answer.description} It updates `{owner}.{name}` at the end."})


def lines_outside(answer: Description, function: Function, world: World) -> Description | None:
    """Cite lines behind the function's end."""
    last = function.end_line - function.start_line + 1
    steps = list(answer.logic_steps)
    steps[-1] = steps[-1].model_copy(update={"end_line": last + world.draw.randint(1, 30)})
    return answer.model_copy(update={"logic_steps": steps})


def steps_reversed(answer: Description, function: Function, world: World) -> Description | None:
    """Give the steps in the reverse order of the code."""
    if len({step.start_line for step in answer.logic_steps}) < 2:
        return None
    return answer.model_copy(update={"logic_steps": list(reversed(answer.logic_steps))})


def steps_exchanged(answer: Description, function: Function, world: World) -> Description | None:
    """Keep the line ranges in order and give the sentences in reverse order."""
    steps = answer.logic_steps
    if len(steps) < 3 or len({step.text for step in steps}) < len(steps):
        return None
    texts = [step.text for step in reversed(steps)]
    changed = [step.model_copy(update={"text": text}) for step, text in zip(steps, texts, strict=True)]
    return answer.model_copy(update={"logic_steps": changed})


def steps_left_out(answer: Description, function: Function, world: World) -> Description | None:
    """Give the first step only."""
    marks = {mark.line for mark in landmarks_of(function.code, function.language)}
    if len(answer.logic_steps) < 4 or len(marks) < 3:
        return None
    return answer.model_copy(update={"logic_steps": answer.logic_steps[:1]})


def copied_example(answer: Description, function: Function, world: World) -> Description | None:
    """Answer with a sentence of the prompt instead of one about the code."""
    return answer.model_copy(update={"description": world.draw.choice(PROMPT_SENTENCES)})


def refused(answer: Description, function: Function, world: World) -> Description | None:
    """Refuse to answer."""
    said = world.draw.choice(
        (
            "I'm sorry, but I cannot describe this code without more context.",
            "As an AI language model, I do not have access to the repository.",
        )
    )
    return answer.model_copy(update={"description": said})


def chat_marker(answer: Description, function: Function, world: World) -> Description | None:
    """End the answer with a chat template's marker."""
    marker = world.draw.choice(("<|im_end|>", "<|endoftext|>", "</think>", "[/INST]"))
    return answer.model_copy(update={"description": answer.description + marker})


def wrong_language(answer: Description, function: Function, world: World) -> Description | None:
    """Answer in Chinese where English was asked for."""
    return answer.model_copy(
        update={"description": f"`{function.name}` 负责处理输入的数据，并把处理后的结果返回给调用方。"}
    )


PROMPT_SENTENCES = (
    "The function opens the configuration file, merges its values with the defaults and returns the result.",
    "It walks through all the orders of one customer and adds up what is still to be paid.",
)
"""Stand for the example sentences of a prompt."""

DESCRIPTION_LIES: dict[str, Lie] = {
    lie.__name__: lie
    for lie in (
        invented_name,
        invented_bare_name,
        wrong_case,
        wrong_file,
        missing_file,
        wrong_raises,
        wrong_call,
        invented_member,
        lines_outside,
        steps_reversed,
        steps_exchanged,
        steps_left_out,
        copied_example,
        refused,
        chat_marker,
        wrong_language,
    )
}


def copies(question: str, name: str, draw: random.Random) -> str:
    """Return a near copy of a question: other marks, case, politeness, an article or one word."""
    spoken = question.rstrip("?")
    made = (
        question.replace("`", ""),
        question.lower().replace(name.lower(), name),
        f"Please, {spoken[0].lower()}{spoken[1:]}?",
        f"{spoken} ?",
        spoken,
        f"{spoken} exactly?",
        question.replace("How does", "How exactly does"),
        question.replace("its result", "the result"),
        question.replace("its input", "the inputs"),
        f"In the repository, {spoken[0].lower()}{spoken[1:]}?",
    )
    return draw.choice([text for text in made if text != question])


QUESTION_LIES: dict[str, Callable[[str, str, World], str]] = {
    "deictic": lambda question, name, world: question.replace(
        f"`{name}`", world.draw.choice(("this method", "this function", "the above code", "the given function"))
    ),
    "unnamed": lambda question, name, world: "How does it work and what does it give back in the end?",
    "other_question": lambda question, name, world: (
        question.rstrip("?")
        + world.draw.choice((", and how is it tested?", ", and how could it be optimised?", ", and is it thread-safe?"))
    ),
    "invented_name": lambda question, name, world: question.rstrip("?") + f" with `{invented('a_b', world)}`?",
}


_NO_VERBS = frozenset(
    ("a", "an", "the", "this", "that", "if", "it", "in", "for", "when", "each", "only", "requires:", "n", "for", "same")
)
"""First words of documentation that does not start with what the function does, so that no wish can be made of it."""


def requirement_lies(true: Requirement, function: Function, world: World) -> dict[str, Requirement]:
    """Return one untrue version of a requirement per kind."""
    # What the function is for, not what its `@return` says of the result in the same first words.
    prose = " ".join(re.split(r"\n\s*[@\\](?!brief)", function.docstring)[0].split())
    first = prose.split()[:3]
    told = (text for text in sentences_of(function) if text.split()[:3] == first and text[:40] in prose)
    wish = next(told, "").rstrip(".:")
    lies: dict[str, Requirement] = {
        "reuses_missing": true.model_copy(update={"reuses": [*true.reuses, invented("a_b", world)]}),
        "adds_existing": true.model_copy(update={"adds": [*true.adds, function.qualified_name]}),
        "touches_missing": true.model_copy(update={"touches": [f"{invented('a_b', world)}.py"]}),
        "unlisted_name": true.model_copy(
            update={"solution": f"{true.solution} `{invented('ClassName', world)}` keeps the state."}
        ),
    }
    if len(wish.split()) >= 4 and wish.split()[0].lower() not in _NO_VERBS:
        lies["already_there"] = true.model_copy(update={"question": f"How to {wish[0].lower()}{wish[1:]}?"})
    return lies


def line_steps(function: Function, spoken: Sequence[int], landmarks: Sequence[int]) -> list[LogicStep]:
    """Return steps that quote the code, one a line, or several lines a step in long functions."""
    lines = function.code.split("\n")
    numbers = list(spoken) if len(spoken) <= 40 else sorted(set(landmarks))
    size = -(-len(numbers) // 40) or 1
    steps = []
    for start in range(0, len(numbers), size):
        group = numbers[start : start + size]
        quoted = [lines[number - 1].strip() for number in group]
        sayable = [f"`{text}`" for text in quoted if "`" not in text and len(text) < 200]
        text = f"Here {' and '.join(sayable)} is carried out." if sayable else "The line is carried out as it stands."
        steps.append(LogicStep(text=text[:1200], start_line=group[0], end_line=group[-1]))
    return steps or [LogicStep(text="The whole text is one statement.", start_line=1, end_line=len(lines))]


def _replace_name(answer: Description, change: Callable[[str], str], world: World) -> Description | None:
    """Change one marked name of the description, or of a step where the description marks none."""
    texts = [answer.description, *(step.text for step in answer.logic_steps)]
    places = [(i, match) for i, text in enumerate(texts) for match in _NAMED.finditer(text)]
    world.draw.shuffle(places)
    for place, match in places:
        made = change(match.group(1))
        if made == match.group(1):
            continue
        texts[place] = texts[place][: match.start(1)] + made + texts[place][match.end(1) :]
        steps = [
            step.model_copy(update={"text": text}) for step, text in zip(answer.logic_steps, texts[1:], strict=True)
        ]
        return answer.model_copy(update={"description": texts[0], "logic_steps": steps})
    return None


def _last(name: str) -> str:
    return re.split(r"\.|::", name)[-1]
