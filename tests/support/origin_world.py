"""An origin service with real codec and URL grammar, ports in memory, and broken ports."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from origin_lambda.adapters.memory import MemoryBucket, MemoryCatalog, MemoryQueue
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.derivatives.origin import Origin
from origin_lambda.derivatives.renderer import Renderer
from origin_lambda.derivatives.store import Store
from origin_lambda.errors import StoreFailed, Unavailable
from origin_lambda.http import Request, Response
from origin_lambda.image.probe import Limits
from origin_lambda.ports import Blob, ObjectMetadata, Source, Stat
from tests.support.originals import draw

FRESH = "public, max-age=86400, stale-while-revalidate=604800, stale-if-error=604800"
FOREVER = "public, max-age=31536000, immutable"
CHROME = {"accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
PHOTO = "cats/tom.jpg"


@dataclass
class World:
    """An origin service and its ports."""

    origin: Origin
    originals: MemoryBucket
    derivatives: MemoryBucket
    catalog: MemoryCatalog
    queue: MemoryQueue

    def put(self, key: str, body: bytes) -> None:
        self.originals.write(key, body, ObjectMetadata("application/octet-stream"))

    def ask(self, path: str, query: str = "", method: str = "GET", **options: Any) -> Response:
        return self.origin.answer(Request(method, path, query, **options))


def build_world(**changes: Any) -> World:
    originals, derivatives = MemoryBucket("originals"), MemoryBucket("derivatives")
    catalog, queue = MemoryCatalog(), MemoryQueue()
    parts: dict[str, Any] = {
        "originals": originals,
        "derivatives": derivatives,
        "catalog": catalog,
        "queue": queue,
        "limits": Limits(),
    } | changes
    store = Store(parts["derivatives"], parts.pop("catalog"), parts.pop("queue"))
    renderer = Renderer(
        parts["originals"],
        parts.pop("derivatives"),
        PillowCodec(),
        sanitise,
        parts.pop("limits"),
        PillowMeasurer(),
    )
    world = World(
        Origin(store=store, renderer=renderer, **parts), originals, derivatives, catalog, queue
    )
    world.put(PHOTO, draw("jpeg"))
    return world


def read_size(response: Response) -> tuple[int, int]:
    return Image.open(io.BytesIO(response.body)).size


def read_error(response: Response) -> dict[str, str]:
    facts: dict[str, str] = json.loads(response.body)["error"]
    return facts


@dataclass(slots=True)
class BrokenBucket(MemoryBucket):
    """A bucket whose *broken* operations fail, as S3's can."""

    failure: type[StoreFailed | Unavailable] = StoreFailed
    broken: frozenset[str] = frozenset({"stat", "read", "write", "copy_from", "link"})

    def _fail(self, operation: str) -> None:
        if operation in self.broken:
            message = "a service behind this one failed"
            raise self.failure(message, detail="secret detail")

    def stat(self, key: str) -> Stat | None:
        self._fail("stat")
        return MemoryBucket.stat(self, key)

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        self._fail("read")
        return MemoryBucket.read(self, key, first=first, most=most)

    def write(self, key: str, body: bytes, metadata: ObjectMetadata) -> None:
        self._fail("write")
        MemoryBucket.write(self, key, body, metadata)

    def copy_from(
        self, bucket: MemoryBucket, source: Source, key: str, metadata: ObjectMetadata
    ) -> None:
        self._fail("copy_from")
        MemoryBucket.copy_from(self, bucket, source, key, metadata)


@dataclass
class BrokenCatalog:
    """A catalog that cannot be reached."""

    asked: list[str] = field(default_factory=list)

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        self.asked.append(key)
        message = "a service behind this one cannot be reached"
        raise Unavailable(message)

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        return bool(self.find(key))


@dataclass
class BrokenQueue:
    """A queue that cannot be reached."""

    tried: int = 0

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        self.tried += 1
        text = "a service behind this one failed"
        raise StoreFailed(text)
