"""Explores real code in every order: each call of a port is a step, and an actor can die before it.

A port's answer is a function of its state and the call. A program's next call is a function of the
answers so far. Each is computed once, by running the code, and then looked up; so millions of
schedules can be followed. Schedules that lead to the same state continue only once.
"""

import copy
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, Protocol, TypeVar


@dataclass(frozen=True)
class Call:
    """A program's call of a port; equal texts are equal calls."""

    port: str
    method: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    text: str = field(init=False)

    def __post_init__(self) -> None:
        text = repr((self.port, self.method, self.arguments, self.options))
        object.__setattr__(self, "text", text)


class Answer(NamedTuple):
    """A port's answer; equal texts are equal answers."""

    value: Any
    text: str


class PortStates:
    """The states of a port by number; a state is the contents of one of its attributes."""

    def __init__(self, port: Any, attribute: str) -> None:
        self._port = port
        self._attribute = attribute
        self._contents: list[Any] = []
        self._numbers: dict[str, int] = {}
        self._results: dict[tuple[int, str], tuple[int, Answer]] = {}

    def number(self, contents: dict[str, Any]) -> int:
        """Return the number of the state with these contents."""
        text = repr(sorted(contents.items()))
        if text not in self._numbers:
            self._numbers[text] = len(self._contents)
            self._contents.append(dict(contents))
        return self._numbers[text]

    def load(self, state: int) -> Any:
        """Return the port in a state; it is valid until the next call."""
        setattr(self._port, self._attribute, copy.copy(self._contents[state]))
        return self._port

    def apply(self, state: int, call: Call) -> tuple[int, Answer]:
        """Return the state that a call leads to, and its answer."""
        result = self._results.get((state, call.text))
        if result is None:
            port = self.load(state)
            value = getattr(port, call.method)(*call.arguments, **call.options)
            if hasattr(value, "__next__"):
                value = list(value)
            number = self.number(getattr(port, self._attribute))
            result = self._results[state, call.text] = number, Answer(value, repr(value))
        return result


class Port:
    """Passes every call of a method to *ask*."""

    def __init__(self, name: str, ask: Callable[[Call], Any]) -> None:
        self._name = name
        self._ask = ask

    def __getattr__(self, method: str) -> Any:
        return lambda *arguments, **options: self._ask(Call(self._name, method, arguments, options))


Ports = Callable[[str], Any]
"""Returns the port of a name."""


class _NewCall(BaseException):
    """A program has reached a call that has no answer yet."""

    def __init__(self, call: Call) -> None:
        self.call = call


@dataclass(eq=False)
class Program:
    """Deterministic code; *extract* returns the part of an answer that it depends on.

    *kind* and *message* are for the world that runs it.
    """

    kind: str
    run: Callable[[Ports], Any]
    extract: Callable[[Answer], str] = lambda answer: answer.text
    message: str = ""
    start: "Moment" = field(init=False)

    def __post_init__(self) -> None:
        self.start = Moment(self, ())

    def __lt__(self, other: "Program") -> bool:
        return (self.kind, self.message) < (other.kind, other.message)


class Moment:
    """A point in a program: *call* is its next call, None after it has ended with *outcome*."""

    def __init__(self, program: Program, answers: tuple[Answer, ...]) -> None:
        self.program = program
        self.kind = program.kind
        self.answers = answers
        self.call: Call | None = None
        self.outcome: Any = None
        self._next: dict[str, Moment] = {}
        self._run()

    def next_moment(self, answer: Answer) -> "Moment":
        """Return the moment after the answer to its call."""
        text = self.program.extract(answer)
        if text not in self._next:
            self._next[text] = Moment(self.program, (*self.answers, answer))
        return self._next[text]

    def _run(self) -> None:
        left = iter(self.answers)

        def ask(call: Call) -> Any:
            answer = next(left, None)
            if answer is None:
                raise _NewCall(call)
            return answer.value

        try:
            self.outcome = self.program.run(lambda name: Port(name, ask))
        except _NewCall as new:
            self.call = new.call


State = TypeVar("State", bound=Hashable)
Choice = tuple[int, str]
"""The number of an actor, and its next "step" or its "death"."""


class World(Protocol[State]):
    """The state that actors share, and its transitions."""

    def begin(self) -> State:
        """Return the first state."""

    def choices(self, state: State) -> Sequence[Choice]:
        """Return the possible next choices; none at the end."""

    def apply(self, state: State, choice: Choice) -> State:
        """Return the state that a choice leads to."""

    def check(self, state: State) -> None:
        """Assert what must hold at the end, when no actor is left."""

    def describe(self, state: State, choice: Choice) -> str:
        """Describe a choice in words."""


class Explored(NamedTuple):
    """The number of different states, and how many of them were ends."""

    states: int
    ends: int


def random_walk(world: World[State], seed: int, schedules: int) -> None:
    """Follow random schedules; add the failing one to an AssertionError as a note."""
    random = Random(seed)
    for _ in range(schedules):
        state, schedule = world.begin(), []
        try:
            while choices := world.choices(state):
                choice = random.choice(choices)
                schedule.append(world.describe(state, choice))
                state = world.apply(state, choice)
            world.check(state)
        except AssertionError as error:
            error.add_note("\n".join(schedule))
            raise


def explore(world: World[State]) -> Explored:
    """Follow every schedule; add the failing one to an AssertionError as a note."""
    state = world.begin()
    seen, ends = {hash(state)}, 0
    path: list[tuple[State, Iterator[Choice]]] = [(state, iter(world.choices(state)))]
    taken: list[tuple[State, Choice]] = []
    try:
        while path:
            state, left = path[-1]
            del taken[len(path) - 1 :]
            choice = next(left, None)
            if choice is None:
                path.pop()
                continue
            taken.append((state, choice))
            state = world.apply(state, choice)
            if hash(state) in seen:
                continue
            seen.add(hash(state))
            choices = world.choices(state)
            if choices:
                path.append((state, iter(choices)))
            else:
                world.check(state)
                ends += 1
    except AssertionError as error:
        error.add_note("\n".join(world.describe(*each) for each in taken))
        raise
    return Explored(len(seen), ends)
