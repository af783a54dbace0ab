"""The record of the built-in original `~text`, which is in no bucket and no catalog."""

from typing import Final

from origin_lambda.originals.record import LastNotification, OriginalRecord, Status
from origin_lambda.url.keys import CANVAS

_VERSION: Final = "canvas-1"
_BYTES: Final = 1_000_000
"""More than a derivative needs: nothing is encoded twice to be smaller than this original."""

CANVAS_RECORD: Final = OriginalRecord(
    CANVAS,
    revision=1,
    version=_VERSION,
    bytes=_BYTES,
    status=Status.READY,
    last_notification=LastNotification(_VERSION, Status.READY),
    used_widely=True,
)
"""It never changes: no use of it has to be recorded."""
