"""The world in which a layer changes, too, while other actors run."""

from dataclasses import dataclass
from typing import Final

from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, ObjectMetadata, Stat
from tests.support.actors import (
    GARBAGE,
    KEY,
    NOTHING,
    PLACES,
    asker,
    changer,
    delivery,
    event,
    meaning,
    renderer,
    shown,
    stored_as,
    viewer,
)
from tests.support.exploration import State, item, run_alone
from tests.support.interleaving import Call, Moment
from tests.support.world import EMPTY, SHOWN_BY, Changes

MARK: Final = "mark.png"
MARKED: Final = f"mark={MARK}&fm=png"
"""A derivative that shows two originals."""
_BESIDE: Final = Blob(b"", Stat("", 0), ObjectMetadata("image/png"))


@dataclass(frozen=True)
class LayeredChanges(Changes):
    """Two originals that are changed, of which one derivative is made.

    A change is a colour of the layer, or `primary:` and a colour. *layer_listed* says whether the
    catalog knows the layer before, *tracked* whether its record says who uses it: then a
    derivative is kept and cached. *beside* are the keys of other derivatives that are kept.
    """

    query: str = MARKED
    layer_listed: bool = True
    tracked: bool = True
    layer_first: str = "red"
    beside: tuple[str, ...] = ()

    def begin(self) -> State:
        objects = dict.fromkeys(self.beside, _BESIDE)
        number = PLACES["derivatives"].number(objects)
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
        actors = (renderer(self.query).start, viewer(self.query).start)
        state = state._replace(actors=actors, sweeps=frozenset(), requests=frozenset())
        return self._start_ready_actors(state._replace(dying=self.dying))

    def check(self, state: State) -> None:
        now = self._now(state)
        for key in (KEY, MARK):
            known = item(state.catalog, key)
            assert known is None or known.is_settled
        primary, layer = (item(state.catalog, key) or OriginalRecord(key) for key in (KEY, MARK))
        version = Inputs(primary, (layer,)).source_version
        kept = PLACES["derivatives"].put(state.derivatives).objects
        assert set(kept) - set(self.beside) <= {stored_as(self.query)}
        assert set(kept) >= set(self.beside), "what does not use the layer was deleted"
        made = [blob for key, blob in kept.items() if key not in self.beside]
        assert {(shown(each.body), each.metadata.user_metadata["version"]) for each in made} <= {
            (now, version)
        }
        assert set(PLACES["edge"].put(state.edge).cached.values()) <= {now}
        _, answer = run_alone(state, asker(self.query))
        assert meaning(answer) == now

    def _now(self, state: State) -> str:
        """Return what the derivative shows if it is made now."""
        colours = []
        for key in (KEY, MARK):
            blob = PLACES["originals"].put(state.originals).read(key)
            colours.append(SHOWN_BY[blob.stat.version if blob else ""])
        if NOTHING in colours:
            return NOTHING
        return GARBAGE if GARBAGE in colours else "+".join(colours)

    def _change(self, number: int) -> tuple[str, str]:
        whose, _, colour = self.changes[number].rpartition(":")
        return colour, KEY if whose else MARK

    def _is_uninvalidated(self, state: State, call: Call) -> bool:
        """Whether the edge gets a 404 of an input whose record does not lead to the derivative.

        It keeps that for a minute, as it does where the catalog lacks the original itself.
        """
        layer = item(state.catalog, MARK)
        is_tracked = item(state.catalog) is not None and layer and layer.is_used_by(KEY)
        return NOTHING in call.arguments and not is_tracked

    def _check_handed_over(self, state: State, moment: Moment, later: Moment) -> None:
        """Skip the check: a derivative of two originals has no single sequence of colours."""
