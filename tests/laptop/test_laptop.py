"""What a laptop needs beside the topology: a folder as a bucket, demo originals, the pages."""

import asyncio
import io
import os
import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from moto import mock_aws
from PIL import Image

from edge.local.event import ViewerRequest
from infra import demo
from infra.demo import DEMO, copy_demo, list_missing
from infra.docs import reference
from infra.laptop import topology
from infra.laptop.cloud import create_resources
from infra.laptop.folder import Folder
from infra.laptop.gallery import Entry, GalleryContent, looks_like_picture, render_gallery
from infra.laptop.invocation import Invoker
from infra.laptop.links import make_link_builder
from infra.laptop.request_logger import format_request
from infra.terminal import print_line, shorten
from origin_lambda.adapters.boto.clients import STANDARD
from origin_lambda.adapters.boto.s3 import S3Bucket
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.measure import Description
from origin_lambda.image.derive import derive
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Size
from origin_lambda.image.probe import Facts, Limits, check
from origin_lambda.originals.record import Annotations, OriginalRecord, Reason
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import parse
from origin_lambda.url.signature import verify
from origin_lambda.url.transform import TABLE, Param, Row
from tests.contract.aws import create_client

# A folder of originals.


@dataclass
class Shelf:
    """A folder, the bucket it fills, what was put there, and what somebody was told about."""

    root: Path
    bucket: S3Bucket
    puts: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        s3 = self.bucket.client
        s3.meta.events.register(
            "provide-client-params.s3.PutObject",
            lambda params, **_: self.puts.append(params["Key"]),
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
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    root = tmp_path / "pictures"
    root.mkdir()
    with mock_aws():
        s3: Any = create_client("s3", STANDARD)
        s3.create_bucket(Bucket="originals")
        yield Shelf(root, S3Bucket(s3, "originals"))


@pytest.mark.parametrize("key", ["tom.jpg", "a/b/c d+e%.jpg", "caf\u00e9/\U0001f408.png", "empty"])
def test_a_file_is_in_the_bucket_once_it_is_asked_for(shelf: Shelf, key: str) -> None:
    shelf.put(key, key.encode())
    assert shelf.bucket.stat(key) is None

    assert shelf.get(key) == key.encode()
    assert (shelf.puts, shelf.added, shelf.changed) == ([key], [key], [])


def test_a_file_that_stays_the_same_is_put_once(shelf: Shelf) -> None:
    shelf.put("tom.jpg", b"tom")

    for _ in range(3):
        assert shelf.get("tom.jpg") == b"tom"

    assert (shelf.puts, shelf.changed) == (["tom.jpg"], [])


def test_a_file_that_grew_is_put_again(shelf: Shelf) -> None:
    path = shelf.put("tom.jpg", b"tom")
    shelf.get("tom.jpg")
    before = path.stat()
    shelf.put("tom.jpg", b"tomcat")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert shelf.get("tom.jpg") == b"tomcat"
    assert shelf.puts == ["tom.jpg"] * 2
    assert shelf.changed == ["tom.jpg"]


def test_a_file_of_the_same_size_but_another_time_is_put_again(shelf: Shelf) -> None:
    path = shelf.put("tom.jpg", b"tom")
    shelf.get("tom.jpg")
    shelf.put("tom.jpg", b"Tim")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))

    assert shelf.get("tom.jpg") == b"Tim"
    assert shelf.puts == ["tom.jpg"] * 2
    assert shelf.changed == ["tom.jpg"]


def test_a_file_that_is_gone_is_gone_from_the_bucket(shelf: Shelf) -> None:
    path = shelf.put("tom.jpg", b"tom")
    shelf.get("tom.jpg")
    path.unlink()

    assert shelf.get("tom.jpg") is None
    assert shelf.get("tom.jpg") is None
    assert shelf.changed == ["tom.jpg"]


def test_a_file_that_came_back_is_back(shelf: Shelf) -> None:
    path = shelf.put("tom.jpg", b"tom")
    shelf.get("tom.jpg")
    path.unlink()
    shelf.get("tom.jpg")
    shelf.put("tom.jpg", b"tom again")

    assert shelf.get("tom.jpg") == b"tom again"
    assert (shelf.added, shelf.changed) == (["tom.jpg"], ["tom.jpg"] * 2)


@pytest.mark.parametrize(
    "key", ["nobody.jpg", "cats", "cats/", "k" * 1000, "nul\0.jpg", "cats/tom.jpg/r=3,w=150"]
)
def test_what_is_no_file_is_a_miss(shelf: Shelf, key: str) -> None:
    shelf.put("cats/tom.jpg", b"tom")

    shelf.folder.refresh(key)

    assert shelf.bucket.client.list_objects_v2(Bucket="originals")["KeyCount"] == 0
    assert shelf.added == shelf.changed == []


@pytest.mark.parametrize("key", ["tom.jpg/", "cats//tom.jpg"])
def test_another_spelling_of_a_files_name_is_a_miss_as_in_a_bucket(shelf: Shelf, key: str) -> None:
    shelf.put("tom.jpg", b"tom")
    shelf.put("cats/tom.jpg", b"tom")

    assert shelf.get(key) is None


@pytest.mark.parametrize("key", ["../secret.jpg", "cats/../../secret.jpg", "link.jpg", "out/secret.jpg"])  # fmt: skip
def test_no_key_leads_out_of_the_folder(shelf: Shelf, key: str) -> None:
    (shelf.root.parent / "secret.jpg").write_bytes(b"secret")
    shelf.put("cats/tom.jpg", b"tom")
    (shelf.root / "link.jpg").symlink_to("../secret.jpg")
    (shelf.root / "out").symlink_to("..")

    shelf.folder.refresh(key)

    assert shelf.bucket.client.list_objects_v2(Bucket="originals")["KeyCount"] == 0


def test_an_absolute_path_is_no_key(shelf: Shelf) -> None:
    secret = shelf.root.parent / "secret.jpg"
    secret.write_bytes(b"secret")

    assert shelf.get(str(secret)) is None


@pytest.mark.parametrize("key", [".hidden.jpg", ".git/tom.jpg", "cats/.thumbs/tom.jpg"])
def test_hidden_files_are_nobodys(shelf: Shelf, key: str) -> None:
    shelf.put(key, b"tom")

    assert shelf.folder.list_keys() == []
    assert shelf.get(key) is None


def test_files_are_listed_by_their_sorted_keys(shelf: Shelf) -> None:
    for key in ("b.jpg", "a/c d.jpg", "a.jpg", "caf\u00e9.jpg"):
        shelf.put(key, b"")
    (shelf.root / "nothing in here").mkdir()

    assert shelf.folder.list_keys() == ["a.jpg", "a/c d.jpg", "b.jpg", "caf\u00e9.jpg"]


def test_a_relative_folder_is_as_good_as_any(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.put("tom.jpg", b"tom")
    monkeypatch.chdir(shelf.root)
    folder = Folder(Path(), shelf.bucket.client, "originals")

    folder.refresh("tom.jpg")

    assert folder.list_keys() == ["tom.jpg"]
    assert shelf.puts == ["tom.jpg"]


def test_who_asks_for_a_changed_file_waits_until_that_is_dealt_with(shelf: Shelf) -> None:
    shelf.put_long_ago("tom.jpg", b"tom")
    shelf.put_long_ago("tim.jpg", b"tim")
    shelf.get("tom.jpg")
    dealing, dealt = threading.Event(), threading.Event()

    def deal(_key: str) -> None:
        dealing.set()
        dealt.wait(10)

    shelf.folder.on_changed = deal
    shelf.put("tom.jpg", b"another")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(shelf.folder.refresh, "tom.jpg")
        assert dealing.wait(10)
        second = pool.submit(shelf.folder.refresh, "tom.jpg")
        other = pool.submit(shelf.folder.refresh, "tim.jpg")

        other.result(10)
        assert not first.done()
        assert not second.done()
        dealt.set()


# Looking through a folder.


def test_a_walk_puts_what_is_new_and_what_has_changed_and_deletes_what_is_gone(
    shelf: Shelf,
) -> None:
    stays = shelf.put_long_ago("stays.jpg", b"stays")
    goes = shelf.put_long_ago("cats/goes.jpg", b"goes")
    shelf.put_long_ago(".hidden.jpg", b"hidden")
    shelf.folder.scan()
    first = sorted(shelf.puts)
    shelf.puts.clear()

    goes.unlink()
    stays.write_bytes(b"is another")
    os.utime(stays, (1_000_000_001, 1_000_000_001))
    shelf.put_long_ago("comes.jpg", b"comes")
    for _ in range(3):
        shelf.folder.scan()

    assert first == ["cats/goes.jpg", "stays.jpg"]
    assert sorted(shelf.puts) == ["comes.jpg", "stays.jpg"]
    assert sorted(shelf.changed) == ["cats/goes.jpg", "stays.jpg"]
    assert list(shelf.bucket.keys("", deep=True)) == ["comes.jpg", "stays.jpg"]


def test_a_walk_leaves_alone_what_may_still_be_written_to(shelf: Shelf) -> None:
    path = shelf.put("tom.jpg", b"half of t")
    shelf.folder.scan()
    before = list(shelf.puts)

    os.utime(path, (1_000_000_000, 1_000_000_000))
    shelf.folder.scan()

    assert (before, shelf.puts) == ([], ["tom.jpg"])


def test_a_walk_keeps_new_files_back_while_there_is_much_to_do(shelf: Shelf) -> None:
    shelf.put_long_ago("known.jpg", b"known")
    shelf.folder.scan()
    shelf.folder.is_busy = lambda: True

    shelf.put_long_ago("new.jpg", b"new")
    shelf.put_long_ago("known.jpg", b"another")
    shelf.folder.scan()

    assert shelf.puts == ["known.jpg", "known.jpg"]


@pytest.mark.parametrize("limits", [{"eager_files": 2}, {"eager_bytes": 8}])
def test_of_a_large_folder_only_what_was_asked_for_is_looked_at(
    shelf: Shelf, limits: dict[str, int]
) -> None:
    for name in ("a", "b", "c"):
        shelf.put_long_ago(f"{name}.jpg", b"123")
    for name, most in limits.items():
        setattr(shelf.folder, name, most)
    shelf.get("b.jpg")
    shelf.get("c.jpg")

    shelf.put_long_ago("b.jpg", b"1234")
    (shelf.root / "c.jpg").unlink()
    shelf.put_long_ago("d.jpg", b"123")
    shelf.folder.scan()

    assert not shelf.folder.is_eager()
    assert shelf.puts == ["b.jpg", "c.jpg", "b.jpg"]
    assert sorted(shelf.changed) == ["b.jpg", "c.jpg"]


@pytest.mark.parametrize("limits", [{"eager_files": 3}, {"eager_bytes": 9}])
def test_a_folder_at_the_limit_is_put_unasked(shelf: Shelf, limits: dict[str, int]) -> None:
    for name in ("a", "b", "c"):
        shelf.put_long_ago(f"{name}.jpg", b"123")
    for name, most in limits.items():
        setattr(shelf.folder, name, most)

    shelf.folder.scan()

    assert shelf.folder.is_eager()
    assert len(shelf.puts) == 3


def test_one_file_that_cannot_be_put_is_told_of_once_and_stops_no_other(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = Path(os.fsdecode(os.fsencode(shelf.root) + b"/a\xff.jpg"))
    bad.write_bytes(b"bad")
    os.utime(bad, (1_000_000_000, 1_000_000_000))
    shelf.put_long_ago("b.jpg", b"good")

    for _ in range(3):
        shelf.folder.scan()

    assert list(shelf.bucket.keys("", deep=True)) == ["b.jpg"]
    assert capsys.readouterr().out.count("cannot be an original") == 1


# The demo originals.


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    copy_demo(folder)
    return folder


def test_every_demo_original_is_copied_and_nothing_else(copied: Path) -> None:
    files = {path.relative_to(copied).as_posix() for path in copied.rglob("*") if path.is_file()}

    assert files == set(DEMO)


@pytest.mark.parametrize("key", DEMO)
def test_a_demo_original_is_within_the_limits_and_of_its_suffix(copied: Path, key: str) -> None:
    facts = PillowCodec().probe((copied / key).read_bytes())

    check(facts, Limits())
    assert key.endswith({"jpeg": "jpg"}.get(facts.kind, facts.kind))
    assert min(facts.size) >= 300


@pytest.mark.parametrize("key", DEMO)
def test_a_demo_original_makes_a_derivative_with_something_to_see(copied: Path, key: str) -> None:
    wanted = parse("/a", "w=90&h=60&fit=crop&fm=png&bg=white").transform

    made = derive((copied / key).read_bytes(), wanted, PillowCodec(), Limits(), Stopwatch())

    image = Image.open(io.BytesIO(made.body)).convert("RGB")
    assert image.size == (90, 60)
    colours = image.getcolors(90 * 60)
    assert colours is not None
    # Even a logo on white has soft edges; a blank or broken picture has next to no colours.
    assert len(colours) > 100


def test_the_demo_shows_what_is_hard(copied: Path) -> None:
    facts = {key: PillowCodec().probe((copied / key).read_bytes()) for key in DEMO}

    assert any(fact.orientation != 1 for fact in facts.values())
    assert any(fact.frames > 1 for fact in facts.values())
    assert any(fact.alpha for fact in facts.values())
    assert any(not key.isascii() for key in facts)


def test_every_demo_picture_has_its_licence_written_down() -> None:
    pictures = Path(demo.__file__).parent / "originals"
    notes = (pictures / "README.md").read_text(encoding="utf-8")

    files = {path.name for path in pictures.iterdir()} - {"README.md"}
    rows = [row for row in notes.splitlines() if re.search("CC0 1.0|CC BY 4.0|public domain", row)]
    assert all(any(f"`{name}`" in row for row in rows) for name in files)


def test_a_demo_original_that_is_there_already_stays(copied: Path, tmp_path: Path) -> None:
    for key in DEMO:
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(b"mine")
    (tmp_path / "logos/calotype.png").unlink()

    copy_demo(tmp_path)

    assert (tmp_path / "scenes/sunset.jpg").read_bytes() == b"mine"
    again = (tmp_path / "logos/calotype.png").read_bytes()
    assert again == (copied / "logos/calotype.png").read_bytes()


def test_an_interrupted_copy_leaves_no_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_source: Path, part: Path) -> None:
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfile", interrupted)

    with pytest.raises(KeyboardInterrupt):
        copy_demo(tmp_path)

    assert list_missing(tmp_path) == list(DEMO)


# The gallery.


def tiles(*keys: str) -> GalleryContent:
    return GalleryContent([Entry(key) for key in keys])


def test_no_key_escapes_from_the_gallery() -> None:
    page = render_gallery(tiles("a\"><script>alert('x')</script>.jpg", "b&amp;c #1?.jpg"))

    assert "<script" not in page
    assert "/b%26amp%3Bc%20%231%3F.jpg?w=" in page
    assert "b&amp;amp;c #1?.jpg" in page


def test_the_gallery_counts_more_than_it_shows() -> None:
    page = render_gallery(
        GalleryContent([Entry(f"{number}.jpg") for number in range(60)], count=100)
    )

    assert "100 originals" in page
    assert page.count("<figure>") == 60


def test_a_tile_keeps_the_focal_point_and_says_what_it_shows() -> None:
    described = OriginalRecord("cats/tom.jpg", annotations=Annotations(alt='Tom & "Tim"'))
    page = render_gallery(GalleryContent([Entry("cats/tom.jpg", described), Entry("cats/tim.jpg")]))

    assert page.count("fit=crop&amp;crop=focalpoint") == 4
    assert 'alt="Tom &amp; &quot;Tim&quot;"' in page
    assert 'alt="tim.jpg"' in page


def test_a_transparent_picture_is_shown_whole() -> None:
    logo = Facts(kind=Kind.PNG, size=Size(400, 100), orientation=6, alpha=True)
    analysis = Analysis(logo, Description("", 8, {}), None)
    page = render_gallery(
        GalleryContent(
            [Entry("logo.png", OriginalRecord("logo.png", bytes=2048, analysis=analysis))]
        )
    )

    assert "fit=clip" in page
    assert "fit=crop&amp;crop" not in page
    assert "100 &times; 400 &middot; PNG &middot; 2 KB" in page


def test_a_refused_original_is_named_with_the_reason_and_not_shown() -> None:
    refused = OriginalRecord("poem.jpg", reason=Reason("not-a-picture", "it is <no> picture"))
    page = render_gallery(GalleryContent([Entry("tom.jpg")], [Entry("poem.jpg", refused)]))

    assert "poem.jpg?" not in page
    assert "<li>poem.jpg <span" in page
    assert "it is &lt;no&gt; picture" in page


@pytest.mark.parametrize(
    "policy",
    [
        Policy(keys={"2025": "old", "2026": "new"}, require_signature=True),
        Policy(keys={"2026": "new"}, open_parameters=("w",)),
        Policy(imgix_token="token", require_signature=True),
    ],
)
def test_links_are_signed_where_the_policy_asks_for_it(policy: Policy) -> None:
    for query in ("", "w=400&auto=format"):
        path, _, sent = make_link_builder(policy)("a b/\u00fc.jpg", query).partition("?")

        assert verify(path, sent, policy.keys, policy.imgix_token)


@pytest.mark.parametrize("policy", [Policy(), Policy(keys={"2026": "new"})])
def test_links_are_plain_where_every_url_is_let_through(policy: Policy) -> None:
    link = make_link_builder(policy)

    assert [link("a b.jpg", ""), link("a.jpg", "w=9")] == ["/a%20b.jpg", "/a.jpg?w=9"]


# The terminal.


def test_a_long_url_loses_its_middle_in_the_terminal() -> None:
    url = "/cats/tom.jpg?txt=" + "x" * 5_000 + "&w=400"
    line = format_request(
        200, 12.3, url, {"x-cache": "Hit from cloudfront", "x-calotype": "render"}
    )

    assert len(line) < 220
    assert line.startswith("200     12 ms  /cats/tom.jpg?txt=xxx")
    assert line.endswith("xxx&w=400  hit | render")
    assert "\u2026" in line


def test_a_short_url_is_printed_whole_and_does_nothing_to_the_terminal() -> None:
    miss = {"x-cache": "Miss from cloudfront"}

    assert format_request(200, 1, "/a.jpg?w=400", miss) == "200      1 ms  /a.jpg?w=400  miss"
    assert "\x9b" not in format_request(404, 1, "/\x9b2J.jpg", {"x-cache": "Error from cloudfront"})
    assert format_request(200, 1, "/a.jpg", {}).rstrip() == "200      1 ms  /a.jpg"


@pytest.mark.parametrize("length", [10, 160, 161, 5_000])
def test_a_shortened_text_keeps_both_ends(length: int) -> None:
    text = "a" * (length // 2) + "b" * (length - length // 2)
    short = shorten(text)

    assert len(short) == min(length, 160)
    assert (short == text) == (length <= 160)
    assert (short[0], short[-1]) == ("a", "b")


def test_a_closed_output_stops_no_server(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as closed, monkeypatch.context() as patch:
        patch.setattr("sys.stdout", closed)
        print_line("first")
        print_line("second")

    assert capsys.readouterr().err.count("the output is closed") == 1


@pytest.mark.parametrize("key", ["a.jpg", "a.JPEG", "b/c.Png", "x.heic", "x.tif", "x.svg", "a.b.webp"])  # fmt: skip
def test_a_pictures_suffix_is_known_in_any_case(key: str) -> None:
    assert looks_like_picture(key)


@pytest.mark.parametrize("key", ["", "jpg", "a.txt", "a.jpg.part", ".jpg", "png/a"])
def test_other_suffixes_are_no_pictures(key: str) -> None:
    assert not looks_like_picture(key)


# The URL reference.


def row_of(param: Param) -> list[str]:
    """Return the cells of the one row that documents a parameter."""
    rows = (
        line.split(" | ") for line in reference.build_page().splitlines() if line.startswith("| `")
    )
    # Other tables of the page have fewer columns.
    (row,) = (row for row in rows if len(row) == 4 and row[0].startswith(f"| `{param.name}`"))
    return row


def test_the_reference_page_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert reference.main(["--check"]) == 0, "run: make generate"
    assert capsys.readouterr().err == ""


def test_a_pipeline_of_other_stages_makes_the_page_on_architecture_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = reference.ARCHITECTURE.read_text(encoding="utf-8")
    page = tmp_path / "architecture.md"
    page.write_text(text.replace("-> blur ->", "->"), encoding="utf-8")
    monkeypatch.setattr(reference, "ARCHITECTURE", page)

    assert reference.main(["--check"]) == 1
    assert "architecture.md; run: make generate" in capsys.readouterr().err
    assert reference.main([]) == 0
    assert page.read_text(encoding="utf-8") == text


def test_a_page_without_a_place_for_the_stages_is_refused() -> None:
    with pytest.raises(ValueError, match="begin stages"):
        reference.update_architecture("# Architecture\n")


def test_a_reference_page_that_is_old_or_missing_names_the_repair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "url-reference.md"
    monkeypatch.setattr(reference, "PAGE", page)

    assert reference.main(["--check"]) == 1
    page.write_text(reference.build_page().replace("`w`", "`ww`"), encoding="utf-8")
    assert reference.main(["--check"]) == 1
    assert "make generate" in capsys.readouterr().err
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0


@pytest.mark.parametrize("row", TABLE.all_rows, ids=lambda row: row.param.name)
def test_every_parameter_is_documented_in_one_row(row: Row) -> None:
    param = row.param
    names, accepts, default, text = row_of(param)

    assert set(names.strip("| ").split(", ")) == {f"`{name}`" for name in (param.name, *param.aliases)}  # fmt: skip
    assert accepts == param.kind.expected
    assert text == f"{param.text} |"
    if default:
        assert param.kind.parse(default.strip("`")) == row.default


def test_every_spelling_is_on_the_page() -> None:
    missing = [name for name in TABLE.spellings if f"`{name}`" not in reference.build_page()]

    assert missing == []


def test_the_laptops_edge_keeps_no_failure_of_ours() -> None:
    calls: list[object] = []

    def failing(event: object, context: object) -> dict[str, Any]:
        calls.append((event, context))
        return {"statusCode": 503, "headers": {"cache-control": "no-store"}, "body": ""}

    async def visited() -> list[int]:
        edge = topology.build_edge(Invoker(failing), Policy())
        return [(await edge.answer(ViewerRequest("GET", "/a.jpg"))).status for _ in range(2)]

    with mock_aws(), mock.patch.dict("os.environ", create_resources()):
        statuses = asyncio.run(visited())

    assert (statuses, len(calls)) == ([503, 503], 2)
