"""True sentences that our code did not write: the documentation of other people's functions, as plain prose."""

from __future__ import annotations

import html
import re
from dataclasses import replace

from qarepo_graph.schema import Function

_CODE_BLOCK = re.compile(r"(?:^|\n)\s*(?:>>>|\.\.\. |\.\. \w|@code|\\code|<pre>|```|::\s*$).*", re.DOTALL)
_INLINE = (
    (re.compile(r"\{@(?:code|literal)\s+([^{}]*)\}"), r"`\1`"),
    (re.compile(r"\{@(?:link|linkplain)\s+([^\s{}(]+)(?:\([^)]*\))?(?:\s+[^{}]*)?\}"), r"`\1`"),
    (re.compile(r"\{@\w+[^{}]*\}"), ""),
    (re.compile(r":[\w:]+:`~?([^`<]+?)(?:\s*<[^>]*>)?`"), r"`\1`"),
    (re.compile(r"``([^`]+)``"), r"`\1`"),
    (re.compile(r"<(?:code|tt)>(.*?)</(?:code|tt)>", re.DOTALL), r"`\1`"),
    (re.compile(r"</?[a-zA-Z][^>\n]{0,60}>"), " "),
    (re.compile(r"[@\\](?:c|p|a|e|b|ref)\s+([\w:.]+)"), r"`\1`"),
    (re.compile(r"`([^`<\n]+?)(?:\s*<[^>\n]*>)?`__?(?!\w)"), r"\1"),
)
_TAG = re.compile(r"(?:^|\n)\s*[@\\](brief|return|returns|throws|throw|exception|param|tparam)\b(?:\[\w+\])?\s*")
_OTHER_TAG = re.compile(r"(?:^|\n)\s*[@\\]\w+.*", re.DOTALL)
_RAISES_SECTION = re.compile(
    r"(?:^|\n)[ \t]*(?:Raises|Throws):?[ \t]*\n(?:[ \t]*-+[ \t]*\n)?(.*?)(?=\n[ \t]*\n|\Z)", re.DOTALL
)
_RAISES_ENTRY = re.compile(r"(?:^|\n)[ \t]*`?([A-Z]\w+)`?[ \t]*(?::|\n)\s*([^\n]+)")
_RAISES_FIELD = re.compile(r":raises?\s+([\w.]+):\s*([^\n]+)")
_SECTION = re.compile(
    r"(?:^|\n)[ \t]*(?:Args|Arguments|Parameters|Returns?|Yields?|Examples?|Notes?|See Also|References|Attributes|"
    r"Raises|Throws|Warns|Other Parameters|Keyword Args):?[ \t]*(?:\n|$).*|"
    r"(?:^|\n)\s*:(?:param|return|rtype|type|raises?)\b.*",
    re.DOTALL,
)
_COMMON = frozenset(
    ("a", "an", "the", "is", "are", "of", "to", "in", "for", "if", "with", "by", "on", "and", "or", "be", "that")
)
_CODE_LINE = re.compile(
    r"^(?:\d+\. )?(?:def|class|import|from \w+ import|public|private|return \()\b|[{};]\s*$|\.\.\. return|\bdef \w+\("
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`*])|\n\s*\n|\n\s*[-*]\s")


def undocumented(function: Function) -> Function:
    """Return a function without its documentation, so that a sentence of it cannot support itself."""
    if not function.docstring or function.doc_start_line < function.start_line:
        return replace(function, docstring="")
    lines = function.code.split("\n")
    first, last = function.doc_start_line - function.start_line, function.doc_end_line - function.start_line
    blanked = [*lines[:first], *([""] * (last - first + 1)), *lines[last + 1 :]]
    return replace(function, docstring="", code="\n".join(blanked))


def sentences_of(function: Function) -> list[str]:
    """Return the sentences of a function's documentation: its prose, and what it raises as a sentence each."""
    text = function.docstring
    for pattern, said in _INLINE:
        text = pattern.sub(said, text)
    text = html.unescape(text)
    found: list[str] = []
    if function.language == "python":
        for section in _RAISES_SECTION.findall(text):
            found.extend(f"Raises `{name}`: {said}" for name, said in _RAISES_ENTRY.findall("\n" + section))
        found.extend(f"Raises `{name}`: {said}" for name, said in _RAISES_FIELD.findall(text))
        prose = _SECTION.sub("", text)
    else:
        prose, tagged = _tags(text)
        found.extend(tagged)
    prose = _CODE_BLOCK.sub("", prose)
    found.extend(" ".join(sentence.split()) for sentence in _SENTENCE.split(prose))
    return [sentence for sentence in found if len(sentence.split()) >= 3 and is_prose(sentence)]


def is_prose(sentence: str) -> bool:
    """Say whether a piece of documentation is a sentence: not code, a grammar or a bare list."""
    words = re.findall(r"[A-Za-z]+", re.sub(r"`[^`]*`", " ", sentence))
    common = sum(word.lower() in _COMMON for word in words)
    return common >= 1 and sentence.count("`") % 2 == 0 and not _CODE_LINE.search(sentence)


def _tags(text: str) -> tuple[str, list[str]]:
    """Return the prose before the tags, and the return and throws tags as sentences."""
    pieces = _TAG.split("\n" + text)
    prose, tagged = _OTHER_TAG.sub("", pieces[0]), []
    for tag, body in zip(pieces[1::2], pieces[2::2], strict=True):
        said = " ".join(_OTHER_TAG.sub("", _CODE_BLOCK.sub("", body)).split())
        if tag == "brief":
            prose += "\n\n" + said
        elif tag in ("throws", "throw", "exception") and (match := re.match(r"([\w.:]+)\s+(.+)", said)):
            tagged.append(f"Throws `{match.group(1)}`: {match.group(2)}")
        elif tag in ("return", "returns") and said:
            tagged.append(f"Returns {said}")
    return prose, tagged
