"""One function to its description and logic steps: documentation first, then only what the code shows."""

from __future__ import annotations

import re

from qarepo_graph.code.control_flow import ControlFlow, control_flow
from qarepo_graph.code.prose import first_sentences, sentences_of
from qarepo_graph.offline.documentation import Documentation, read_documentation, said_in_third_person
from qarepo_graph.offline.names import arguments_of, in_words, object_of, read_name, third_person, translates, words_of
from qarepo_graph.offline.phrases import PHRASES, Phrases
from qarepo_graph.offline.phrases.phrasebook import quoted
from qarepo_graph.offline.steps import logic_steps
from qarepo_graph.offline.values import quotable, quotable_text
from qarepo_graph.offline.vocabulary import EVERYDAY_CALLS, PREPOSITIONS, PROTOCOL_METHODS, VERBS
from qarepo_graph.offline.wording import THROWING, Wording
from qarepo_graph.schema import DescribeInputs, Description, Function, Language, LogicStep

_PLAIN_WORD = re.compile(r"(?<![\w`.])[A-Za-z]?[a-z]+(?![\w`(.]\w)|[\u4e00-\u9fff]{2}")
_TEST_MACRO = re.compile(r"^\w+\((?:\w+,\s*)?(\w+)\)$")
"""``TEST_F(LoopTest, StopsEarly)``, whose last argument says what is tested."""
_HAN = re.compile(r"[\u4e00-\u9fff]")
_TELLING = 6
"""Plain words from which a documentation's summary needs no facts of the body beside it."""
_LONGEST_QUOTATION = 110
_MOST_CALLEES = 5
_MOST_CALLERS = 3


def describe(inputs: DescribeInputs) -> Description:
    """Return the description and the steps of a function, every statement taken from its text or its documentation."""
    function = inputs.function
    flow = control_flow(function)
    words = Wording(PHRASES[inputs.language], function.language)
    documentation = read_documentation(function.docstring, function.language)
    opening = summary_sentence(function, documentation, inputs.language)
    sentences = [opening, *_facts(function, flow, documentation, words)]
    if opening == _placed(function, words.phrases) or _built(function):
        sentences = [sentence for sentence in sentences if sentence != _place(function, words.phrases)]
    named = dict.fromkeys(caller.name for caller in inputs.callers if quotable_text(caller.name))  # overloads once
    callers = [quoted(name) for name in [*named][:_MOST_CALLERS]]
    if callers:
        sentences.append(words.phrases.say("called.by", items=words.phrases.listed(callers)))
    text = words.phrases.paragraph(words.phrases.sentence(sentence) for sentence in sentences if sentence)
    return Description(description=text, logic_steps=_steps(function, flow, words))


def summary_sentence(function: Function, documentation: Documentation, language: Language) -> str:
    """Return the opening clause: what the function is for, by its documentation, else by its name, else what it is."""
    phrases = PHRASES[language]
    name = quoted(shown_call(function))
    text = documentation.summary
    if text:
        return _documented(name, text, phrases)
    if _built(function):
        kind = "destructor" if function.kind == "destructor" else "constructor"
        return phrases.say(f"about.{kind}", name=name, type=quoted(function.enclosing_type))
    if function.name in PROTOCOL_METHODS:
        return phrases.say("about.protocol", name=name, rest=PROTOCOL_METHODS[function.name][language])
    if function.kind == "operator":
        sign = function.name.removeprefix("operator").strip() or function.name
        return phrases.say("about.operator", name=name, sign=quoted(sign))
    if function.kind == "test":
        told = _TEST_MACRO.sub(r"\1", function.name)
        return phrases.say("about.test", name=name, rest=in_words(words_of(told), language))
    reading = read_name(function.name)
    if reading.verb and reading.rest and reading.rest[-1] not in PREPOSITIONS:
        if language == "zh" and not translates(reading.rest):
            return phrases.say("about.words", name=name, words=" ".join(words_of(function.name)))
        verb = third_person(reading.verb) if language == "en" else VERBS[reading.verb]
        rest = object_of(reading.rest, language)
        if reading.verb in {"is", "has", "contains", "intersects"} and language == "en":
            verb = {"is": "tells whether something is", "has": "tells whether there is"}.get(reading.verb, reading.verb)
        gap = " " if language == "zh" and rest[:1].isascii() and rest else ""
        return phrases.say("about.name", name=name, verb=verb, rest=gap + rest)
    return _placed(function, phrases)


def _built(function: Function) -> bool:
    """Whether it makes or ends instances, so that its opening says already whose member it is."""
    return bool(function.enclosing_type) and (
        function.kind in {"constructor", "destructor"} or function.name == "__init__"
    )


def _placed(function: Function, phrases: Phrases) -> str:
    """Return the opening that says no more than where a function belongs."""
    name = quoted(shown_call(function))
    if function.enclosing_type:
        kind = phrases.say(f"kind.{function.kind}")
        return phrases.say("about.plain", name=name, kind=kind, type=quoted(function.enclosing_type))
    return phrases.say("about.function", name=name, file=quoted(function.file))


def shown_call(function: Function) -> str:
    """Return the qualified name with the names of its parameters, without them where that would be long."""
    names = arguments_of(function)
    if _is_property(function):
        return function.qualified_name  # it is read, not called
    if ")" in function.name:
        return function.qualified_name  # a test macro
    call = f"{function.qualified_name}({', '.join(names)})"
    return call if len(call) <= 64 and function.kind != "operator" else function.qualified_name


def _is_property(function: Function) -> bool:
    return any("property" in modifier for modifier in function.modifiers)


def _documented(name: str, text: str, phrases: Phrases) -> str:
    if phrases.language == "zh":
        if _HAN.search(text):
            return phrases.say("about.verb", name=name, text=text.rstrip(".。"))
        return phrases.say("about.foreign", name=name, text=_in_quotations(text))
    if _HAN.search(text):
        return phrases.say("about.says", name=name, text=text.rstrip("."))
    predicate = said_in_third_person(text)
    return phrases.say("about.verb" if predicate else "about.says", name=name, text=predicate or text.rstrip("."))


def _in_quotations(text: str) -> str:
    """Return English sentences to be quoted in Chinese, each short enough to be seen as one quotation."""
    pieces = [first_sentences(piece, _LONGEST_QUOTATION).rstrip(".") for piece in sentences_of(text)]
    return "”“".join(pieces)


def _facts(function: Function, flow: ControlFlow, documentation: Documentation, words: Wording) -> list[str]:
    phrases = words.phrases
    sentences: list[str] = []
    if flow.is_async:
        sentences.append(phrases.say("does.async"))
    if not documentation.summary:
        named = [quoted(name) for name in arguments_of(function) if quotable_text(name)]
        if named:
            sentences.append(phrases.say("takes", items=phrases.listed(named, 8)))
        elif not _is_property(function):
            sentences.append(phrases.say("takes.none"))
    if len(_PLAIN_WORD.findall(documentation.summary)) < _TELLING:
        sentences.extend(_doings(flow, words) or [_place(function, phrases)])
    told = documentation.returns.rstrip(".").lower() in documentation.summary.lower()
    if (
        not told
        and len(documentation.returns) > 12
        and (phrases.language == "en" or _HAN.search(documentation.returns))
    ):
        sentences.append(phrases.say("doc.returns", text=documentation.returns.rstrip(".")))
    sentences.extend(_results(flow, words, told=len(documentation.returns) > 12))
    if flow.raises:
        if flow.raises == ("panic",):
            sentences.append(phrases.say("does.panics"))
        else:
            key = "does.throws" if words.language in THROWING else "does.raises"
            kinds = [quoted(kind) for kind in flow.raises if quotable_text(kind) and kind != "panic"]
            sentences.append(phrases.say(key, items=phrases.listed(kinds)))
    return sentences


def _place(function: Function, phrases: Phrases) -> str:
    if function.enclosing_type:
        kind = phrases.say(f"kind.{function.kind}")
        return phrases.say("it.plain", kind=kind, type=quoted(function.enclosing_type))
    return phrases.say("it.function", file=quoted(function.file))


def _doings(flow: ControlFlow, words: Wording) -> list[str]:
    phrases = words.phrases
    loops = [quoted(f.value.text) for f in flow.of("loop") if f.detail == "each" and f.value and quotable(f.value)]
    plain = EVERYDAY_CALLS if words.language == "python" else frozenset()
    named = [name for name in flow.calls if "(" not in name and quotable_text(name) and name not in plain]
    calls = [quoted(name) for name in named if name not in flow.raises]
    kept = [
        quoted(f.target)
        for f in flow.of("assign")
        if f.target.startswith(("self.", "this.", "this->")) or f.detail == "initialise"
    ]
    return [
        phrases.say(key, items=phrases.listed(list(dict.fromkeys(items)), _MOST_CALLEES))
        for key, items in (("does.loops", loops), ("does.sets", kept), ("does.calls", calls))
        if items
    ]


def _results(flow: ControlFlow, words: Wording, *, told: bool) -> list[str]:
    phrases = words.phrases
    yields = [words.value(f.value) for f in flow.of("yield") if f.value is not None and not f.detail]
    if yields:
        return [phrases.say("does.yields", items=phrases.listed(list(dict.fromkeys(yields)), 4))]
    returned = [f for f in flow.of("return") if f.value is not None]
    values = list(dict.fromkeys(words.result(f.value) for f in returned if f.value is not None))
    if not values or told:
        return []
    if len(values) == 1:
        return [phrases.say("does.returns", items=values[0])]
    short = [value for value in values if len(value) <= 60]
    if len(values) > 4 or len(short) < len(values):
        return []
    return [phrases.say("does.returns.first", items=phrases.either(values))]


def _steps(function: Function, flow: ControlFlow, words: Wording) -> list[LogicStep]:
    steps = logic_steps(flow, words)
    if steps:
        return steps
    if not function.has_body:
        text = words.phrases.say("abstract")
    elif flow.complete:
        text = words.phrases.say("empty")
    else:
        text = words.phrases.say("unreadable", language=function.language)
    return [LogicStep(text=words.phrases.sentence(text), start_line=1, end_line=max(1, flow.last_line))]
