"""Conditions under which a parameter has an effect.

    needs  = clause *( " " clause )       ; all clauses must hold
    clause = atom *( "|" atom )           ; one of the atoms must hold
    atom   = [ "!" ] name [ "=" word *( "," word ) ]

An atom with only a name holds if that parameter is given. An atom with words holds if one of them
is the parameter's value, or in its list of values. Values are canonical texts; a default counts as
not given. The edge's JavaScript evaluates the same conditions (`edge/viewer_request.js`).
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

Texts = Mapping[str, str]
"""The parameters of a URL: canonical texts by canonical name, without defaults."""


class Atom(NamedTuple):
    """A parameter is given, or has one of these *words*; *is_negated*: the opposite."""

    name: str
    words: frozenset[str]
    is_negated: bool

    def holds(self, texts: Texts) -> bool:
        """Return whether the atom holds for the parameters of a URL."""
        text = texts.get(self.name)
        is_met = text is not None and (not self.words or not self.words.isdisjoint(text.split("_")))
        return is_met is not self.is_negated


Condition = tuple[tuple[Atom, ...], ...]
"""The atoms of each clause."""


@cache
def parse_condition(clauses: tuple[str, ...]) -> Condition:
    """Parse clauses into the condition that all of them hold."""
    return tuple(tuple(map(_atom, clause.split("|"))) for clause in clauses)


def _atom(text: str) -> Atom:
    name, _, words = text.removeprefix("!").partition("=")
    return Atom(name, frozenset(filter(None, words.split(","))), text.startswith("!"))


def holds(needed: Condition, texts: Texts) -> bool:
    """Return whether a condition holds. Plain loops take half the time of generators."""
    for clause in needed:
        for atom in clause:
            if atom.holds(texts):
                break
        else:
            return False
    return True
