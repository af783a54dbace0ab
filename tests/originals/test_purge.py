"""Purging a changed original: the order of the steps, and what stays."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda import log
from origin_lambda.adapters.memory import MemoryBucket, MemoryEdge, MemoryQueue
from origin_lambda.errors import StoreFailed, Unavailable
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.mips import RUNGS, Mip
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.purge import (
    DEFERRED_SECONDS,
    MAX_PATHS,
    SWEEP_SECONDS,
    Purge,
    merge_prefixes,
)
from origin_lambda.originals.record import Annotations, OriginalRecord
from origin_lambda.ports import Blob, ObjectMetadata, Stat
from origin_lambda.url.grammar import encode_key
from origin_lambda.url.keys import LONGEST_KEY
from tests.contract.aws import AWKWARD_KEYS

KEY: Final = "cats/tom.jpg"
NEW: Final = OriginalRecord(KEY).with_version(Stat("v2", 500), 1_000)
GONE: Final = OriginalRecord(KEY).with_version(None, 1_000).as_deleted()
MIP: Final = Mip(Size(2560, 1920), Kind.JPEG)


def no_layer(key: str) -> OriginalRecord | None:
    raise AssertionError(key)


@dataclass(slots=True)
class Shelf(MemoryBucket):
    """A bucket that writes down what is removed from it; *vanishing* are listed, and then gone."""

    diary: list[str] = field(default_factory=list)
    vanishing: set[str] = field(default_factory=set)

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        assert first == 1, "a label needs no more"
        return (
            None if key in self.vanishing else MemoryBucket.read(self, key, first=first, most=most)
        )

    def delete(self, keys: Iterable[str]) -> None:
        self.diary.append("delete")
        MemoryBucket.delete(self, keys)


@dataclass(slots=True)
class Post(MemoryQueue):
    """A queue that writes down what is sent."""

    diary: list[str] = field(default_factory=list)

    def send(self, message: Mapping[str, Any], *, delay: int = 0) -> None:
        self.diary.append(f"send {message['event']}")
        MemoryQueue.send(self, message, delay=delay)


@dataclass(slots=True)
class Caches(MemoryEdge):
    """An edge that records invalidations, and fails on request."""

    diary: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def invalidate(self, prefixes: Iterable[str]) -> None:
        self.diary.append("invalidate")
        if self.failure:
            raise self.failure
        MemoryEdge.invalidate(self, prefixes)


class World:
    """A purge and all around it, with one diary."""

    def __init__(self) -> None:
        self.diary: list[str] = []
        self.shelf = Shelf(diary=self.diary)
        self.queue = Post(diary=self.diary)
        self.edge = Caches(diary=self.diary)
        self.purge = Purge(self.shelf, self.queue, self.edge)

    def keep(self, *keys: str, version: str = "v1") -> None:
        for key in keys:
            self.shelf.write(
                key, b"", ObjectMetadata("image/jpeg", user_metadata={"version": version})
            )

    @property
    def kept(self) -> list[str]:
        return sorted(self.shelf.objects)


@pytest.fixture
def world() -> World:
    return World()


def sweep(key: str, *, invalidate: bool) -> tuple[dict[str, object], int]:
    return {"event": "sweep", "key": key, "invalidate": invalidate}, SWEEP_SECONDS


# The purge after a change.


def test_a_purge_schedules_the_sweep_then_deletes_then_invalidates(world: World) -> None:
    world.keep(f"{KEY}/r=4", f"{KEY}/r=4,w=9")

    world.purge.delete_all(NEW, first_seen=False)

    assert world.diary == ["send sweep", "delete", "invalidate"]
    assert world.kept == []
    assert world.edge.invalidated == ["/cats/tom.jpg"]
    assert world.queue.sent == [sweep(KEY, invalidate=True)]


def test_nothing_is_deleted_if_the_sweep_cannot_be_scheduled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Post, message: Mapping[str, Any], *, delay: int = 0) -> None:
        raise StoreFailed(str((message, delay)))

    monkeypatch.setattr(Post, "send", fail)
    world.keep(f"{KEY}/r=4")

    with pytest.raises(StoreFailed):
        world.purge.delete_all(NEW, first_seen=False)
    assert (world.kept, world.diary) == ([f"{KEY}/r=4"], [])


def test_derivatives_of_any_version_are_deleted(world: World) -> None:
    world.keep(f"{KEY}/r=4", version=NEW.source_version)

    world.purge.delete_all(NEW, first_seen=False)

    assert world.kept == []


def test_a_new_original_without_derivatives_causes_no_invalidation(world: World) -> None:
    world.purge.delete_all(NEW, first_seen=True)

    assert world.edge.invalidated == []
    assert "invalidate" not in world.diary
    assert world.queue.sent == [sweep(KEY, invalidate=False)]


def test_a_new_original_with_a_stored_derivative_causes_an_invalidation(world: World) -> None:
    world.keep(f"{KEY}/r=4")

    world.purge.delete_all(NEW, first_seen=True)

    assert (world.kept, world.edge.invalidated) == ([], ["/cats/tom.jpg"])
    assert world.queue.sent == [sweep(KEY, invalidate=True)]


def test_a_known_original_is_invalidated_even_without_stored_derivatives(world: World) -> None:
    world.purge.delete_all(NEW, first_seen=False)

    assert world.edge.invalidated == ["/cats/tom.jpg"]
    assert world.queue.sent == [sweep(KEY, invalidate=True)]


def test_derivatives_of_other_originals_stay(world: World) -> None:
    others = [
        "cats/tom.jpg",
        "cats/tom.jpg/back.jpg/r=4",
        "cats/tom.jpgs/r=4",
        "cats/tom.jp/r=4",
        "cats/r=4",
        "tom.jpg/r=4",
    ]
    world.keep(f"{KEY}/r=4", *others)

    world.purge.delete_all(NEW, first_seen=False)

    assert world.kept == sorted(others)


def mips_of(key: str, version: str) -> list[str]:
    return [mip_key(key, version, Mip(Size(9, side), Kind.JPEG)) for side in RUNGS]


def test_only_mips_of_other_versions_are_deleted(world: World) -> None:
    stay = [*mips_of(KEY, "v2"), *mips_of("cats/ada.jpg", "v1")]
    world.keep(*stay, *mips_of(KEY, "v1"), *mips_of(KEY, "v22"), *mips_of(KEY, "v"))

    world.purge.delete_all(NEW, first_seen=False)

    assert world.kept == sorted(stay)


def test_all_mips_of_a_deleted_original_are_deleted(world: World) -> None:
    others = mips_of("cats/ada.jpg", "v1")
    world.keep(*mips_of(KEY, "v1"), *mips_of(KEY, "v2"), *others)

    world.purge.delete_all(GONE, first_seen=False)

    assert world.kept == sorted(others)


def test_mips_of_different_originals_have_different_prefixes() -> None:
    prefixes = {mip_key(key, "v1", MIP).removesuffix("v1/2560") for key in AWKWARD_KEYS}

    assert len(prefixes) == len(AWKWARD_KEYS)
    assert len({len(prefix) for prefix in prefixes}) == 1
    assert all(prefix.startswith(".mips/") and prefix.count("/") == 2 for prefix in prefixes)


def test_a_mip_is_named_by_its_longest_side() -> None:
    portrait = Mip(Size(960, 1280), Kind.WEBP)

    assert mip_key(KEY, "v1", MIP).endswith("/v1/2560")
    assert mip_key(KEY, "v1", portrait).endswith("/v1/1280")


@pytest.mark.parametrize("key", AWKWARD_KEYS)
def test_an_original_of_any_key_can_be_purged(world: World, key: str) -> None:
    stored = f"{encode_key(key)}/r=4"
    derivatives = [stored] if len(stored) <= LONGEST_KEY else []  # S3 would not have kept it
    world.keep(*derivatives, *mips_of(key, "v1"), "other.jpg/r=4")

    world.purge.delete_all(dataclasses.replace(NEW, key=key), first_seen=False)

    assert world.kept == ["other.jpg/r=4"]
    assert world.edge.invalidated == [f"/{encode_key(key)}"]
    assert world.queue.sent == [sweep(key, invalidate=True)]


def test_without_an_edge_only_the_bucket_is_purged(world: World) -> None:
    world.keep(f"{KEY}/r=4")
    purge = Purge(world.shelf, world.queue, None)

    purge.delete_all(NEW, first_seen=False)
    purge.invalidate_original(KEY)

    assert world.kept == []
    assert world.diary == ["send sweep", "delete", "send sweep"]


# An invalidation without a deletion.


def test_a_cached_original_is_invalidated_now_and_at_the_sweep(world: World) -> None:
    world.keep(f"{KEY}/r=4")

    world.purge.invalidate_original(KEY)

    assert world.diary == ["send sweep", "invalidate"]
    assert world.edge.invalidated == ["/cats/tom.jpg"]
    assert world.queue.sent == [sweep(KEY, invalidate=True)]
    assert world.kept == [f"{KEY}/r=4"]


# The sweep.


def test_the_sweep_deletes_only_derivatives_of_other_source_versions(world: World) -> None:
    world.keep(f"{KEY}/w=1", version="v2")
    world.keep(f"{KEY}/w=2", version="v1")
    world.keep(f"{KEY}/w=3", version="v2.1")
    world.keep(f"{KEY}/w=4", version="")
    world.shelf.write(f"{KEY}/w=5", b"", ObjectMetadata("image/jpeg"))
    world.keep(f"{KEY}/back.jpg/r=4", version="v1")

    world.purge.delete_stale(NEW, no_layer, invalidate=False)

    assert world.kept == [f"{KEY}/back.jpg/r=4", f"{KEY}/w=1"]
    assert world.diary == ["send sweep", "delete", "invalidate"]
    assert world.edge.invalidated == ["/cats/tom.jpg"]


def test_the_sweep_deletes_derivatives_of_another_generation(world: World) -> None:
    world.keep(f"{KEY}/w=1", version="v2")
    world.keep(f"{KEY}/w=2", version="v2.1")

    world.purge.delete_stale(
        NEW.with_annotations(Annotations(alt="A cat")), no_layer, invalidate=False
    )

    assert world.kept == [f"{KEY}/w=2"]


def test_the_sweep_deletes_everything_of_a_deleted_original(world: World) -> None:
    world.keep(f"{KEY}/w=1", *mips_of(KEY, "v2"), version="v2")

    world.purge.delete_stale(GONE, no_layer, invalidate=False)

    assert (world.kept, world.edge.invalidated) == ([], ["/cats/tom.jpg"])


def test_the_sweep_deletes_old_mips_without_an_invalidation(world: World) -> None:
    world.keep(*mips_of(KEY, "v1"), *mips_of(KEY, "v2"))

    world.purge.delete_stale(NEW, no_layer, invalidate=False)

    assert world.kept == sorted(mips_of(KEY, "v2"))
    assert "invalidate" not in world.diary


@pytest.mark.parametrize("invalidate", [True, False])
def test_a_sweep_without_stale_derivatives_invalidates_only_on_request(
    world: World, invalidate: bool
) -> None:
    world.keep(f"{KEY}/w=1", version="v2")

    world.purge.delete_stale(NEW, no_layer, invalidate=invalidate)

    assert world.kept == [f"{KEY}/w=1"]
    assert world.edge.invalidated == ["/cats/tom.jpg"] * invalidate


def test_a_derivative_that_vanishes_during_the_sweep_causes_no_invalidation(world: World) -> None:
    world.keep(f"{KEY}/w=1")
    world.shelf.vanishing.add(f"{KEY}/w=1")

    world.purge.delete_stale(NEW, no_layer, invalidate=False)

    assert world.edge.invalidated == []


def test_a_sweep_that_failed_to_invalidate_is_completed_by_another_sweep(world: World) -> None:
    world.keep(f"{KEY}/w=1", version="v1")
    world.edge.failure = StoreFailed("denied")
    with pytest.raises(StoreFailed):
        world.purge.delete_stale(NEW, no_layer, invalidate=False)
    world.edge.failure = None

    # Delivered again, it finds nothing stale; the one that it has sent invalidates all the same.
    world.purge.delete_stale(NEW, no_layer, invalidate=False)
    assert world.edge.invalidated == []
    ((message, delay),) = world.queue.sent
    world.purge.delete_stale(NEW, no_layer, invalidate=message["invalidate"])

    assert (world.edge.invalidated, delay) == (["/cats/tom.jpg"], SWEEP_SECONDS)


def test_a_sweep_schedules_no_other_sweep(world: World) -> None:
    world.keep(f"{KEY}/w=1")

    world.purge.delete_stale(NEW, no_layer, invalidate=True)

    assert world.queue.sent == []


# An edge that is busy.


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


def test_an_invalidation_is_deferred_while_the_edge_is_busy(world: World, lines: list[str]) -> None:
    world.edge.failure = Unavailable("busy", detail="15 in progress")

    world.purge.invalidate(["/b/", "/a/", "/b/c/"])

    waiting = {"event": "invalidate", "prefixes": ["/a/", "/b/"]}
    assert world.queue.sent == [(waiting, DEFERRED_SECONDS)]
    (line,) = map(json.loads, lines)
    assert (line["InvalidationDeferred"], line["what"]) == (1, "edge")
    assert line["detail"] == "15 in progress"


def test_a_purge_continues_while_the_edge_is_busy(world: World, lines: list[str]) -> None:
    world.edge.failure = Unavailable("busy")
    world.keep(f"{KEY}/r=4")

    world.purge.delete_all(NEW, first_seen=False)

    assert world.diary == ["send sweep", "delete", "invalidate", "send invalidate"]
    assert (world.kept, len(lines)) == ([], 1)


def test_a_failing_edge_is_a_failure(world: World) -> None:
    world.edge.failure = StoreFailed("no such distribution")

    with pytest.raises(StoreFailed):
        world.purge.invalidate(["/a/"])
    assert world.queue.sent == []


def test_many_prefixes_cause_one_invalidation(world: World) -> None:
    world.purge.invalidate(f"/cats/{number}.jpg/" for number in range(MAX_PATHS + 1))

    assert world.diary == ["invalidate"]
    assert world.edge.invalidated == ["/cats/"]


# Merging prefixes.

folders = st.lists(st.sampled_from(["a", "b", "ab", "", "=20"]), min_size=1, max_size=4)
prefixes = st.lists(
    st.builds(lambda names, end: f"/{'/'.join(names)}{end}", folders, st.sampled_from(["", "/"])),
    max_size=8,
)
mosts = st.integers(1, 4)


def is_covered(prefix: str, by: Iterable[str]) -> bool:
    return prefix.startswith(tuple(by))


def outermost(prefixes: Iterable[str]) -> set[str]:
    """Return those that begin with no other."""
    return {
        prefix
        for prefix in prefixes
        if not any(prefix != other and prefix.startswith(other) for other in prefixes)
    }


@given(prefixes, mosts)
def test_every_prefix_is_covered_within_the_limit(asked: list[str], most: int) -> None:
    covers = merge_prefixes(asked, most)

    assert len(covers) <= most
    assert all(is_covered(prefix, covers) for prefix in asked)


@given(prefixes)
def test_prefixes_within_the_limit_are_not_merged(asked: list[str]) -> None:
    assert merge_prefixes(asked, 8) == sorted(outermost(asked))


@given(prefixes, mosts)
def test_a_folder_replaces_only_several_prefixes(asked: list[str], most: int) -> None:
    for cover in merge_prefixes(asked, most):
        inside = [prefix for prefix in outermost(asked) if prefix.startswith(cover)]
        assert inside == [cover] or (len(inside) > 1 and cover.endswith("/"))


@given(prefixes, mosts)
def test_no_merged_prefix_covers_another(asked: list[str], most: int) -> None:
    covers = merge_prefixes(asked, most)

    assert covers == sorted(outermost(covers))


@given(prefixes, mosts, st.randoms())
def test_neither_order_nor_repetition_matters(asked: list[str], most: int, random: Any) -> None:
    shuffled = [*asked, *asked]
    random.shuffle(shuffled)

    assert merge_prefixes(shuffled, most) == merge_prefixes(asked, most)


@given(prefixes, mosts)
def test_merging_prefixes_is_idempotent(asked: list[str], most: int) -> None:
    covers = merge_prefixes(asked, most)

    assert merge_prefixes(covers, most) == covers


@pytest.mark.parametrize(
    "asked, covers",
    [
        ([], []),
        (["/a/"], ["/a/"]),
        (["/a/", "/a/b/", "/a/"], ["/a/"]),
        (["/a/", "/ab/"], ["/a/", "/ab/"]),
        (["/x/1/", "/x/2/", "/x/3/", "/a/b/c/d/"], ["/a/b/c/d/", "/x/"]),
        (["/x/1/", "/x/2/", "/x/y/1/", "/x/y/2/"], ["/x/1/", "/x/2/", "/x/y/"]),
        (["/a/1/", "/a/2/", "/b/1/", "/b/2/", "/b/3/"], ["/a/1/", "/a/2/", "/b/"]),
        (["/a/1/", "/a/2/", "/b/1/", "/b/2/", "/c/1/", "/c/2/"], ["/a/", "/b/", "/c/"]),
        (["/a/", "/b/", "/c/", "/d/"], ["/"]),
        (["/a", "/ab", "/ac/b.jpg", "/b"], ["/a", "/b"]),
        (["/x/1", "/x/2", "/x.jpg", "/y.jpg"], ["/x.jpg", "/x/", "/y.jpg"]),
        (["//a/", "//b/", "//c/", "//d/"], ["//"]),
        (["/x/a/", "/x/ab/", "/x/abc/", "/x/abcd/"], ["/x/"]),
    ],
)
def test_the_innermost_folder_with_the_most_prefixes_is_merged_first(
    asked: list[str], covers: list[str]
) -> None:
    assert merge_prefixes(asked, 3) == covers
