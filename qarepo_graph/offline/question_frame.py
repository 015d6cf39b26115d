"""A wording with its style, as the question files list it."""

from __future__ import annotations

from dataclasses import dataclass

from qarepo_graph.schema import QuestionStyle

_SAID = frozenset({"behaviour", "task", "named"})
_NEEDS = _SAID | {"steps", "branches", "input", "result"}


@dataclass(frozen=True, slots=True)
class QuestionFrame:
    """One sentence pattern.

    Attributes:
        text: Pattern with ``{f}``, ``{did}``, ``{doc}``, ``{file}``.
        form: As in :class:`~qarepo_graph.schema.QuestionStyle`; ``angle``, ``register`` and ``length`` likewise.
        angle: What is asked about.
        register: Tone.
        length: Length class.
        needs: What the question takes for granted: ``behaviour`` a documentation line, ``task`` one that says what the
            code does, ``named`` a name that starts with a verb; ``steps`` more than one step, ``branches`` more than
            one way through, ``input`` parameters, ``result`` a returned or yielded value.
    """

    text: str
    form: str
    angle: str
    register: str
    length: str
    needs: frozenset[str] = frozenset()

    def likeness(self, style: QuestionStyle) -> int:
        """Return on how many axes the pattern meets a style; form and reference count double."""
        behaviour = bool(self.needs & _SAID) == (style.reference == "behaviour")
        return (
            2 * (self.form == style.form)
            + 2 * behaviour
            + (self.angle == style.angle)
            + (self.register == style.register)
            + (self.length == style.length)
        )


def frames(table: str) -> tuple[QuestionFrame, ...]:
    """Read a table of ``[needs …] form angle register length | text`` lines."""
    result = []
    for line in table.strip().splitlines():
        head, text = (part.strip() for part in line.split("|", 1))
        words = head.split()
        needs = frozenset(words[:-4])
        if not needs <= _NEEDS:
            raise ValueError(f"Write only {', '.join(sorted(_NEEDS))} before the style in: {line.strip()}")
        form, angle, register, length = words[-4:]
        result.append(QuestionFrame(text, form, angle, register, length, needs))
    return tuple(result)
