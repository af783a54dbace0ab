"""What was popular of an original is stored again after a change, before anyone requests it."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest

from origin_lambda.adapters.memory import MemoryTraffic
from origin_lambda.errors import StoreFailed
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.originals.dispatch import Dispatcher
from origin_lambda.originals.ingest import WARM_SECONDS, Ingest
from origin_lambda.originals.record import Annotations
from origin_lambda.settings import read_warm_presets
from origin_lambda.traffic.popularity import Popularity
from origin_lambda.traffic.warm import MOST_WARMED, Warmer
from origin_lambda.url.admission import Policy, admit_uri
from tests.support.ingest_world import KEY, World, lines, list_swallowed_failures, raise_failure
from tests.support.originals import draw

__all__ = ["lines"]
NOTHING_FAILED: Final[dict[str, Any]] = {"batchItemFailures": []}
NEW: Final = draw("jpeg") + b"\n"
"""Other bytes of the same picture."""


def path_of(query: str, key: str = KEY) -> str:
    return admit_uri(f"/{key}", query, {}, Policy(), 0)


class BrokenTraffic(MemoryTraffic):
    """A table that cannot be read."""

    def entries(self, part: str, prefix: str = "") -> Iterator[tuple[str, Mapping[str, int]]]:
        del part, prefix
        message = "a service behind this one failed"
        raise StoreFailed(message)


class WarmWorld(World):
    """An ingest that requests derivatives, and the views that it knows of."""

    presets: tuple[str, ...] = ()
    table = MemoryTraffic()

    def view(self, *paths: str) -> None:
        """Count views: the first path has the most."""
        most = len(paths)
        Popularity(self.table, lambda: self.now).add(
            {path: 10 * (most - at) for at, path in enumerate(paths)}
        )

    def ingest_warm(self, body: bytes) -> list[Mapping[str, Any]]:
        """Put an original, and ingest it; return the messages that request derivatives."""
        self.put(body)
        return self.list_warm_requests(lambda ingest: ingest.ingest(KEY))

    def annotate_warm(self, annotations: Annotations) -> list[Mapping[str, Any]]:
        """Annotate the original; return the messages that request derivatives."""
        return self.list_warm_requests(lambda ingest: ingest.annotate(KEY, lambda _: annotations))

    def list_warm_requests(self, act: Callable[[Ingest], object]) -> list[Mapping[str, Any]]:
        self.queue.port.sent.clear()
        act(dataclasses.replace(self.ingest, warms=True))
        sent = self.queue.port.sent
        return [each for each, delay in sent if each["event"] == "warm" and delay == WARM_SECONDS]

    def deliver(self, *messages: Mapping[str, Any]) -> Mapping[str, Any]:
        popularity = Popularity(self.table, lambda: self.now)
        dispatcher = Dispatcher(
            self.ingest, "originals", Warmer(self.origin, self.presets, popularity).warm
        )
        return dispatcher.dispatch(
            {
                "Records": [
                    {"eventSource": "aws:sqs", "messageId": str(at), "body": json.dumps(each)}
                    for at, each in enumerate(messages)
                ]
            }
        )


@pytest.fixture
def warm() -> WarmWorld:
    world = WarmWorld()
    world.table = MemoryTraffic()
    return world


def test_what_was_popular_is_stored_after_a_replacement_and_a_repetition_does_nothing(
    warm: WarmWorld,
) -> None:
    warm.ingest_original(draw("jpeg"))
    popular, other = path_of("w=30&fm=webp"), path_of("w=30", f"{KEY}/inside.jpg")
    warm.view(popular, other, path_of("fm=json"), f"/{KEY}/w=031,r=1")

    requests = warm.ingest_warm(NEW)

    assert [each["version"] for each in requests] == [warm.record.version]
    assert warm.derivative_keys == []
    assert warm.deliver(*requests) == NOTHING_FAILED
    assert warm.derivative_keys == [popular[1:]]
    stored = warm.derivatives.port.objects[popular[1:]]
    assert stored.metadata.user_metadata["version"] == warm.record.source_version
    warm.derivatives.calls.clear()
    assert warm.deliver(*requests) == NOTHING_FAILED
    assert "write" not in warm.derivatives.calls
    assert warm.derivative_keys == [popular[1:]]


def test_presets_are_stored_of_a_new_original_and_the_most_popular_up_to_a_limit(
    warm: WarmWorld,
) -> None:
    policy = Policy(presets={"card": "w=12&h=8&fit=crop"}, size_ladder=(16, 32))
    warm.presets = read_warm_presets({"WARM_PRESETS": "card w=10&auto=format"}, policy)
    paths = [path_of(f"w={width}") for width in range(20, 20 + MOST_WARMED)]
    warm.view(*paths)

    warm.deliver(*warm.ingest_warm(draw("jpeg")))

    assert len(warm.derivative_keys) == MOST_WARMED
    assert path_of("w=12&h=8&fit=crop")[1:] in warm.derivative_keys
    assert any("fm=auto-avif" in key and "w=16" in key for key in warm.derivative_keys)
    assert {path[1:] for path in paths} - set(warm.derivative_keys) == {
        path[1:] for path in paths[-2:]
    }


def test_a_request_for_a_former_version_and_a_rejected_original_store_nothing(
    warm: WarmWorld,
) -> None:
    warm.view(path_of("w=30"))
    former = warm.ingest_warm(draw("jpeg"))
    warm.put(NEW)
    warm.ingest_original()

    assert warm.deliver(*former) == NOTHING_FAILED
    assert warm.derivative_keys == []
    assert warm.ingest_warm(b"no picture") == []


def test_a_failure_of_the_table_is_counted_and_not_repeated(
    warm: WarmWorld, lines: list[str]
) -> None:
    warm.table = BrokenTraffic()

    assert warm.deliver(*warm.ingest_warm(draw("jpeg"))) == NOTHING_FAILED
    assert list_swallowed_failures(lines) == ["warm"]


def test_annotations_request_what_their_purge_deleted(warm: WarmWorld) -> None:
    popular = path_of("w=30&h=30&fit=crop&crop=focalpoint&fm=png")
    warm.view(popular)
    warm.deliver(*warm.ingest_warm(draw("jpeg")))
    before = warm.derivatives.port.objects[popular[1:]]

    requests = warm.annotate_warm(Annotations(FocalPoint(0.9, 0.9)))

    assert warm.derivative_keys == []
    assert warm.deliver(*requests) == NOTHING_FAILED
    after = warm.derivatives.port.objects[popular[1:]]
    assert after.metadata.user_metadata["version"] == warm.record.source_version
    assert after.body != before.body


def test_annotations_stay_if_their_request_cannot_be_sent(
    warm: WarmWorld, lines: list[str]
) -> None:
    warm.ingest_original(draw("jpeg"))
    warm.queue.before_call = fail_to_send_warm

    assert warm.annotate_warm(Annotations(alt="A cat")) == []
    assert warm.record.annotations.alt == "A cat"
    assert list_swallowed_failures(lines) == ["warm"]


def fail_to_send_warm(_: str, message: Mapping[str, Any]) -> None:
    if message["event"] == "warm":
        raise_failure()


def test_an_ingest_without_views_and_presets_requests_nothing(warm: WarmWorld) -> None:
    warm.ingest_original(draw("jpeg"))

    assert all(each["event"] != "warm" for each, _ in warm.queue.port.sent)
