"""Follows real code in every order: each call of a port is a step, and each step may be the last.

What a port answers in a state is a function of both, and so is what a program does next of all that
it has been told. Each is found out once, by running the code, and looked up from then on: that
is what makes it possible to follow millions of schedules. Two that lead to the same state are
followed on once.
"""

import copy
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, Protocol, TypeVar


@dataclass(frozen=True)
class Call:
    """What a program asks of a port; equal texts are equal calls."""

    port: str
    method: str
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    text: str = field(init=False)

    def __post_init__(self) -> None:
        text = repr((self.port, self.method, self.arguments, self.options))
        object.__setattr__(self, "text", text)


class Answer(NamedTuple):
    """What a port answered; equal texts are equal answers."""

    value: Any
    text: str


class Place:
    """The states of a port, by number: of what it has in one of its attributes."""

    def __init__(self, port: Any, attribute: str) -> None:
        self._port = port
        self._attribute = attribute
        self._contents: list[Any] = []
        self._numbers: dict[str, int] = {}
        self._made: dict[tuple[int, str], tuple[int, Answer]] = {}

    def number(self, contents: dict[str, Any]) -> int:
        """Return the number of the state in which it has this."""
        text = repr(sorted(contents.items()))
        if text not in self._numbers:
            self._numbers[text] = len(self._contents)
            self._contents.append(dict(contents))
        return self._numbers[text]

    def put(self, state: int) -> Any:
        """Return the port, in a state; it is good until the next call."""
        setattr(self._port, self._attribute, copy.copy(self._contents[state]))
        return self._port

    def after(self, state: int, call: Call) -> tuple[int, Answer]:
        """Return the state that a call leads to, and its answer."""
        made = self._made.get((state, call.text))
        if made is None:
            port = self.put(state)
            value = getattr(port, call.method)(*call.arguments, **call.options)
            if hasattr(value, "__next__"):
                value = list(value)
            number = self.number(getattr(port, self._attribute))
            made = self._made[state, call.text] = number, Answer(value, repr(value))
        return made


class Port:
    """Hands every call of a method to *ask*."""

    def __init__(self, name: str, ask: Callable[[Call], Any]) -> None:
        self._name = name
        self._ask = ask

    def __getattr__(self, method: str) -> Any:
        return lambda *arguments, **options: self._ask(Call(self._name, method, arguments, options))


Ports = Callable[[str], Any]
"""Returns the port of a name."""


class _Asked(BaseException):
    """A program has come to a call that has not been answered yet."""

    def __init__(self, call: Call) -> None:
        self.call = call


@dataclass(eq=False)
class Program:
    """Code that does the same whenever it is told the same; *heard* is all it learns of an answer.

    *kind* and *message* are for whoever runs it.
    """

    kind: str
    run: Callable[[Ports], Any]
    heard: Callable[[Answer], str] = lambda answer: answer.text
    message: str = ""
    start: "Moment" = field(init=False)

    def __post_init__(self) -> None:
        self.start = Moment(self, ())

    def __lt__(self, other: "Program") -> bool:
        return (self.kind, self.message) < (other.kind, other.message)


class Moment:
    """Where a program stands: *call* is what it asks next, None once it has ended with *outcome*."""

    def __init__(self, program: Program, answers: tuple[Answer, ...]) -> None:
        self.program = program
        self.kind = program.kind
        self.answers = answers
        self.call: Call | None = None
        self.outcome: Any = None
        self._next: dict[str, Moment] = {}
        self._run()

    def told(self, answer: Answer) -> "Moment":
        """Return where it stands once its call has been answered."""
        text = self.program.heard(answer)
        if text not in self._next:
            self._next[text] = Moment(self.program, (*self.answers, answer))
        return self._next[text]

    def _run(self) -> None:
        left = iter(self.answers)

        def ask(call: Call) -> Any:
            answer = next(left, None)
            if answer is None:
                raise _Asked(call)
            return answer.value

        try:
            self.outcome = self.program.run(lambda name: Port(name, ask))
        except _Asked as asked:
            self.call = asked.call


State = TypeVar("State", bound=Hashable)
Choice = tuple[int, str]
"""Which actor of a state goes on, and whether to its next "step" or its "death"."""


class World(Protocol[State]):
    """What actors share, as states and what leads from one to the next."""

    def begin(self) -> State:
        """Return the first state."""

    def choices(self, state: State) -> Sequence[Choice]:
        """Return what may happen next; nothing once all is done."""

    def after(self, state: State, choice: Choice) -> State:
        """Return the state that a choice leads to."""

    def check(self, state: State) -> None:
        """Assert what must hold once nobody is left to go on."""

    def tell(self, state: State, choice: Choice) -> str:
        """Return what happens by a choice, in words."""


class Explored(NamedTuple):
    """How many different states there were, and how many in which nobody is left to go on."""

    states: int
    ends: int


def wander(world: World[State], seed: int, schedules: int) -> None:
    """Follow so many schedules, drawn at random; an AssertionError gets the one that led to it."""
    random = Random(seed)
    for _ in range(schedules):
        state, schedule = world.begin(), []
        try:
            while open_now := world.choices(state):
                choice = random.choice(open_now)
                schedule.append(world.tell(state, choice))
                state = world.after(state, choice)
            world.check(state)
        except AssertionError as error:
            error.add_note("\n".join(schedule))
            raise


def explore(world: World[State]) -> Explored:
    """Follow every schedule; an AssertionError gets the one that led to it as a note."""
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
            state = world.after(state, choice)
            if hash(state) in seen:
                continue
            seen.add(hash(state))
            open_now = world.choices(state)
            if open_now:
                path.append((state, iter(open_now)))
            else:
                world.check(state)
                ends += 1
    except AssertionError as error:
        error.add_note("\n".join(world.tell(*each) for each in taken))
        raise
    return Explored(len(seen), ends)
