"""The cache of a reader: limited in bytes, least recently used objects go first, no misses."""

import threading
from concurrent.futures import ThreadPoolExecutor

from origin_lambda.adapters.memory import MemoryBucket
from origin_lambda.derivatives.cached_reader import CachedReader
from origin_lambda.ports import Blob, ObjectMetadata

PLAIN = ObjectMetadata("image/jpeg", "", "", {})


class Counted(MemoryBucket):
    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        self.reads.append(key)
        return super().read(key, first=first, most=most)


def build_reader(max_bytes: int) -> tuple[Counted, CachedReader]:
    bucket = Counted()
    for key in "abc":
        bucket.write(key, key.encode() * 10, PLAIN)
    return bucket, CachedReader(bucket, max_bytes)


def test_an_object_is_read_once() -> None:
    bucket, reader = build_reader(100)

    bodies = [reader.read("a"), reader.read("a")]

    assert [blob.body for blob in bodies if blob] == [b"a" * 10] * 2
    assert bucket.reads == ["a"]


def test_the_least_recently_used_object_is_dropped() -> None:
    bucket, reader = build_reader(20)

    for key in "abacab":
        reader.read(key)

    assert bucket.reads == ["a", "b", "c", "b"]


def test_an_object_larger_than_the_cache_is_not_cached() -> None:
    bucket, reader = build_reader(9)

    assert reader.read("a") == reader.read("a") == bucket.objects["a"]
    assert bucket.reads == ["a", "a"]


def test_a_miss_is_not_cached() -> None:
    bucket, reader = build_reader(100)
    assert reader.read("d") is None

    bucket.write("d", b"d", PLAIN)

    blob = reader.read("d")
    assert blob is not None
    assert blob.body == b"d"


def test_a_part_is_not_cached() -> None:
    bucket, reader = build_reader(100)

    part, whole = reader.read("a", first=3), reader.read("a")

    assert part is not None
    assert whole is not None
    assert (part.body, len(whole.body)) == (b"aaa", 10)
    assert bucket.reads == ["a", "a"]


class Slow(Counted):
    """Reads once all who are to ask for the same have asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self.may_end = threading.Event()

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        self.asked.set()
        assert self.may_end.wait(10)
        return super().read(key, first=first, most=most)


def test_concurrent_reads_share_one_request() -> None:
    bucket = Slow()
    bucket.write("a", b"a", PLAIN)
    reader = CachedReader(bucket, 9)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(reader.read, "a")
        assert bucket.asked.wait(10)
        second = pool.submit(reader.read, "a")
        bucket.may_end.set()

        assert first.result() == second.result() == bucket.objects["a"]
    assert bucket.reads == ["a"]
