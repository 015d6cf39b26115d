"""A wording with its style, as the question files list it."""

from __future__ import annotations

from dataclasses import dataclass

from qarepo_graph.schema import QuestionStyle

_SOURCES = {"behaviour", "named"}


@dataclass(frozen=True, slots=True)
class QuestionFrame:
    """One sentence pattern.

    Attributes:
        text: Pattern with ``{f}``, ``{did}``, ``{doc}``, ``{file}``.
        form: As in :class:`~qarepo_graph.schema.QuestionStyle`; ``angle``, ``register`` and ``length`` likewise.
        angle: What is asked about.
        register: Tone.
        length: Length class.
        needs: ``behaviour`` needs a documentation line, ``named`` a name that starts with a verb; empty needs neither.
    """

    text: str
    form: str
    angle: str
    register: str
    length: str
    needs: str = ""

    def likeness(self, style: QuestionStyle) -> int:
        """Return on how many axes the pattern meets a style; form and reference count double."""
        behaviour = bool(self.needs) == (style.reference == "behaviour")
        return (
            2 * (self.form == style.form)
            + 2 * behaviour
            + (self.angle == style.angle)
            + (self.register == style.register)
            + (self.length == style.length)
        )


def frames(table: str) -> tuple[QuestionFrame, ...]:
    """Read a table of ``[needs] form angle register length | text`` lines."""
    result = []
    for line in table.strip().splitlines():
        head, text = (part.strip() for part in line.split("|", 1))
        words = head.split()
        needs = words.pop(0) if words[0] in _SOURCES else ""
        form, angle, register, length = words
        result.append(QuestionFrame(text, form, angle, register, length, needs))
    return tuple(result)
