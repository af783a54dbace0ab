"""Requests in which every two parameters of different groups meet, read from the parameter table.

Parameters and groups that are added to the table need no change here.
"""

import itertools
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from origin_lambda.url.grammar import canonical
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.needs import holds, parse_condition
from origin_lambda.url.transform import TABLE, Row
from tests.support.strategies import transform_of
from tests.url.test_equal_keys import values_of

Texts = dict[str, str]
"""The parameters of a request."""

_TRIES: Final = 4
"""Parameters of one group that are tried in a request, those with the most missing pairs first."""


def to_query(texts: Mapping[str, str]) -> str:
    return "&".join(f"{name}={text}" for name, text in texts.items())


def find_effective(texts: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the parameters that can change the picture."""
    pairs = canonical(transform_of(to_query(texts))).split(",")
    return frozenset(pair.partition("=")[0] for pair in pairs)


@cache
def _picture_values(name: str) -> tuple[str, ...]:
    """Return the values of a parameter with which the answer is a picture."""
    values = values_of(TABLE.spellings[name])
    return tuple(each for each in values if not is_metadata_request(transform_of(f"{name}={each}")))


def _with_needs(texts: Texts, name: str, text: str) -> Texts:
    """Return the parameters with one more, and with those that it needs to have an effect."""
    texts = {name: text} | texts
    for clause in TABLE.spellings[name].needs:
        if not holds(parse_condition((clause,)), texts):
            added = next((atom for atom in clause.split("|") if atom[0] != "!"), "")
            needed, _, words = added.partition("=")
            values = words.split(",") if words else _picture_values(needed) if needed else ()
            if values and needed not in texts:
                texts = _with_needs(texts, needed, values[0])
    return texts


@cache
def _settings(name: str) -> tuple[Texts, ...]:
    """Return requests for a picture that a parameter changes, one for each of its values."""
    found = (_with_needs({}, name, text) for text in _picture_values(name))
    return tuple(
        texts
        for texts in found
        if name in find_effective(texts) and not is_metadata_request(transform_of(to_query(texts)))
    )


def _join(texts: Texts, name: str, keep: frozenset[str], at: int = 0) -> Texts | None:
    """Return the request with one more parameter, where all those to *keep* have an effect.

    None if there is none. The search begins at the parameter's value number *at*.
    """
    values = _picture_values(name)
    for number in range(len(values)):
        joined = _with_needs(texts, name, values[(at + number) % len(values)])
        if find_effective(joined) >= keep | {name}:
            return joined
    return None


def find_pairs() -> dict[frozenset[str], Texts]:
    """Return the pairs of parameters of different groups, each with a request where both matter.

    Pairs of which one makes the other superfluous are left out, such as `lossless` of a JPEG.
    """
    rows = [row for row in TABLE.rows if _settings(row.name)]
    found: dict[frozenset[str], Texts] = {}
    for number, (one, other) in enumerate(itertools.combinations(rows, 2)):
        if one.group != other.group and (texts := _find_pair(one, other, number)):
            found[frozenset((one.name, other.name))] = texts
    return found


def _find_pair(one: Row, other: Row, number: int) -> Texts | None:
    settings = _settings(one.name)
    turned = (settings[(number + each) % len(settings)] for each in range(len(settings)))
    joined = (_join(texts, other.name, frozenset((one.name,)), number) for texts in turned)
    return next(filter(None, joined), None)


def cover_pairs() -> Iterator[Texts]:
    """Yield few requests that contain all pairs, each with at most one parameter of most groups."""
    missing = find_pairs()
    while missing:
        pair, texts = next(iter(missing.items()))
        chosen = pair
        for group in TABLE.groups:
            if all(TABLE.spellings[name].group != group for name in chosen):
                texts, chosen = _extend(texts, chosen, group, missing)
        yield texts
        for covered in itertools.combinations(find_effective(texts) & set(TABLE.spellings), 2):
            missing.pop(frozenset(covered), None)


def _extend(
    texts: Texts, chosen: frozenset[str], group: str, missing: Mapping[frozenset[str], Texts]
) -> tuple[Texts, frozenset[str]]:
    """Return the request with the parameter of a group that adds the most missing pairs."""
    gains = {
        row.name: sum(frozenset((row.name, name)) in missing for name in chosen)
        for row in TABLE.rows
        if row.group == group
    }
    best = sorted((name for name in gains if gains[name]), key=lambda name: -gains[name])
    for name in best[:_TRIES]:
        if joined := _join(texts, name, chosen, len(missing)):
            return joined, chosen | {name}
    return texts, chosen
