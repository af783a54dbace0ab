"""A folder of pictures as a bucket: what is uploaded, when, and what is not."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.laptop.folder import Folder
from origin_lambda.adapters.boto.clients import STANDARD
from origin_lambda.adapters.boto.s3 import S3Bucket
from tests.contract.aws import create_client


@dataclass
class FolderWorld:
    """A folder and its bucket, with the keys of uploads and of calls of the two callbacks."""

    root: Path
    bucket: S3Bucket
    uploads: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        s3 = self.bucket.client
        s3.meta.events.register(
            "provide-client-params.s3.PutObject",
            lambda params, **_: self.uploads.append(params["Key"]),
        )
        self.folder = Folder(
            self.root, s3, self.bucket.name, self.added.append, self.changed.append
        )

    def put(self, key: str, body: bytes) -> Path:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def put_long_ago(self, key: str, body: bytes) -> Path:
        path = self.put(key, body)
        os.utime(path, (1_000_000_000, 1_000_000_000))
        return path

    def get(self, key: str) -> bytes | None:
        self.folder.refresh(key)
        blob = self.bucket.read(key)
        return None if blob is None else blob.body


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FolderWorld]:
    root = tmp_path / "pictures"
    root.mkdir()
    with mock_aws():
        s3: Any = create_client("s3", STANDARD)
        s3.create_bucket(Bucket="originals")
        yield FolderWorld(root, S3Bucket(s3, "originals"))


@pytest.mark.parametrize("key", ["tom.jpg", "a/b/c d+e%.jpg", "caf\u00e9/\U0001f408.png", "empty"])
def test_a_file_is_uploaded_when_it_is_requested(world: FolderWorld, key: str) -> None:
    world.put(key, key.encode())
    assert world.bucket.stat(key) is None

    assert world.get(key) == key.encode()
    assert (world.uploads, world.added, world.changed) == ([key], [key], [])


def test_an_unchanged_file_is_uploaded_once(world: FolderWorld) -> None:
    world.put("tom.jpg", b"tom")

    for _ in range(3):
        assert world.get("tom.jpg") == b"tom"

    assert (world.uploads, world.changed) == (["tom.jpg"], [])


def test_a_file_of_another_size_is_uploaded_again(world: FolderWorld) -> None:
    path = world.put("tom.jpg", b"tom")
    world.get("tom.jpg")
    before = path.stat()
    world.put("tom.jpg", b"tomcat")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert world.get("tom.jpg") == b"tomcat"
    assert world.uploads == ["tom.jpg"] * 2
    assert world.changed == ["tom.jpg"]


def test_a_file_of_the_same_size_but_another_time_is_uploaded_again(world: FolderWorld) -> None:
    path = world.put("tom.jpg", b"tom")
    world.get("tom.jpg")
    world.put("tom.jpg", b"Tim")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))

    assert world.get("tom.jpg") == b"Tim"
    assert world.uploads == ["tom.jpg"] * 2
    assert world.changed == ["tom.jpg"]


def test_a_deleted_file_is_deleted_from_the_bucket(world: FolderWorld) -> None:
    path = world.put("tom.jpg", b"tom")
    world.get("tom.jpg")
    path.unlink()

    assert world.get("tom.jpg") is None
    assert world.get("tom.jpg") is None
    assert world.changed == ["tom.jpg"]


def test_a_restored_file_is_uploaded_again(world: FolderWorld) -> None:
    path = world.put("tom.jpg", b"tom")
    world.get("tom.jpg")
    path.unlink()
    world.get("tom.jpg")
    world.put("tom.jpg", b"tom again")

    assert world.get("tom.jpg") == b"tom again"
    assert (world.added, world.changed) == (["tom.jpg"], ["tom.jpg"] * 2)


@pytest.mark.parametrize(
    "key", ["missing.jpg", "cats", "cats/", "k" * 1000, "nul\0.jpg", "cats/tom.jpg/r=4,w=150"]
)
def test_a_key_without_a_file_is_a_miss(world: FolderWorld, key: str) -> None:
    world.put("cats/tom.jpg", b"tom")

    world.folder.refresh(key)

    assert world.bucket.client.list_objects_v2(Bucket="originals")["KeyCount"] == 0
    assert world.added == world.changed == []


@pytest.mark.parametrize("key", ["tom.jpg/", "cats//tom.jpg"])
def test_another_spelling_of_a_path_is_a_miss_as_in_a_bucket(world: FolderWorld, key: str) -> None:
    world.put("tom.jpg", b"tom")
    world.put("cats/tom.jpg", b"tom")

    assert world.get(key) is None


@pytest.mark.parametrize("key", ["../secret.jpg", "cats/../../secret.jpg", "link.jpg", "out/secret.jpg"])  # fmt: skip
def test_no_key_reads_a_file_outside_the_folder(world: FolderWorld, key: str) -> None:
    (world.root.parent / "secret.jpg").write_bytes(b"secret")
    world.put("cats/tom.jpg", b"tom")
    (world.root / "link.jpg").symlink_to("../secret.jpg")
    (world.root / "out").symlink_to("..")

    world.folder.refresh(key)

    assert world.bucket.client.list_objects_v2(Bucket="originals")["KeyCount"] == 0


def test_an_absolute_path_is_a_miss(world: FolderWorld) -> None:
    secret = world.root.parent / "secret.jpg"
    secret.write_bytes(b"secret")

    assert world.get(str(secret)) is None


@pytest.mark.parametrize("key", [".hidden.jpg", ".git/tom.jpg", "cats/.thumbs/tom.jpg"])
def test_hidden_files_are_not_served(world: FolderWorld, key: str) -> None:
    world.put(key, b"tom")

    assert world.folder.list_keys() == []
    assert world.get(key) is None


def test_files_are_listed_by_their_sorted_keys(world: FolderWorld) -> None:
    for key in ("b.jpg", "a/c d.jpg", "a.jpg", "caf\u00e9.jpg"):
        world.put(key, b"")
    (world.root / "nothing in here").mkdir()

    assert world.folder.list_keys() == ["a.jpg", "a/c d.jpg", "b.jpg", "caf\u00e9.jpg"]


def test_a_file_whose_name_is_not_utf8_is_not_listed(world: FolderWorld) -> None:
    world.put("b.jpg", b"good")
    Path(os.fsdecode(os.fsencode(world.root) + b"/a\xff.jpg")).write_bytes(b"bad")

    assert world.folder.list_keys() == ["b.jpg"]


def test_a_folder_can_have_a_relative_path(
    world: FolderWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("tom.jpg", b"tom")
    monkeypatch.chdir(world.root)
    folder = Folder(Path(), world.bucket.client, "originals")

    folder.refresh("tom.jpg")

    assert folder.list_keys() == ["tom.jpg"]
    assert world.uploads == ["tom.jpg"]


def test_requests_for_a_changed_file_wait_for_its_callback(world: FolderWorld) -> None:
    world.put_long_ago("tom.jpg", b"tom")
    world.put_long_ago("tim.jpg", b"tim")
    world.get("tom.jpg")
    is_handling, may_finish = threading.Event(), threading.Event()

    def handle(_key: str) -> None:
        is_handling.set()
        may_finish.wait(10)

    world.folder.on_changed = handle
    world.put("tom.jpg", b"another")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(world.folder.refresh, "tom.jpg")
        assert is_handling.wait(10)
        second = pool.submit(world.folder.refresh, "tom.jpg")
        other = pool.submit(world.folder.refresh, "tim.jpg")

        other.result(10)
        assert not first.done()
        assert not second.done()
        may_finish.set()


# Scanning a folder.


def test_a_scan_uploads_new_and_changed_files_and_deletes_removed_ones(
    world: FolderWorld,
) -> None:
    changed = world.put_long_ago("changed.jpg", b"first")
    removed = world.put_long_ago("cats/removed.jpg", b"first")
    world.put_long_ago(".hidden.jpg", b"hidden")
    world.folder.scan()
    first = sorted(world.uploads)
    world.uploads.clear()

    removed.unlink()
    changed.write_bytes(b"second")
    os.utime(changed, (1_000_000_001, 1_000_000_001))
    world.put_long_ago("new.jpg", b"new")
    for _ in range(3):
        world.folder.scan()

    assert first == ["cats/removed.jpg", "changed.jpg"]
    assert sorted(world.uploads) == ["changed.jpg", "new.jpg"]
    assert sorted(world.changed) == ["cats/removed.jpg", "changed.jpg"]
    assert list(world.bucket.keys("", deep=True)) == ["changed.jpg", "new.jpg"]


def test_a_scan_skips_a_file_that_was_just_written(world: FolderWorld) -> None:
    path = world.put("tom.jpg", b"half of t")
    world.folder.scan()
    before = list(world.uploads)

    os.utime(path, (1_000_000_000, 1_000_000_000))
    world.folder.scan()

    assert (before, world.uploads) == ([], ["tom.jpg"])


def test_a_scan_delays_new_files_while_ingest_is_busy(world: FolderWorld) -> None:
    world.put_long_ago("known.jpg", b"known")
    world.folder.scan()
    world.folder.is_busy = lambda: True

    world.put_long_ago("new.jpg", b"new")
    world.put_long_ago("known.jpg", b"another")
    world.folder.scan()

    assert world.uploads == ["known.jpg", "known.jpg"]


@pytest.mark.parametrize("limits", [{"eager_files": 2}, {"eager_bytes": 8}])
def test_in_a_large_folder_only_requested_files_are_checked(
    world: FolderWorld, limits: dict[str, int]
) -> None:
    for name in ("a", "b", "c"):
        world.put_long_ago(f"{name}.jpg", b"123")
    for name, limit in limits.items():
        setattr(world.folder, name, limit)
    world.get("b.jpg")
    world.get("c.jpg")

    world.put_long_ago("b.jpg", b"1234")
    (world.root / "c.jpg").unlink()
    world.put_long_ago("d.jpg", b"123")
    world.folder.scan()

    assert not world.folder.is_eager()
    assert world.uploads == ["b.jpg", "c.jpg", "b.jpg"]
    assert sorted(world.changed) == ["b.jpg", "c.jpg"]


@pytest.mark.parametrize("limits", [{"eager_files": 3}, {"eager_bytes": 9}])
def test_a_folder_at_the_limit_is_uploaded_without_requests(
    world: FolderWorld, limits: dict[str, int]
) -> None:
    for name in ("a", "b", "c"):
        world.put_long_ago(f"{name}.jpg", b"123")
    for name, limit in limits.items():
        setattr(world.folder, name, limit)

    world.folder.scan()

    assert world.folder.is_eager()
    assert len(world.uploads) == 3


def test_a_file_that_cannot_be_uploaded_is_reported_once_and_stops_no_other(
    world: FolderWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = Path(os.fsdecode(os.fsencode(world.root) + b"/a\xff.jpg"))
    bad.write_bytes(b"bad")
    os.utime(bad, (1_000_000_000, 1_000_000_000))
    world.put_long_ago("b.jpg", b"good")

    for _ in range(3):
        world.folder.scan()

    assert list(world.bucket.keys("", deep=True)) == ["b.jpg"]
    assert capsys.readouterr().out.count("cannot be an original") == 1
