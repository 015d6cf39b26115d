"""Identifiers to words: ``getUserHTTPHeaders`` is "get user HTTP headers", in Chinese "获取用户 HTTP 头"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qarepo_graph.offline.vocabulary import ENDS, LINKS, NO_ARTICLE, NOUNS, PLACES, PREPOSITIONS, VERBS
from qarepo_graph.schema import Function, Language

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_RECEIVERS = frozenset({"self", "cls", "mcs", "this"})
_ES_ENDINGS = ("s", "x", "z", "ch", "sh", "o")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a name says.

    Attributes:
        verb: Its leading verb in base form, empty where it starts with no known verb.
        rest: The words behind the verb, or all words.
    """

    verb: str
    rest: tuple[str, ...]


def words_of(name: str) -> tuple[str, ...]:
    """Split an identifier at case changes, underscores and digits; acronyms stay upper case."""
    found = _WORD.findall(name)
    return tuple(word if len(word) > 1 and word.isupper() else word.lower() for word in found)


def read_name(name: str) -> Reading:
    """Return the verb a name starts with and the words behind it."""
    words = words_of(name)
    noun = words[:1] and words[0] in ENDS and PLACES.intersection(words[1:2])
    if words and not noun and not LINKS.intersection(words[1:2]) and (verb := words[0].lower()) in VERBS:
        return Reading(verb, words[1:])
    return Reading("", words)


def third_person(verb: str) -> str:
    """Return the form after he/she/it (``copy`` → ``copies``)."""
    irregular = {"have": "has", "be": "is", "do": "does", "go": "goes", "to": "converts to", "setup": "sets up"}
    irregular |= {"is": "is", "has": "has"}
    if verb in irregular:
        return irregular[verb]
    if verb.endswith("y") and verb[-2:-1] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(_ES_ENDINGS) else "s")


def in_words(words: tuple[str, ...], language: Language) -> str:
    """Return the words side by side, translated into Chinese where it is asked for; unknown ones stay as they are."""
    if language == "en":
        return " ".join(words)
    result = ""
    for word in words:
        piece = NOUNS.get(word.lower()) or NOUNS.get(_singular(word.lower())) or VERBS.get(word.lower()) or word
        glue = " " if result and (_latin(result[-1]) or _latin(piece[0])) else ""
        result += glue + piece
    return result


def object_of(words: tuple[str, ...], language: Language) -> str:
    """Return the words behind a verb; in English with an article where they end in a noun we know (``the error``)."""
    text = in_words(words, language)
    known = bool(words) and (words[-1].lower() in NOUNS or _singular(words[-1].lower()) in NOUNS)
    bare = not known or words[-1].isdigit() or any(word.lower() in NO_ARTICLE for word in words)
    return text if language == "zh" or bare else f"the {text}"


def arguments_of(function: Function) -> list[str]:
    """Return the names of what a caller hands over: its parameters but for a leading ``self`` or its like."""
    names = [parameter.name for parameter in function.parameters]
    return [name for place, name in enumerate(names) if name and (place or name not in _RECEIVERS)]


def translates(words: tuple[str, ...]) -> bool:
    """Say whether every word has a Chinese one and none joins two parts, which Chinese orders differently."""
    known = all(w.lower() in NOUNS or _singular(w.lower()) in NOUNS or w.lower() in VERBS for w in words)
    return known and not PREPOSITIONS.intersection(words)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
