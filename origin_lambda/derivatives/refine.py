"""Encodes a stored derivative again, and replaces it if nothing has changed since it was read.

read the records -> read the stored derivative -> render from the original -> encode slowly
-> read the records again -> compare and swap -> read the records again, or else delete it

docs/consistency.md says why nothing stale can stay.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

from origin_lambda.best_effort import best_effort
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.responses import DerivativeRef
from origin_lambda.derivatives.store import Store, select_current
from origin_lambda.errors import CalotypeError, Failure
from origin_lambda.image.analysis.measure import Measurer
from origin_lambda.image.derive import Derivative
from origin_lambda.image.probe import Limits
from origin_lambda.image.raster import Codec
from origin_lambda.image.refining import REFINABLE, RefiningCodec
from origin_lambda.originals.catalog import find_record
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, Bucket, Catalog, IngestQueue, ReplaceableBucket
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.admission import is_bare_request
from origin_lambda.url.grammar import parse
from origin_lambda.url.inquiry import is_metadata_request
from origin_lambda.url.keys import CANVAS
from origin_lambda.url.layers import layer_params
from origin_lambda.url.values import Format

REFINED: Final = "refined"
"""The first word of the plan of a refined derivative, which `X-Calotype` shows."""


class Outcome(StrEnum):
    """What became of a derivative.

    REFINED: it was replaced by a smaller file. KEPT: no smaller file looks as good, or files like
    this cannot be refined. CHANGED: it, or an input, is missing or has changed: try again later.
    """

    REFINED = "refined"
    KEPT = "kept"
    CHANGED = "changed"


class Refinement(NamedTuple):
    """An outcome, and the bytes of the file before and after."""

    outcome: Outcome
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Refiner:
    """Makes stored derivatives smaller. Any number can run at once, and die at any time."""

    originals: Bucket
    derivatives: ReplaceableBucket
    catalog: Catalog
    queue: IngestQueue
    codec: Codec[Any]
    measurer: Measurer[Any]
    optimise: Callable[[bytes, Format], bytes]
    sanitise: Callable[[bytes], bytes]
    limits: Limits

    def refine(self, path: str, watch: Stopwatch) -> Refinement:
        """Refine the derivative with a canonical path.

        Raises:
            Failure: a port fails.
            OutOfTime: the deadline came first.

        """
        ref = ref_of(path)
        if ref is None:
            return Refinement(Outcome.KEPT)
        inputs = self._find_inputs(ref)
        stored = None
        if inputs is not None:
            stored = select_current(self.derivatives.read(ref.stored_as), inputs)
        if inputs is None or stored is None:
            return Refinement(Outcome.CHANGED)
        size = len(stored.body)
        if is_refined(stored) or stored.metadata.media_type not in REFINABLE:
            return Refinement(Outcome.KEPT, size, size)
        made = self._encode_again(ref, inputs, stored, watch)
        is_smaller = made is not None and len(made.body) < size
        if made and not (is_smaller and made.media_type == stored.metadata.media_type):
            return Refinement(Outcome.KEPT, size, size)
        if made and self._replace(ref, inputs, stored, made):
            return Refinement(Outcome.REFINED, size, len(made.body))
        return Refinement(Outcome.CHANGED)

    def _find_inputs(self, ref: DerivativeRef) -> Inputs | None:
        """Return the records of all inputs, read consistently; None if one is not ingested."""
        keys = (ref.key, *layer_params(ref.transform))
        found = [find_record(self.catalog, key, consistent=True) for key in keys]
        records = [each for each in found if each and each.version and each.analysis]
        if len(records) < len(keys):
            return None
        return Inputs(records[0], tuple(records[1:]))

    def _encode_again(
        self, ref: DerivativeRef, inputs: Inputs, stored: Blob, watch: Stopwatch
    ) -> Derivative | None:
        """Render from the original and encode slowly; None if an input is missing or changed."""
        original = self.originals.read(ref.key)
        if original is None:
            return None
        media_type = stored.metadata.media_type
        codec = RefiningCodec(
            self.codec,
            self.measurer,
            self.optimise,
            stored.body,
            media_type,
            watch,
            keeps_chroma=ref.transform.output.chroma is not None,
        )
        renderer = Renderer(
            self.originals, self.derivatives, codec, self.sanitise, self.limits, self.measurer
        )
        try:
            result = renderer.render(ref, inputs, watch, original)
        except Failure:
            raise
        except CalotypeError:  # of the request: the inputs have changed since it was stored
            return None
        is_same = result.inputs.source_version == inputs.source_version
        return result.derivative if is_same else None

    def _replace(self, ref: DerivativeRef, inputs: Inputs, stored: Blob, made: Derivative) -> bool:
        """Replace the stored derivative, unless it or an input has changed by then.

        Encoding takes longer than the time after which a sweep counts renderers as dead. So the
        records are read again just before, and what follows takes as long as a renderer's store.
        """
        if not self._are_current(inputs.all):
            return False
        notes = dict(stored.metadata.user_metadata) | {"brief": f"{REFINED}; {made.brief}"}
        metadata = replace(stored.metadata, user_metadata=notes)
        is_replaced = None  # after a failure, S3 may have written it
        with best_effort("store"):
            is_replaced = self.derivatives.replace(
                ref.stored_as, made.body, metadata, version=stored.stat.version
            )
        if is_replaced is False:
            return False
        store = Store(self.derivatives, self.catalog, self.queue)
        return store.delete_if_stale(ref, inputs, Stopwatch()) and bool(is_replaced)

    def _are_current(self, records: tuple[OriginalRecord, ...]) -> bool:
        """Whether the catalog has these versions of the inputs still; it must answer."""
        now = (find_record(self.catalog, each.key, consistent=True) for each in records)
        return all(
            found is not None and found.source_version == record.source_version
            for found, record in zip(now, records, strict=True)
        )


def is_refined(stored: Blob) -> bool:
    """Whether a stored derivative has been refined."""
    return stored.metadata.user_metadata.get("brief", "").startswith(REFINED)


def ref_of(path: str) -> DerivativeRef | None:
    """Return the derivative with a canonical path; None if files like it cannot be refined."""
    try:
        parsed = parse(path, "")
    except CalotypeError:
        return None
    ref = DerivativeRef(parsed.key, parsed.transform)
    return ref if ref.path == path and _can_be_refined(ref) else None


def _can_be_refined(ref: DerivativeRef) -> bool:
    """Whether a derivative is a rendered picture with a stored original."""
    is_rendered = not (is_bare_request(ref.transform) or is_metadata_request(ref.transform))
    return is_rendered and ref.key != CANVAS and ref.can_be_stored
