"""A world in which an original changes while other actors run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from origin_lambda.originals.catalog import from_json
from origin_lambda.originals.mip_keys import mip_key, mips_prefix
from origin_lambda.originals.record import OriginalRecord
from tests.support.actors import (
    EXPIRE,
    KEY,
    NO_ANSWER,
    NOTHING,
    PICTURES,
    PLAIN,
    PORT_STATES,
    RENUMBER,
    changer,
    compute_version,
    delivery,
    derivative_key,
    describe_answer,
    event,
    read_colours,
    refiner,
    renderer,
    requester,
    transit,
    viewer,
)
from tests.support.exploration import State, apply_call, find_record, run_alone
from tests.support.interleaving import Call, Choice, Moment, Program

EMPTY: Final[dict[str, Any]] = {name: place.number({}) for name, place in PORT_STATES.items()}
COLOUR_BY_VERSION: Final = {compute_version(body): colour for colour, body in PICTURES.items()} | {
    "": NOTHING
}
_MORTAL: Final = {
    "renderer": "renderer",
    "refiner": "refiner",
    "ingest": "ingest",
    "sweep": "ingest",
}
"""The kind of death of each kind of actor."""

_CALLS_OF_SLOW_REFINER: Final = 5
"""Calls of a refiner up to the second time that it reads the record: it can take longer for these
than a sweep waits.
"""


@dataclass(frozen=True)
class Changes:
    """Changes to an original while a renderer, a viewer at an edge and ingest run.

    *listed* says whether the catalog has the original at the beginning, *kept* whether a derivative
    is stored and cached. A change comes after the one before was ingested, unless they are
    *overlapping*. The renderer *answers_first* and stores then. *dying* are the kinds of actors that can die before any of their steps; each
    entry allows one death. With *refines*, a refiner runs, too.
    """

    changes: tuple[str, ...]
    query: str = PLAIN
    first: str = "red"
    listed: bool = True
    kept: bool = False
    overlapping: bool = False
    dying: tuple[str, ...] = ()
    answers_first: bool = True
    refines: bool = False

    def begin(self) -> State:
        empty = State(**EMPTY, actors=())
        state, _ = run_alone(empty, changer(self.first))
        if self.listed:
            state, is_done = run_alone(state, delivery(event(0)))
            assert is_done
        if self.kept:
            state, _ = run_alone(state, renderer(self.query))
            assert state.derivatives != EMPTY["derivatives"]
        actors = [renderer(self.query, self.answers_first).start, viewer(self.query).start]
        if self.refines:
            actors.append(refiner(self.query).start)
        state = state._replace(
            actors=_sorted(tuple(actors)), sweeps=frozenset(), requests=frozenset()
        )
        return self._start_ready_actors(state._replace(dying=self.dying))

    def choices(self, state: State) -> Sequence[Choice]:
        ready = self._list_ready_actors(state)
        deaths = [at for at in ready if self._can_die(state, state.actors[at])]
        return [(at, "step") for at in ready] + [(at, "death") for at in deaths]

    def apply(self, state: State, choice: Choice) -> State:
        at, what = choice
        moment = state.actors[at]
        others = (*state.actors[:at], *state.actors[at + 1 :])
        if what == "death":
            dying = list(state.dying)
            dying.remove(_MORTAL[moment.kind])
            return self._start_ready_actors(
                _redeliver(state._replace(actors=others, dying=tuple(dying)), moment)
            )
        assert moment.call
        state, answer = apply_call(state, moment.call)
        later = moment.next_moment(answer)
        if later.call:
            self._check_renderers_answer(state, moment, later)
            if moment.kind == "renderer" and later.call.port == "edge":
                sent = self._send_answer(state, later)
                others, later = (*others, *sent), later.next_moment(NO_ANSWER)
        if later.call:
            return self._start_ready_actors(state._replace(actors=_sorted((*others, later))))
        state = state._replace(actors=_sorted(others))
        if moment.kind == "change":
            _, key = self._change(state.changed)
            state = state._replace(changed=state.changed + 1)
            state = start(state, delivery(event(state.changed, key)))
        elif later.outcome is False:
            state = _redeliver(state, moment)
        return self._start_ready_actors(state)

    def check(self, state: State) -> None:
        blob = PORT_STATES["originals"].load(state.originals).read(KEY)
        now = COLOUR_BY_VERSION[blob.stat.version if blob else ""]
        known = find_record(state.catalog)
        assert known
        assert known.is_settled
        assert COLOUR_BY_VERSION[known.version] == now
        if state.dying.count("ingest") == self.dying.count("ingest"):
            assert COLOUR_BY_VERSION[state.last_alert] == now, (
                "the last alert names another version"
            )
        stored = PORT_STATES["derivatives"].load(state.derivatives).objects
        mips = {key for key in stored if key.startswith(mips_prefix(KEY))}
        # One can be missing if the original was put back; the next render requests it again.
        assert mips <= {mip_key(KEY, known.version, mip) for mip in known.mips}
        kept = {key: stored[key] for key in set(stored) - mips}
        assert set(kept) <= {derivative_key(self.query)}
        assert {
            (read_colours(each.body), each.metadata.user_metadata["version"])
            for each in kept.values()
        } <= {(now, known.source_version)}
        assert set(PORT_STATES["edge"].load(state.edge).cached.values()) <= {now}
        _, answer = run_alone(state, requester(self.query))
        assert describe_answer(answer) == now

    def describe(self, state: State, choice: Choice) -> str:
        moment = state.actors[choice[0]]
        assert moment.call
        if choice[1] == "death":
            return f"{moment.kind}: dies"
        return f"{moment.kind}: {moment.call.port}.{moment.call.method}"

    def _check_renderers_answer(self, state: State, moment: Moment, later: Moment) -> None:
        """Assert that a renderer does not give the edge an older version than it read of ingest.

        It read the record at its beginning; one that stores first reads it again before it answers.
        A stored derivative is not checked: the edge could read it from the bucket.
        """
        assert moment.call
        assert later.call
        if moment.kind != "renderer" or moment.call.port == "derivatives":
            return
        is_rechecked = moment.call.port == "catalog" and bool(moment.answers)
        known = find_record(state.catalog) if is_rechecked else _read_record(later)
        if later.call.port != "edge" or known is None:
            return
        what = later.call.arguments[1]
        story = (self.first, *self.changes)
        latest = max(at for at, each in enumerate(story) if each == what)
        assert latest >= story.index(COLOUR_BY_VERSION[known.version]), (
            "the renderer's answer is too old"
        )

    def _send_answer(self, state: State, moment: Moment) -> tuple[Moment, ...]:
        """Return the answer on its way to the edge, of a renderer that gives it.

        That is no step of its own: a death before it has the same effect as one step earlier.
        """
        assert moment.call
        if self._is_uninvalidated(state, moment.call) or _found_no_original(moment):
            return ()
        return (transit(*moment.call.arguments).start,)

    def _change(self, number: int) -> tuple[str, str]:
        """Return the new colour and the key of a change."""
        return self.changes[number], KEY

    def _is_uninvalidated(self, state: State, call: Call) -> bool:
        """Whether the edge gets a 404 of an original that the catalog never had.

        The edge caches it for a minute, because no invalidation follows.
        """
        return NOTHING in call.arguments and find_record(state.catalog) is None

    def _list_ready_actors(self, state: State) -> list[int]:
        """Return the actors that can continue; a viewer waits while the bucket is empty.

        Only calls of the edge can be affected by what it caches. So what reaches the edge arrives
        just before another call of it, or when nothing else is left: all other orders are equal.
        """
        is_empty = state.derivatives == EMPTY["derivatives"]
        ready = [
            at
            for at, moment in enumerate(state.actors)
            if moment.kind != "viewer" or moment.answers or not is_empty
        ]
        others = [at for at in ready if not _is_arriving(state.actors[at])]
        calls = [state.actors[at].call for at in others]
        if any(call and call.port == "edge" for call in calls):
            return ready
        # What is on its way arrives before a sweep, but a slow refiner can wait for longer.
        is_quick = any(not _can_outlive_sweep(state.actors[at]) for at in others)
        return others if is_quick else ready

    def _can_die(self, state: State, moment: Moment) -> bool:
        return bool(moment.answers) and _MORTAL.get(moment.kind) in state.dying

    def _start_ready_actors(self, state: State) -> State:
        """Return the state after every actor that can start has started."""
        while True:
            kinds = {moment.kind for moment in state.actors}
            ingesting = "ingest" in kinds
            if not kinds & {"ingest", "sweep"}:
                state, _ = apply_call(state, RENUMBER)
            is_next = self.overlapping or not (ingesting or state.again)
            if state.changed < len(self.changes) and "change" not in kinds and is_next:
                state = start(state, changer(*self._change(state.changed)))
            elif state.again and not ingesting:
                message, *rest = state.again
                state, _ = apply_call(state._replace(again=tuple(rest)), EXPIRE)
                state = start(state, delivery(message))
            elif state.requests and not ingesting:
                message = min(state.requests)
                state = state._replace(requests=state.requests - {message})
                state = start(state, delivery(message))
            elif state.sweeps and all(
                _can_outlive_sweep(state.actors[at]) for at in self._list_ready_actors(state)
            ):
                message = min(state.sweeps)
                state = start(state._replace(sweeps=state.sweeps - {message}), delivery(message))
            else:
                return state


def _can_outlive_sweep(moment: Moment) -> bool:
    """Whether an actor can still be at this moment when a sweep comes: only a slow refiner can."""
    return moment.kind == "refiner" and len(moment.answers) < _CALLS_OF_SLOW_REFINER


def _is_arriving(moment: Moment) -> bool:
    """Whether the next step of an actor only puts an answer into the edge's cache."""
    assert moment.call
    return moment.kind in {"transit", "viewer"} and moment.call.port == "edge"


def _read_record(moment: Moment) -> OriginalRecord | None:
    """Return the record that a renderer read first, after the stored derivative."""
    item = moment.answers[1].value
    return from_json(item) if item else None


def _sorted(actors: Iterable[Moment]) -> tuple[Moment, ...]:
    return tuple(sorted(actors, key=lambda moment: (moment.kind, id(moment))))


def start(state: State, program: Program) -> State:
    return state._replace(actors=_sorted((*state.actors, program.start)))


def _found_no_original(moment: Moment) -> bool:
    """Whether a renderer answers 404 because neither the catalog nor the bucket had the original.

    The edge caches it for a minute, and no invalidation follows, even if ingest finds the original
    before the edge has the answer (docs/consistency.md, "Why it holds").
    """
    assert moment.call
    if moment.kind != "renderer" or NOTHING not in moment.call.arguments:
        return False
    return moment.answers[1].value is None


def _redeliver(state: State, moment: Moment) -> State:
    """Return the state in which a message waits to be delivered again; a renderer has none."""
    message = moment.program.message
    return state._replace(again=tuple(sorted({*state.again, message}))) if message else state
