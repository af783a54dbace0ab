"""Under which condition a parameter has an effect.

    needs  = clause *( " " clause )       ; all clauses must hold
    clause = atom *( "|" atom )           ; one of the atoms must hold
    atom   = [ "!" ] name [ "=" word *( "," word ) ]

An atom with a name alone holds where that parameter is given; one with words, where one of them is
its value, or in its list of values. Values are canonical texts, and a default counts as not given.
The edge's JavaScript evaluates the same conditions (`edge/viewer_request.js`).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

Texts = Mapping[str, str]
"""What a URL asks for: canonical texts by canonical name, without defaults."""


class Atom(NamedTuple):
    """A parameter is given, or has one of these *words*; *is_negated*: it is not so."""

    name: str
    words: frozenset[str]
    is_negated: bool

    def holds(self, texts: Texts) -> bool:
        """Return whether this is so of what a URL asks for."""
        text = texts.get(self.name)
        is_met = text is not None and (not self.words or not self.words.isdisjoint(text.split("_")))
        return is_met is not self.is_negated


Condition = tuple[tuple[Atom, ...], ...]
"""The atoms of each clause."""


def condition(clauses: Iterable[str]) -> Condition:
    """Return the condition that all of these clauses hold."""
    return tuple(tuple(map(_atom, clause.split("|"))) for clause in clauses)


def _atom(text: str) -> Atom:
    name, _, words = text.removeprefix("!").partition("=")
    return Atom(name, frozenset(filter(None, words.split(","))), text.startswith("!"))


def holds(needed: Condition, texts: Texts) -> bool:
    """Return whether a condition holds; in plain loops, which take half the time of generators."""
    for clause in needed:
        for atom in clause:
            if atom.holds(texts):
                break
        else:
            return False
    return True
