"""Finds the originals of a derivative: their records, and the bytes of one without a record."""

from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from origin_lambda.derivatives.renderer import missing_layer
from origin_lambda.derivatives.store import Store
from origin_lambda.errors import Archived
from origin_lambda.originals.canvas import CANVAS_RECORD
from origin_lambda.originals.inputs import Inputs
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, Bucket
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.grammar import OriginalKey
from origin_lambda.url.keys import CANVAS, KeyFilter
from origin_lambda.url.layers import layer_params, optional_layers
from origin_lambda.url.transform import Transform


class Found(NamedTuple):
    """The record of an original; *blob* is the original if it was read to learn its version."""

    record: OriginalRecord
    blob: Blob | None = None


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds originals in the catalog of the *store*, or else in the bucket.

    Those whose key does not match *original_keys* count as missing.
    """

    originals: Bucket
    store: Store
    original_keys: KeyFilter

    def find_listed(self, key: OriginalKey, watch: Stopwatch) -> OriginalRecord | None:
        """Return the catalog's record of an original."""
        if key == CANVAS:
            return CANVAS_RECORD
        return self.store.find_record(key, watch) if self.original_keys.matches(key) else None

    def find_unlisted(self, key: OriginalKey, watch: Stopwatch) -> OriginalRecord | None:
        """Return a new record of an original that the catalog lacks, from the bucket's stat."""
        if not self.original_keys.matches(key):
            return None
        with watch.stage("fetch"):
            stat = self.originals.stat(key)
        return OriginalRecord.unknown(key, stat) if stat else None

    def read_unlisted(self, key: OriginalKey, most: int, watch: Stopwatch) -> Found | None:
        """Read an original that the catalog lacks; return it with a new record.

        One that is archived, or has more than *most* bytes, only gets its record.
        """
        if not self.original_keys.matches(key):
            return None
        with suppress(Archived), watch.stage("fetch"):
            blob = self.originals.read(key, most=most)
            if blob is None:
                return None
            read = OriginalRecord.unknown(key, blob.stat)
            return Found(read, blob if blob.stat.size <= most else None)
        record = self.find_unlisted(key, watch)
        return Found(record) if record else None

    def find_inputs(
        self, transform: Transform, primary: OriginalRecord, watch: Stopwatch
    ) -> Inputs:
        """Return the inputs of a derivative: its *primary* original, and its layers.

        An optional layer can be missing. `track_layers` requests the ingest of layers where that is
        necessary.

        Raises:
            NoSuchOriginal: another layer is missing; the error names the parameter.

        """
        optional = optional_layers(transform)
        layers, lacks_layer = [], False
        for key, param in layer_params(transform).items():
            layer = primary if key == primary.key else self._find(key, watch)
            if layer:
                layers.append(layer)
            elif key in optional:
                lacks_layer = True
            else:
                raise missing_layer(param)
        return Inputs(primary, tuple(layers), lacks_layer=lacks_layer)

    def _find(self, key: OriginalKey, watch: Stopwatch) -> OriginalRecord | None:
        return self.find_listed(key, watch) or self.find_unlisted(key, watch)
