"""What is kept in memory of what was read: so many bytes, the last used, and nothing missing."""

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

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        self.reads.append(key)
        return super().read(key, first=first)


def warmed(room: int) -> tuple[Counted, CachedReader]:
    bucket = Counted()
    for key in "abc":
        bucket.write(key, key.encode() * 10, PLAIN)
    return bucket, CachedReader(bucket, room)


def test_an_object_is_read_once() -> None:
    bucket, warm = warmed(100)

    bodies = [warm.read("a"), warm.read("a")]

    assert [blob.body for blob in bodies if blob] == [b"a" * 10] * 2
    assert bucket.reads == ["a"]


def test_what_was_used_longest_ago_makes_room() -> None:
    bucket, warm = warmed(20)

    for key in "abacab":
        warm.read(key)

    assert bucket.reads == ["a", "b", "c", "b"]


def test_what_is_larger_than_the_room_is_not_kept() -> None:
    bucket, warm = warmed(9)

    assert warm.read("a") == warm.read("a") == bucket.objects["a"]
    assert bucket.reads == ["a", "a"]


def test_what_is_missing_is_looked_for_again() -> None:
    bucket, warm = warmed(100)
    assert warm.read("d") is None

    bucket.write("d", b"d", PLAIN)

    blob = warm.read("d")
    assert blob is not None
    assert blob.body == b"d"


def test_a_part_is_neither_kept_nor_taken_for_the_whole() -> None:
    bucket, warm = warmed(100)

    part, whole = warm.read("a", first=3), warm.read("a")

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

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        self.asked.set()
        assert self.may_end.wait(10)
        return super().read(key, first=first)


def test_what_is_being_read_is_waited_for() -> None:
    bucket = Slow()
    bucket.write("a", b"a", PLAIN)
    warm = CachedReader(bucket, 9)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(warm.read, "a")
        assert bucket.asked.wait(10)
        second = pool.submit(warm.read, "a")
        bucket.may_end.set()

        assert first.result() == second.result() == bucket.objects["a"]
    assert bucket.reads == ["a"]
