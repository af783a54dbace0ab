"""Runs real code in every order: each call of a port is a step, and each step may be the last.

An actor is a function in a greenlet that stops before every call of a port. What a schedule leads
to is found by running it from the start; two schedules that lead to the same state (of the world,
and of what each actor has been told so far) are followed once.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from greenlet import GreenletExit, getcurrent, greenlet


class Ports:
    """A port whose every call is a step of the actor that makes it.

    *private* says of a method and its arguments whether the order of that call and those of
    others makes no difference to anybody: then others need not be tried first.
    """

    def __init__(
        self, port: Any, private: Callable[..., bool], told: Callable[[Any], Hashable]
    ) -> None:
        self._port = port
        self._private = private
        self._told = told

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **options: Any) -> Any:
            pause(private=self._private(name, *arguments))
            result = method(*arguments, **options)
            if hasattr(result, "__next__"):
                result = list(result)
            actor: Any = getcurrent()
            actor.heard.append(self._told(result))
            return result

        return call


def pause(*, private: bool = False) -> None:
    """Let others go on before what comes next."""
    actor = getcurrent()
    assert isinstance(actor, _Thread), "only an actor may use a stepped port"
    actor.is_private = private
    assert actor.parent is not None
    actor.parent.switch()


class _Thread(greenlet):
    """A greenlet that remembers what ports have answered."""

    def __init__(self, run: Callable[[], None]) -> None:
        super().__init__(run)
        self.heard: list[Hashable] = []
        self.is_private = True


@dataclass
class Actor:
    """Somebody at work; *mortal* if it may die before any of its steps, and then calls *died*."""

    name: str
    run: Callable[[], None]
    mortal: bool = True
    died: Callable[[], None] = lambda: None
    steps: int = 0
    thread: _Thread = field(init=False)

    def __post_init__(self) -> None:
        self.thread = _Thread(self.run)

    @property
    def is_done(self) -> bool:
        return self.thread.dead

    @property
    def state(self) -> Hashable:
        """All that its future may depend on beside the world."""
        return self.name, self.steps, tuple(self.thread.heard)


Choice = tuple[str, str]
"""Which actor goes on, and whether to its next "step" or its "death"."""


class World(Protocol):
    """What actors share."""

    deaths: int

    def actors(self) -> list[Actor]:
        """Return those who may go on now, each with a name of its own."""

    def state(self) -> Hashable:
        """Return all that the future may depend on, but for the actors."""

    def check(self) -> None:
        """Assert what must hold once nobody is left to go on."""

    def leave(self) -> None:
        """End everybody."""


def choices(world: World) -> list[Choice]:
    able = world.actors()
    able = next(([actor] for actor in able if actor.thread.is_private), able)
    steps = [(actor.name, "step") for actor in able]
    return steps + [
        (actor.name, "death") for actor in able if actor.mortal and world.deaths and actor.steps
    ]


def choose(world: World, choice: Choice) -> None:
    name, what = choice
    actor = next(actor for actor in world.actors() if actor.name == name)
    if what == "step":
        actor.steps += 1
        actor.thread.switch()
        return
    world.deaths -= 1
    actor.thread.throw(GreenletExit)
    actor.died()


def wander(begin: Callable[[], World], seed: int, schedules: int) -> None:
    """Run so many schedules, drawn at random; an AssertionError gets the one that led to it."""
    random = Random(seed)
    for _ in range(schedules):
        world, schedule = begin(), []
        try:
            while open_now := choices(world):
                schedule.append(random.choice(open_now))
                choose(world, schedule[-1])
            world.check()
        except AssertionError as error:
            error.add_note("\n".join(f"{name}: {what}" for name, what in schedule))
            raise
        finally:
            world.leave()


def explore(begin: Callable[[], World]) -> int:
    """Run every schedule of a world; return how many different ends there were.

    An AssertionError gets the schedule that led to it as a note.
    """
    seen: set[int] = set()
    ends = 0
    waiting: list[tuple[Choice, ...]] = [()]
    while waiting:
        schedule = waiting.pop()
        world = begin()
        for choice in schedule:
            choose(world, choice)
        try:
            while True:
                state = hash((world.state(), tuple(actor.state for actor in world.actors())))
                if state in seen:
                    break
                seen.add(state)
                open_now = choices(world)
                if not open_now:
                    world.check()
                    ends += 1
                    break
                waiting += [(*schedule, other) for other in open_now[1:]]
                choose(world, open_now[0])
                schedule = (*schedule, open_now[0])
        except AssertionError as error:
            error.add_note("\n".join(f"{name}: {what}" for name, what in schedule))
            raise
        finally:
            world.leave()
    return ends
