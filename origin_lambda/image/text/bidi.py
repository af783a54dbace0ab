"""The order of text that mixes directions: the Unicode Bidirectional Algorithm (UAX 9).

`split_paragraphs` removes embeddings and overrides first, because they can make a text look
like another one. So the explicit levels here come from isolates alone.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

MAX_DEPTH: Final = 125

_RIGHT: Final = frozenset({"R", "AL"})
_STRONG: Final = frozenset({"L", "R", "AL"})
_INITIATORS: Final = frozenset({"LRI", "RLI", "FSI"})
_ISOLATES: Final = _INITIATORS | {"PDI"}
_NEUTRAL: Final = frozenset({"B", "S", "WS", "ON"}) | _ISOLATES
_NEEDS_LEVELS: Final = frozenset({"R", "AL", "AN", "RLI", "FSI", "LRI", "PDI"})


class Levels(NamedTuple):
    """The embedding level of a paragraph, and that of each character; odd ones run leftwards."""

    base: int
    each: tuple[int, ...]


def resolve_levels(text: str) -> Levels:
    """Return the levels of a paragraph; its first strong character gives its direction."""
    if text.isascii():
        return Levels(0, (0,) * len(text))
    types = [_classify(char) for char in text]
    if _NEEDS_LEVELS.isdisjoint(types):
        return Levels(0, (0,) * len(text))
    ends = _match_isolates(types)
    base = _find_direction(types, ends, 0, len(types)) or 0
    levels = _apply_isolates(types, ends, base)
    for sequence in _list_sequences(types, ends, levels):
        _resolve_sequence(text, types, levels, sequence, base)
    for place, kind in enumerate(types):
        if kind == "BN":
            levels[place] = levels[place - 1] if place else base
    return Levels(base, tuple(levels))


def _classify(char: str) -> str:
    return unicodedata.bidirectional(char) or "L"


def _match_isolates(types: Sequence[str]) -> dict[int, int]:
    """Return the place of the end of each isolate that has one (BD9), by its start."""
    ends: dict[int, int] = {}
    starts: list[int] = []
    for place, kind in enumerate(types):
        if kind in _INITIATORS:
            starts.append(place)
        elif kind == "PDI" and starts:
            ends[starts.pop()] = place
    return ends


def _find_direction(
    types: Sequence[str], ends: dict[int, int], start: int, stop: int
) -> int | None:
    """Return 0 or 1 for the first strong character outside isolates (P2, P3), or None."""
    place = start
    while place < stop:
        kind = types[place]
        if kind in _STRONG:
            return int(kind in _RIGHT)
        place = ends.get(place, stop) if kind in _INITIATORS else place
        place += 1
    return None


def _apply_isolates(types: Sequence[str], ends: dict[int, int], base: int) -> list[int]:
    """Return the explicit level of each character (X1 to X8)."""
    matched = frozenset(ends.values())
    stack, overflow = [base], 0
    levels = []
    for place, kind in enumerate(types):
        if kind == "PDI" and place in matched:
            if overflow:
                overflow -= 1
            else:
                stack.pop()
        levels.append(stack[-1])
        if kind in _INITIATORS:
            odd = kind == "RLI"
            if kind == "FSI":
                end = ends.get(place, len(types))
                odd = bool(_find_direction(types, ends, place + 1, end))
            level = stack[-1] + 1 + (stack[-1] % 2 == odd)
            if place not in ends:
                # An isolate without an end reaches to the end of the paragraph.
                stack.append(min(level, MAX_DEPTH))
            elif level > MAX_DEPTH or overflow:
                overflow += 1
            else:
                stack.append(level)
    return levels


def _list_sequences(
    types: Sequence[str], ends: dict[int, int], levels: Sequence[int]
) -> Iterator[list[int]]:
    """Yield the places of each isolating run sequence (BD13), without ignored characters (X9)."""
    runs: list[list[int]] = []
    for place, kind in enumerate(types):
        if kind == "BN":
            continue
        if runs and levels[runs[-1][-1]] == levels[place]:
            runs[-1].append(place)
        else:
            runs.append([place])
    by_first = {run[0]: run for run in runs}
    continued = {end for start, end in ends.items() if end in by_first}
    for run in runs:
        if run[0] in continued:
            continue
        sequence = list(run)
        while sequence[-1] in ends and ends[sequence[-1]] in by_first:
            sequence += by_first[ends[sequence[-1]]]
        yield sequence


def _resolve_sequence(
    text: str, types: list[str], levels: list[int], places: list[int], base: int
) -> None:
    """Set the levels of a sequence by its characters (W1 to W7, N0 to N2, I1, I2)."""
    level = levels[places[0]]
    before = _neighbour_level(types, levels, places[0], -1, base)
    last = places[-1]
    after = base if types[last] in _INITIATORS else _neighbour_level(types, levels, last, 1, base)
    start, stop = ("R" if max(level, other) % 2 else "L" for other in (before, after))
    kinds = _resolve_weak([types[place] for place in places], start)
    embedding = "R" if level % 2 else "L"
    _resolve_brackets([text[place] for place in places], kinds, embedding, start)
    _resolve_neutral(kinds, embedding, start, stop)
    for place, kind in zip(places, kinds, strict=True):
        if level % 2:
            levels[place] = level + (kind != "R")
        else:
            levels[place] = level + {"L": 0, "R": 1}.get(kind, 2)


def _neighbour_level(
    types: Sequence[str], levels: Sequence[int], place: int, step: int, base: int
) -> int:
    place += step
    while 0 <= place < len(types):
        if types[place] != "BN":
            return levels[place]
        place += step
    return base


def _resolve_weak(kinds: list[str], start: str) -> list[str]:
    """Resolve marks, numbers and their signs (W1 to W7)."""
    kinds = _resolve_marks(kinds, start)
    for place in range(1, len(kinds) - 1):
        before, kind, after = kinds[place - 1 : place + 2]
        if before == after and (
            (kind in {"ES", "CS"} and before == "EN") or (kind == "CS" and before == "AN")
        ):
            kinds[place] = before
    _join_terminators(kinds)
    strong = start
    for place, kind in enumerate(kinds):
        if kind in {"ES", "CS", "ET"}:
            kinds[place] = "ON"
        elif kind in {"L", "R"}:
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[place] = "L"
    return kinds


def _resolve_marks(kinds: Sequence[str], start: str) -> list[str]:
    """Give marks the type of their letter, and numbers in Arabic that of Arabic (W1 to W3)."""
    resolved: list[str] = []
    previous = strong = start
    for kind in kinds:
        if kind == "NSM":
            previous = "ON" if previous in _ISOLATES else previous
        elif kind == "EN" and strong == "AL":
            previous = "AN"
        else:
            previous = kind
        strong = previous if previous in _STRONG else strong
        resolved.append(previous)
    return ["R" if kind == "AL" else kind for kind in resolved]


def _join_terminators(kinds: list[str]) -> None:
    """Make signs next to a number a part of it, such as a currency or a percent sign (W5)."""
    for places in (range(len(kinds)), range(len(kinds) - 1, -1, -1)):
        number = False
        for place in places:
            if kinds[place] == "ET" and number:
                kinds[place] = "EN"
            number = kinds[place] == "EN"


def _resolve_brackets(chars: list[str], kinds: list[str], embedding: str, start: str) -> None:
    """Give pairs of brackets the direction of what they enclose, or of their context (N0)."""
    for first, last in _pair_brackets(chars, kinds):
        inside = {_strong(kinds[place]) for place in range(first + 1, last)}
        if embedding in inside:
            direction = embedding
        elif inside - {""}:
            context = next(
                filter(None, (_strong(kinds[i]) for i in range(first - 1, -1, -1))), start
            )
            direction = context if context != embedding else embedding
        else:
            continue
        kinds[first] = kinds[last] = direction


def _strong(kind: str) -> str:
    """Return the direction of a character; numbers count as R (N0)."""
    return "R" if kind in {"EN", "AN"} else kind if kind in {"L", "R"} else ""


def _pair_brackets(chars: list[str], kinds: list[str]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    stack: list[tuple[str, int]] = []
    for place, char in enumerate(chars):
        if kinds[place] != "ON" or not unicodedata.mirrored(char):
            continue
        category = unicodedata.category(char)
        if category == "Ps":
            stack.append((_closing(char), place))
        elif category == "Pe":
            for depth in range(len(stack) - 1, -1, -1):
                if stack[depth][0] == char:
                    pairs.append((stack[depth][1], place))
                    del stack[depth:]
                    break
    return sorted(pairs)


def _closing(char: str) -> str:
    """Return the bracket that closes another one: the next or the next but one in Unicode."""
    following = chr(ord(char) + 1)
    return following if unicodedata.category(following) == "Pe" else chr(ord(char) + 2)


def _resolve_neutral(kinds: list[str], embedding: str, start: str, stop: str) -> None:
    """Give neutral characters the direction of both neighbours, or the embedding's (N1, N2)."""
    place = 0
    while place < len(kinds):
        if kinds[place] not in _NEUTRAL:
            place += 1
            continue
        end = place
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        before = _strong(kinds[place - 1]) if place else start
        after = _strong(kinds[end]) if end < len(kinds) else stop
        kinds[place:end] = [before if before == after else embedding] * (end - place)
        place = end


def order_runs(levels: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the runs of a line from left to right: first place, end, and level (L2)."""
    runs: list[tuple[int, int, int]] = []
    for place, level in enumerate(levels):
        if runs and runs[-1][2] == level:
            runs[-1] = (runs[-1][0], place + 1, level)
        else:
            runs.append((place, place + 1, level))
    highest = max((run[2] for run in runs), default=0)
    for level in range(highest, 0, -1):
        start = 0
        while start < len(runs):
            end = start
            while end < len(runs) and runs[end][2] >= level:
                end += 1
            runs[start:end] = reversed(runs[start:end])
            start = end + 1
    return runs
