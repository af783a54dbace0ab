"""A world in which an original and its layer change while other actors run."""

from dataclasses import dataclass
from typing import Final

from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, ObjectMetadata, Stat
from tests.support.actors import (
    GARBAGE,
    KEY,
    NOTHING,
    PORT_STATES,
    changer,
    delivery,
    derivative_key,
    describe_answer,
    event,
    read_colours,
    renderer,
    requester,
    viewer,
)
from tests.support.exploration import State, find_record, run_alone
from tests.support.interleaving import Call, Moment
from tests.support.world import COLOUR_BY_VERSION, EMPTY, Changes

MARK: Final = "mark.png"
MARKED: Final = f"pad-right=1&mark={MARK}&mark-pad=0&mark-x=2&mark-y=0&fm=png"
"""A derivative that shows two originals."""
_OTHER: Final = Blob(b"", Stat("", 0), ObjectMetadata("image/png"))


@dataclass(frozen=True)
class LayeredChanges(Changes):
    """Changes to two originals that one derivative shows.

    A change is a colour of the layer, or `primary:` and a colour. *layer_listed* says whether the
    catalog has the layer at the beginning. *tracked* says whether the layer's record names its
    users: then the derivative is stored and cached. *other_keys* are other stored derivatives.
    """

    query: str = MARKED
    layer_listed: bool = True
    tracked: bool = True
    layer_first: str = "red"
    other_keys: tuple[str, ...] = ()

    def begin(self) -> State:
        objects = dict.fromkeys(self.other_keys, _OTHER)
        number = PORT_STATES["derivatives"].number(objects)
        state = State(**{**EMPTY, "derivatives": number}, actors=())
        for key in (KEY, MARK):
            state, _ = run_alone(
                state, changer(self.first if key == KEY else self.layer_first, key)
            )
            if key == KEY or self.layer_listed:
                state, is_done = run_alone(state, delivery(event(0, key)))
                assert is_done
        if self.tracked:
            state, _ = run_alone(state, renderer(self.query))
            (request,) = state.requests
            state, is_done = run_alone(state, delivery(request))
            assert is_done
            assert state.derivatives != number
        actors = (renderer(self.query, self.answers_first).start, viewer(self.query).start)
        state = state._replace(actors=actors, sweeps=frozenset(), requests=frozenset())
        return self._start_ready_actors(state._replace(dying=self.dying))

    def check(self, state: State) -> None:
        now = self._now(state)
        for key in (KEY, MARK):
            known = find_record(state.catalog, key)
            assert known is None or known.is_settled
        primary, layer = (
            find_record(state.catalog, key) or OriginalRecord(key) for key in (KEY, MARK)
        )
        version = Inputs(primary, (layer,)).source_version
        kept = PORT_STATES["derivatives"].load(state.derivatives).objects
        assert set(kept) - set(self.other_keys) <= {derivative_key(self.query)}
        assert set(kept) >= set(self.other_keys), "what does not use the layer was deleted"
        made = [blob for key, blob in kept.items() if key not in self.other_keys]
        assert {
            (read_colours(each.body), each.metadata.user_metadata["version"]) for each in made
        } <= {(now, version)}
        assert set(PORT_STATES["edge"].load(state.edge).cached.values()) <= {now}
        _, answer = run_alone(state, requester(self.query))
        assert describe_answer(answer) == now

    def _now(self, state: State) -> str:
        """Return what the derivative shows if it is made now."""
        colours = []
        for key in (KEY, MARK):
            blob = PORT_STATES["originals"].load(state.originals).read(key)
            colours.append(COLOUR_BY_VERSION[blob.stat.version if blob else ""])
        if NOTHING in colours:
            return NOTHING
        return GARBAGE if GARBAGE in colours else "+".join(colours)

    def _change(self, number: int) -> tuple[str, str]:
        whose, _, colour = self.changes[number].rpartition(":")
        return colour, KEY if whose else MARK

    def _is_uninvalidated(self, state: State, call: Call) -> bool:
        """Whether the edge gets a 404 of an input whose record does not name the derivative.

        The edge caches it for a minute, as it does if the catalog does not have the original.
        """
        layer = find_record(state.catalog, MARK)
        is_tracked = find_record(state.catalog) is not None and layer and layer.is_used_by(KEY)
        return NOTHING in call.arguments and not is_tracked

    def _check_renderers_answer(self, state: State, moment: Moment, later: Moment) -> None:
        """Skip the check: a derivative of two originals has no single sequence of colours."""
