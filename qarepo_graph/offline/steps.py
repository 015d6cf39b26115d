"""The control flow of a function as logic steps: ordered, each with its lines, together covering every branch.

Detail is chosen by length: small blocks are told in one sentence, larger ones are opened, and what is nested too deep
to open is summed up by what stands in it. The first grain that needs few enough steps is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from qarepo_graph.code.control_flow import HEADERS, ControlFlow, Fact
from qarepo_graph.offline.digest import digest
from qarepo_graph.offline.wording import Wording
from qarepo_graph.schema import LogicStep

READABLE_STEPS = 12
"""A reader follows about a dozen steps; coarser grains are tried above it."""
_MOST_STEPS = 40  # the schema's bound
_MOST_CHARACTERS = 1100  # under the schema's bound, so that the final stop always fits


@dataclass(frozen=True, slots=True)
class _Grain:
    """How finely a function is told.

    Attributes:
        inline: Simple statements a block may hold to be told in one sentence.
        depth: Levels of blocks that are opened.
        run: Simple statements in one step.
    """

    inline: int
    depth: int
    run: int


_MARKS = frozenset({"if", "elif", "except", "loop", "switch", "raise", "return", "yield"})
_MARKS_PER_STEP = 6  # a step over more of them is a summary; conditional expressions come on top
_DEEPEST = 12  # blocks are opened to here at most, whatever they hold
_ALTERNATIVES = frozenset({"elif", "else", "except", "finally"})
_GRAINS = (_Grain(3, 4, 3), _Grain(4, 3, 4), _Grain(5, 2, 5), _Grain(6, 1, 6), _Grain(4, 0, 8))


@dataclass(slots=True)
class _Draft:
    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Place:
    """Where steps are being written: the open blocks, and which of them the text has already named."""

    heads: list[Fact] = field(default_factory=list)
    named: int = 0


def logic_steps(flow: ControlFlow, words: Wording) -> list[LogicStep]:
    """Return the steps of a function with a body, lines relative to it; empty where it has no statements."""
    best: list[_Draft] = []
    for grain in _GRAINS:
        drafts = _Writer(flow, words, grain).write()
        if not best or len(drafts) < len(best):
            best = drafts
        if len(drafts) <= READABLE_STEPS:
            break
    if len(best) > _MOST_STEPS:
        best = _merged(best, words)
    return [_finished(draft, words) for draft in _apart(best)]


class _Writer:
    """Writes the drafts of one function at one grain."""

    def __init__(self, flow: ControlFlow, words: Wording, grain: _Grain) -> None:
        self.flow = flow
        self.words = words
        self.grain = grain
        self.drafts: list[_Draft] = []

    def write(self) -> list[_Draft]:
        self._block(range(len(self.flow.facts)), _Place(), 0)
        return self.drafts

    def _block(self, indices: range, place: _Place, depth: int) -> None:
        """Write a block's statements. Recursion is bounded by the grain's depth, never by the code's."""
        run: list[int] = []
        told_until = indices.start
        for index in self.flow.blocks(indices):
            if index < told_until:
                continue
            fact = self.flow.facts[index]
            if fact.kind not in HEADERS:
                run.append(index)
                told = self.words.actions([self.flow.facts[i] for i in run])
                if len(told) >= self.grain.run or fact.kind in {"return", "raise"}:
                    self._run(run, place)
                    run = []
                continue
            self._run(run, place)
            run = []
            told_until = self._chain(index, indices.stop, place)
            if told_until == index:
                self._compound(index, place, depth)
        self._run(run, place)

    def _chain(self, index: int, stop: int, place: _Place) -> int:
        """Tell an ``if`` or ``try`` together with its short alternatives; return the fact behind them, or ``index``."""
        members = [index]
        for following in self.flow.blocks(range(self.flow.body(index).stop, stop)):
            if self.flow.facts[following].kind not in _ALTERNATIVES:
                break
            members.append(following)
        end = self.flow.body(members[-1]).stop
        if len(members) == 1 or end - index - len(members) > self.grain.inline:
            return index
        if self._marks(range(index, end)) > _MARKS_PER_STEP:
            return index
        texts = [self._inline(member) for member in members]
        nested = any(
            self.flow.facts[i].kind in HEADERS for member in members[:-1] for i in self.flow.body(member)
        )  # whose `otherwise` would it be?
        if nested or any(text is None for text in texts):
            return index
        first, last = self.flow.facts[index], self.flow.facts[members[-1]]
        clause = self.words.phrases.semicolon.join(text for text in texts if text)
        self._emit(first.start_line, last.end_line, clause, place)
        return end

    def _run(self, run: list[int], place: _Place) -> None:
        facts = [self.flow.facts[index] for index in run]
        clauses = self.words.actions([fact for fact in facts if not self._leaves_a_case(fact, place)])
        if not clauses:
            if facts and self.drafts and not place.heads:
                self.drafts[-1].end = max(self.drafts[-1].end, facts[-1].end_line)
            return
        self._emit(facts[0].start_line, facts[-1].end_line, self.words.phrases.in_order(clauses), place)

    def _leaves_a_case(self, fact: Fact, place: _Place) -> bool:
        """A ``break`` that only ends a case is no jump worth telling."""
        return fact.kind == "break" and not fact.target and bool(place.heads) and place.heads[-1].kind == "case"

    def _compound(self, index: int, place: _Place, depth: int) -> None:
        fact = self.flow.facts[index]
        body = self.flow.body(index)
        if (text := self._inline(index)) is not None:
            self._emit(fact.start_line, fact.end_line, text, place)
        elif depth >= self.grain.depth and (self._marks(body) < _MARKS_PER_STEP or depth >= _DEEPEST):
            whole = digest([self.flow.facts[i] for i in body], self.words)
            self._emit(fact.start_line, fact.end_line, self.words.clause(fact, whole, long=True), place)
        else:
            inner = _Place([*place.heads, fact], place.named)
            before = len(self.drafts)
            self._block(body, inner, depth + 1)
            place.named = min(inner.named, len(place.heads))
            if len(self.drafts) > before:
                self.drafts[before].start = min(self.drafts[before].start, fact.start_line)
                self.drafts[-1].end = max(self.drafts[-1].end, fact.end_line)

    def _marks(self, indices: range) -> int:
        """Branches, loops, errors and results among the facts: what one step may not hold too many of."""
        return sum(self.flow.facts[i].kind in _MARKS for i in indices)

    def _inline(self, index: int) -> str | None:
        """Return a block and its body in one sentence, or None where that would be too much."""
        fact = self.flow.facts[index]
        body = self.flow.body(index)
        if fact.kind == "switch":
            return self._inline_switch(index)
        heads = [i for i in body if self.flow.facts[i].kind in HEADERS]
        if len(body) - len(heads) > self.grain.inline or len(heads) > 3 or (heads and fact.kind == "try"):
            return None
        clauses: list[str] = []
        run: list[Fact] = []
        for inner in self.flow.blocks(body):
            if self.flow.facts[inner].kind not in HEADERS:
                run.append(self.flow.facts[inner])
                continue
            told = self._inline(inner) if self._only_block(inner, body, heads) else None
            if told is None:
                return None
            clauses.extend([*self._told(run, fact, bool(clauses)), told])
            run = []
        clauses.extend(self._told(run, fact, bool(clauses)))
        return self.words.clause(fact, self.words.phrases.in_order(clauses or [self._idle(body)]))

    def _idle(self, body: range) -> str:
        """Tell a block without actions: it only declares, or does nothing at all."""
        declared = [
            self.words.target(f.target) for i in body if (f := self.flow.facts[i]).kind == "declare" and f.target
        ]
        if declared:
            return self.words.phrases.say("declare", target=self.words.phrases.listed(declared))
        return self.words.phrases.say("nothing")

    def _only_block(self, index: int, body: range, heads: list[int]) -> bool:
        """A block may be told inside another when it is the last one, or when none of the blocks holds a block."""
        if self.flow.facts[index].kind == "switch":
            return False
        flat = all(self.flow.facts[head].depth == self.flow.facts[heads[0]].depth for head in heads)
        return flat or (index == heads[0] and self.flow.body(index).stop == body.stop and len(heads) == 2)

    def _told(self, run: list[Fact], owner: Fact, after_block: bool) -> list[str]:
        """Return the actions of a run; behind a block they start with "then", which closes it."""
        facts = [fact for fact in run if not (owner.kind == "case" and fact.kind == "break" and not fact.target)]
        clauses = self.words.actions(facts)
        if after_block and clauses:
            return [self.words.phrases.say("then", body=self.words.phrases.comma_actions(clauses))]
        return clauses

    def _inline_switch(self, index: int) -> str | None:
        fact, facts = self.flow.facts[index], self.flow.facts
        cases = list(self.flow.blocks(self.flow.body(index)))
        inside = [facts[i] for i in self.flow.body(index)]
        nested = any(f.kind in HEADERS and f.kind != "case" for f in inside)
        if self._marks(self.flow.body(index)) >= _MARKS_PER_STEP:
            return None
        if nested or len(inside) > 2 * self.grain.inline + 2 or any(facts[i].kind != "case" for i in cases):
            return None
        arms: list[str] = []
        waiting: list[str] = []
        for case in cases:
            body = [facts[i] for i in self.flow.body(case)]
            if not body and case != cases[-1] and facts[case].detail != "default":
                waiting.append(facts[case].target)  # falls through to the next case
                continue
            merged = replace(facts[case], target=", ".join([*waiting, facts[case].target]).strip(", "))
            waiting = []
            clauses = self.words.actions([f for f in body if f.kind != "break" or f.target])
            arms.append(
                self.words.clause(merged, self.words.phrases.in_order(clauses or [self.words.phrases.say("nothing")]))
            )
        return self.words.clause(fact, self.words.phrases.semicolon.join(arms))

    def _emit(self, start: int, end: int, clause: str, place: _Place) -> None:
        """Add a draft; blocks not named yet are put around it, else the innermost one is referred to."""
        text = clause
        if place.named < len(place.heads):
            for head in reversed(place.heads[place.named :]):
                text = self.words.clause(head, text, long=True)
            start = min(start, place.heads[place.named].start_line)
            if place.named:
                text = self._later(place, place.named, text)
            place.named = len(place.heads)
        elif place.heads:
            text = self._later(place, len(place.heads), text)
        self.drafts.append(_Draft(start, end, text))

    def _later(self, place: _Place, depth: int, text: str) -> str:
        """Say where a step goes on: in the last of ``depth`` open blocks, beside those the step before it told of."""
        head, before = place.heads[depth - 1], self.drafts[-1]
        told = [f for f in self.flow.facts if f.kind in HEADERS and before.start <= f.start_line <= before.end]
        beside = [f for f in (*place.heads[:depth], *told) if f is not head and f.start_line != head.start_line]
        return self.words.later(head, text, beside=beside)


def _apart(drafts: list[_Draft]) -> Iterator[_Draft]:
    """Make ranges go forward without overlap, as far as statements do not share a line."""
    for position, draft in enumerate(drafts):
        following = drafts[position + 1] if position + 1 < len(drafts) else None
        if following is not None and following.start <= draft.end:
            draft.end = max(draft.start, following.start - 1)
        yield draft


def _merged(drafts: list[_Draft], words: Wording) -> list[_Draft]:
    """Put neighbours together until the schema's bound holds; texts that grow too long end in an ellipsis step."""
    size = -(-len(drafts) // (_MOST_STEPS - 4))
    merged = []
    for first in range(0, len(drafts), size):
        group = drafts[first : first + size]
        text = words.phrases.semicolon.join(draft.text for draft in group)
        if len(text) > _MOST_CHARACTERS:
            text = words.phrases.semicolon.join(
                [group[0].text[: _MOST_CHARACTERS // 2], words.phrases.say("and so on")]
            )
        merged.append(_Draft(group[0].start, group[-1].end, text))
    return merged


def _finished(draft: _Draft, words: Wording) -> LogicStep:
    return LogicStep(text=words.phrases.sentence(draft.text), start_line=draft.start, end_line=draft.end)
