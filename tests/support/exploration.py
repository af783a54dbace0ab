"""The states of a world in which an original changes, and the effect of a call."""

import functools
import json
from typing import Any, NamedTuple

from origin_lambda.originals.catalog import from_json
from origin_lambda.originals.messages import SWEEP
from origin_lambda.originals.record import OriginalRecord
from tests.support.actors import KEY, NO_ANSWER, PORT_STATES
from tests.support.interleaving import Answer, Call, Moment, Program


class State(NamedTuple):
    """The state of each port by number, running actors, undelivered messages, the version in the
    last alert, and the kinds of actor that can die.
    """

    originals: int
    derivatives: int
    catalog: int
    edge: int
    actors: tuple[Moment, ...]
    sweeps: frozenset[str] = frozenset()
    requests: frozenset[str] = frozenset()
    last_alert: str = ""
    again: tuple[str, ...] = ()
    changed: int = 0
    dying: tuple[str, ...] = ()


def apply_call(state: State, call: Call) -> tuple[State, Answer]:
    """Return the state after a call, and its answer."""
    if call.port == "work":
        return state, NO_ANSWER
    if call.port == "queue":
        message = json.dumps(call.arguments[0])
        if call.arguments[0]["event"] != SWEEP:
            return state._replace(requests=state.requests | {message}), NO_ANSWER
        return state._replace(sweeps=state.sweeps | {message}), NO_ANSWER
    if call.port == "alerts":
        if call.arguments[0]["key"] != KEY:
            return state, NO_ANSWER
        return state._replace(last_alert=call.arguments[0]["version"] or ""), NO_ANSWER
    number, answer = PORT_STATES[call.port].apply(getattr(state, call.port), call)
    changed: dict[str, Any] = {call.port: number}
    return state._replace(**changed), answer


def run_alone(state: State, program: Program) -> tuple[State, Any]:
    """Run a program alone; return the state after it, and its outcome."""
    moment = program.start
    while moment.call:
        state, answer = apply_call(state, moment.call)
        moment = moment.next_moment(answer)
    return state, moment.outcome


@functools.cache
def find_record(catalog: int, key: str = KEY) -> OriginalRecord | None:
    """Return the original record in a state of the catalog."""
    known = PORT_STATES["catalog"].load(catalog).find(key)
    return from_json(known) if known else None
