"""Shortens the edge's JavaScript, of which CloudFront takes 10 KB.

Made for one file that is written plainly: every statement ends in a semicolon or a brace; no
template literals, shorthand properties, labels or getters; no function declared inside another
one; and no name of ours that is also a global's. The vectors are asked of what comes out.
"""

import re
import string
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

_BLANK: Final = r"(?P<blank>\s+|//[^\n]*)"
_REGEX: Final = r"(?P<regex>/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)"
_ELSE: Final = r"""
    (?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")
    |(?P<word>[A-Za-z_$][\w$]*)
    |(?P<number>[0-9][\w.]*)
    |(?P<mark>=>|[=!]==?|[<>|&]=?|\|\||&&|.)
"""
_AFTER_VALUE: Final = re.compile(f"{_BLANK}|{_ELSE}", re.VERBOSE)
_AFTER_OPERATOR: Final = re.compile(f"{_BLANK}|{_REGEX}|{_ELSE}", re.VERBOSE)
_OPEN, _CLOSED = frozenset("([{"), frozenset(")]}")
_DECLARES: Final = frozenset({"const", "let", "function", "import"})
_LETTERS: Final = string.ascii_letters + "_$"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the program, and how deep in brackets it stands."""

    kind: str
    text: str
    depth: int = 0


def minified(source: str, kept: Collection[str]) -> str:
    """Return *source* in fewer bytes; the names in *kept* stay as they are."""
    tokens = _tokens(source)
    tokens = _renamed(tokens, kept)
    tokens = _joined(_without_parentheses(tokens))
    written = ""
    for token, after in zip(tokens, [*tokens[1:], Token("mark", "")], strict=True):
        if token.text in {";", ","} and after.text in _CLOSED:
            continue
        touching = re.match(r"[\w$]", token.text) and re.search(r"[\w$]$", written)
        written += f" {token.text}" if touching else token.text
    return re.sub(r"(import \w+ from)('\w+';)", r"\1 \2\n", written) + "\n"


def _tokens(source: str) -> list[Token]:
    found: list[Token] = []
    place, depth, after_value = 0, 0, False
    while match := (_AFTER_VALUE if after_value else _AFTER_OPERATOR).match(source, place):
        kind, text, place = match.lastgroup or "", match[0], match.end()
        if kind == "blank":
            continue
        depth -= kind == "mark" and text in _CLOSED
        found.append(Token(kind, "let" if text == "const" else text, depth))
        depth += kind == "mark" and text in _OPEN
        after_value = text != "return" if kind != "mark" else text in {")", "]"}
    return found


def _renamed(tokens: list[Token], kept: Collection[str]) -> list[Token]:
    """Give every declared name a short one: its own to a global, a shared one to a local."""
    statements = list(_statements(tokens))
    declared = [_declared(statement) for statement in statements]
    outer = set().union(*(names for names, _ in declared))
    uses = [Counter(token.text for token in _names(statement)) for statement in statements]
    taken = set(sum(uses, Counter())) - outer
    short = _shortest(outer - set(kept), sum(uses, Counter()), taken | set(kept))
    renamed = []
    for statement, (_, inner), used in zip(statements, declared, uses, strict=True):
        theirs = {short.get(name, name) for name in used if name not in inner}
        local = short | _shortest(inner, used, theirs | taken)
        names = set(map(id, _names(statement)))
        renamed += [
            Token(token.kind, local.get(token.text, token.text), token.depth)
            if id(token) in names
            else token
            for token in statement
        ]
    return renamed


def _statements(tokens: list[Token]) -> Iterator[list[Token]]:
    """Split at the outermost level, after each semicolon and each body of a function."""
    statement: list[Token] = []
    for token in tokens:
        statement.append(token)
        is_function = any(each.text == "function" for each in statement[:2])
        if not token.depth and (token.text == ";" or (token.text == "}" and is_function)):
            yield statement
            statement = []
    if statement:
        yield statement


def _names(statement: list[Token]) -> Iterator[Token]:
    """Return the tokens that are variables: no keys of an object, no properties."""
    edge = Token("mark", "")
    before, after = [edge, *statement[:-1]], [*statement[1:], edge]
    for left, token, right in zip(before, statement, after, strict=True):
        is_key = right.text == ":" and left.text in {"{", ","}
        if token.kind == "word" and left.text != "." and not is_key:
            yield token


def _declared(statement: list[Token]) -> tuple[set[str], set[str]]:
    """Return the names that a statement declares for all, and those it keeps to itself."""
    outer: set[str] = set()
    inner: set[str] = set()
    for place, token in enumerate(statement[1:], start=1):
        left = statement[place - 1].text
        if token.kind == "word" and left in _DECLARES and token.text != "function":
            (inner if token.depth else outer).add(token.text)
        if token.text in {"=>", "{"} and left == ")":
            inner |= _parameters(statement[:place], token.text)
    return outer, inner


def _parameters(before: list[Token], mark: str) -> set[str]:
    """Return the names in the parentheses that *before* ends with, if they are parameters."""
    start = max(
        place
        for place, token in enumerate(before)
        if token.text == "(" and token.depth == before[-1].depth
    )
    lead = [token.text for token in before[max(0, start - 2) : start]]
    if mark == "{" and "function" not in lead and "catch" not in lead:
        return set()
    return {token.text for token in before[start:] if token.kind == "word"}


def _shortest(names: Collection[str], used: Counter[str], taken: Collection[str]) -> dict[str, str]:
    one = [name for name in _LETTERS if name not in taken]
    two = [f"{a}{b}" for a in string.ascii_letters for b in _LETTERS]
    free = one + [name for name in two if name not in taken and name not in {"do", "if", "in"}]
    ranked = sorted(names, key=lambda name: (-used[name], name))
    return dict(zip(ranked, free, strict=False))


def _without_parentheses(tokens: list[Token]) -> list[Token]:
    """Write `(a) =>` as `a=>`."""
    kept = list(tokens)
    for place in range(len(kept) - 4, -1, -1):
        texts = [token.text for token in kept[place : place + 4]]
        if texts[0] == "(" and texts[2:] == [")", "=>"] and texts[1] != ")":
            kept[place : place + 3] = [kept[place + 1]]
    return kept


def _joined(tokens: list[Token]) -> list[Token]:
    """Write `let a; let b` as `let a, b`."""
    written: list[Token] = []
    declaring: dict[int, bool] = {}
    for place, token in enumerate(tokens):
        before = tokens[place - 1].text if place else ";"
        if before in {";", "{"} or (before == "}" and token.kind == "word"):
            joins = before == ";" and declaring.get(token.depth, False) and token.text == "let"
            declaring[token.depth] = token.text == "let"
            if joins:
                written[-1] = Token("mark", ",", token.depth)
                continue
        written.append(token)
    return written
