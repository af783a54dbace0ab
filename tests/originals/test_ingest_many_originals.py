"""Two hundred originals, good and hostile, through ingest as it is deployed.

What the catalog then says of the good ones is held to what Pillow says, and to what exiftool says,
which shares no code with either.
"""

import base64
import dataclasses
import hashlib
import io
import itertools
import json
import shutil
import struct
import subprocess
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from unittest import mock

import boto3
import pillow_heif
import pytest
from moto import mock_aws
from PIL import ExifTags, Image, ImageOps
from PIL.TiffImagePlugin import IFDRational

from infra.laptop.cloud import CATALOG, DERIVATIVES, ORIGINALS, furnish
from origin_lambda import handler, log
from origin_lambda.adapters.boto import dynamodb
from origin_lambda.image.formats import Kind
from origin_lambda.image.probe import Limits
from origin_lambda.originals import purge
from origin_lambda.originals.catalog import from_json
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.record import OriginalRecord, Status
from origin_lambda.url.grammar import escape
from tests.contract.aws import AWKWARD_KEYS, environment_for
from tests.events import event
from tests.originals.test_messages import changed_in, in_sqs
from tests.support.ingest_world import World
from tests.support.originals import (
    NAMES,
    STORED,
    chunk,
    disc,
    display_p3,
    draw,
    encoded,
    jpeg,
    png,
    quadrants,
    segment,
)

LIMITS: Final = {
    "LIMIT_PIXELS_IN": "1000000",
    "LIMIT_FRAMES": "12",
    "LIMIT_FRAME_PIXELS": "1000000",
    "LIMIT_BYTES_IN": "150000",
}
"""So that what is over them costs little to make."""

APP1: Final = 0xE1
COMMENT: Final = 0xFE


@dataclass(frozen=True)
class Original:
    """An original, and whether it should be accepted; None if unknown. Its *name* says why."""

    name: str
    key: str
    body: bytes
    is_good: bool | None


def heif(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(image).save(buffer, quality=60, **options)
    return buffer.getvalue()


def frames(count: int, size: tuple[int, int] = (12, 8)) -> list[Image.Image]:
    """Return frames that all differ: encoders leave out what is as before."""
    return [Image.new("RGB", size, (20 * number % 256, 90, 10)) for number in range(count)]


def animated(form: str, count: int, size: tuple[int, int] = (12, 8), **options: Any) -> bytes:
    first, *rest = frames(count, size)
    return encoded(first, form, save_all=True, append_images=rest, duration=100, **options)


def turned(form: str, orientation: int) -> bytes:
    image = quadrants((30, 20))
    if orientation in STORED:
        image = image.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(image, form, exif=exif)


# What is to be good.


def good() -> Iterator[tuple[str, bytes]]:
    yield from ((f"trap {name}", draw(name)) for name in NAMES if name not in BAD_TRAPS)
    for form, turns in (("PNG", range(1, 9)), ("WEBP", (2, 5, 8)), ("TIFF", (3, 6, 7))):
        yield from ((f"{form} turned {turn}", turned(form, turn)) for turn in turns)
    yield from ((f"modes {name}", body) for name, body in modes())
    yield from ((f"sizes {name}", body) for name, body in sizes())
    yield from ((f"moving {name}", body) for name, body in moving())
    yield from ((f"profiled {name}", body) for name, body in profiled())
    yield from ((f"polyglot {name}", body) for name, body in polyglots())
    yield "photographed.jpg", photographed()


BAD_TRAPS: Final = {
    "jpeg-truncated-header", "jpeg-huge-header", "png-bomb", "gif-bomb", "text", "html", "empty",
}  # fmt: skip


def modes() -> Iterator[tuple[str, bytes]]:
    colour, clear = quadrants((24, 16)), disc((24, 16))
    for mode in ("1", "L", "I;16", "RGB", "CMYK"):
        deep = colour.convert("I").convert("I;16") if mode == "I;16" else colour.convert(mode)
        yield f"{mode}.tif", encoded(deep, "TIFF", compression="tiff_lzw")
    for mode in ("1", "L", "LA", "RGBA"):
        yield f"{mode}.png", encoded(clear.convert(mode), "PNG")
    yield "I16.png", encoded(colour.convert("I").convert("I;16"), "PNG")
    yield "grey with a hole.png", encoded(colour.convert("L"), "PNG", transparency=76)
    yield "colour with a hole.png", encoded(colour, "PNG", transparency=(214, 40, 40))
    yield "RGBA.tif", encoded(clear, "TIFF")
    yield "lossless.webp", encoded(clear, "WEBP", lossless=True)
    yield "8.bmp", encoded(colour.quantize(8), "BMP")
    yield "1.bmp", encoded(colour.convert("1"), "BMP")
    yield "hole.gif", encoded(colour.quantize(8), "GIF", transparency=0)
    yield "alpha.heic", heif(disc((96, 64)))  # smaller ones are cropped, which exiftool misses
    yield "grey.avif", encoded(colour.convert("L"), "AVIF")


def sizes() -> Iterator[tuple[str, bytes]]:
    for size in ((1, 1), (1, 300), (300, 1), (17, 13), (1800, 30), (30, 1800), (3600, 20)):
        image = Image.linear_gradient("L").resize(size)
        yield f"{size}.jpg", jpeg(image)
    yield "long.png", encoded(disc((1800, 60)), "PNG")
    yield "long.webp", encoded(disc((1800, 60)), "WEBP")
    yield "exactly all pixels.png", encoded(Image.new("1", (1000, 1000)), "PNG")


def moving() -> Iterator[tuple[str, bytes]]:
    for form in ("GIF", "WEBP", "PNG"):
        yield f"as often as it likes {form}", animated(form, 2, loop=0)
        yield f"three times {form}", animated(form, 5, loop=3)
        yield f"exactly all frames {form}", animated(form, 12)
    yield "once.gif", animated("GIF", 3)
    yield "few.avif", animated("AVIF", 3)
    yield "long.webp", animated("WEBP", 2, (1800, 20))


def profiled() -> Iterator[tuple[str, bytes]]:
    image, profile = quadrants((24, 16)), display_p3()
    for form in ("PNG", "WEBP", "TIFF", "AVIF"):
        yield form, encoded(image, form, icc_profile=profile)
    yield "HEIC", heif(quadrants((96, 64)), icc_profile=profile)
    yield "broken", jpeg(image, icc_profile=b"no profile" * 20)
    yield "cut", jpeg(image, icc_profile=profile[:200])


def photographed() -> bytes:
    """Return a picture that says how it was taken, and whose it is."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Ann O'Nym"
    exif[ExifTags.Base.Copyright] = "(c) 2026 Ann O'Nym"
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.ExposureTime: IFDRational(1, 250),
            ExifTags.Base.FNumber: IFDRational(28, 10),
            ExifTags.Base.ISOSpeedRatings: 400,
            ExifTags.Base.FocalLength: IFDRational(35, 1),
        }
    )
    return jpeg(quadrants((24, 16)), exif=exif.tobytes())


def polyglots() -> Iterator[tuple[str, bytes]]:
    """Yield pictures that are something else as well, or carry something."""
    photo, page = draw("jpeg-grey"), b"<html><script>alert(1)</script></html>"
    archive = io.BytesIO(photo)
    with zipfile.ZipFile(archive, "a") as zipped:
        zipped.writestr("payload.js", "alert(1)")
    yield "and an archive.jpg", archive.getvalue()
    yield "and a page.png", draw("png") + page
    yield "page in a comment.jpg", photo[:2] + segment(COMMENT, page) + photo[2:]
    yield "page in Exif.jpg", photo[:2] + segment(APP1, b"Exif\0\0" + page) + photo[2:]
    yield "script.gif", draw("gif") + b"*/=1;alert(1)//"
    yield "two in one.jpg", photo + draw("jpeg")
    picture = draw("png")
    inflated = chunk(b"zTXt", b"Comment\0\0" + b"\x78\x9c" + b"nonsense")
    yield "odd chunk.png", picture[:33] + chunk(b"teXt", page) + picture[33:]
    yield "broken text.png", picture[:33] + inflated + picture[33:]
    yield "svg as page.svg", draw("svg").replace(b"<title>", b"<!-- <html> --><title>")


# What is to be rejected.


def bad() -> Iterator[tuple[str, bytes]]:
    yield from ((f"trap {name}", draw(name)) for name in sorted(BAD_TRAPS))
    yield from ((f"bomb {name}", body) for name, body in bombs())
    yield from ((f"no picture {name}", body) for name, body in impostors())


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield pictures over a limit of bytes, pixels or frames."""
    yield "bytes.jpg", draw("jpeg") + bytes(150_000)
    yield "bytes.svg", draw("svg") + b" " * 150_000
    one_more = (1001, 1000)
    yield "pixels.png", encoded(Image.new("1", one_more), "PNG")
    yield "pixels.gif", encoded(Image.new("P", one_more), "GIF")
    yield "pixels.webp", encoded(Image.new("L", one_more), "WEBP", lossless=True)
    yield "pixels.jpg", jpeg(Image.new("L", one_more))
    yield "pixels.tif", encoded(Image.new("1", one_more), "TIFF", compression="group4")
    yield "pixels.bmp", encoded(Image.new("1", one_more), "BMP")
    yield "pixels.heic", heif(Image.new("L", one_more))
    yield "pixels.avif", encoded(Image.new("L", one_more), "AVIF", speed=10)
    for form in ("GIF", "WEBP", "PNG"):
        yield f"frames {form}", animated(form, 13)
        yield f"pixels of frames {form}", animated(form, 11, (400, 250))
    bitmap = bytearray(draw("bmp"))
    bitmap[18:26] = struct.pack("<ii", 30_000, 30_000)
    yield "header.bmp", bytes(bitmap)
    yield "header.png", png((60_000, 60_000), 8, 2, [b"\0"])


def impostors() -> Iterator[tuple[str, bytes]]:
    """Yield what is none of the formats, and what only begins like one."""
    for form in ("ICO", "PPM", "TGA", "PCX", "JPEG2000", "DDS"):
        yield form, encoded(quadrants((24, 16)), form)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("photo.jpg", draw("jpeg"))
    yield "photos.zip", archive.getvalue()
    yield "document.pdf", b"%PDF-1.7\n" + draw("jpeg")
    yield "film.mp4", struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + bytes(600)
    yield "sound.webp", b"RIFF" + struct.pack("<I", 400) + b"WAVEfmt " + bytes(392)
    yield "spaces.svg", b" " * 5_000
    yield "feed.svg", b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>'
    yield "page with svg.svg", b"<html>" + draw("svg") + b"</html>"
    yield "laughs.svg", billion_laughs()
    yield "cut.svg", draw("svg")[:150]
    yield "program", b"\x7fELF\x02\x01\x01" + bytes(200)
    yield "table.csv", b"BMI,weight\n" * 30
    for signature in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"MM\0*"):
        yield f"{signature[:4]!r} and no more", signature
        yield f"{signature[:4]!r} and zeros", signature + bytes(300)
    yield "avif of nothing", struct.pack(">I4s4sI", 16, b"ftyp", b"avif", 0) + bytes(60)
    yield "heic of nothing", struct.pack(">I4s4sI", 16, b"ftyp", b"heic", 0) + bytes(60)
    yield "webp of nothing", b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8 " + bytes(22)


def billion_laughs() -> bytes:
    names = "abcdefghi"
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in itertools.pairwise(names)
    )
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><text>&i;</text></svg>'
    return f'<?xml version="1.0"?><!DOCTYPE svg [{entities}]>{drawing}'.encode()


# What is damaged: that it is dealt with is all that can be said.


def damaged(random: Random, count: int) -> Iterator[tuple[str, bytes]]:
    names = [name for name in NAMES if name not in BAD_TRAPS]
    for number in range(count):
        name = random.choice(names)
        body, at = bytearray(draw(name)), random.randrange(len(draw(name)))
        how = ("cut", "flipped", "overwritten", "spliced")[number % 4]
        match how:
            case "cut":
                del body[at:]
            case "flipped":
                for _ in range(random.choice((1, 4, 16))):
                    body[random.randrange(len(body))] ^= 1 << random.randrange(8)
            case "overwritten":
                body[at : at + 16] = random.randbytes(len(body[at : at + 16]))
            case _:
                body[at:] = draw(random.choice(names))[at // 2 :]
        yield f"{how} {number} {name}", bytes(body)


COUNT: Final = 200
SUFFIXES: Final = (".jpg", ".png", ".gif", ".webp", ".avif", ".svg", ".txt", ".JPEG", "", ".php")
ODD_KEYS: Final = [key for key in AWKWARD_KEYS if not key.endswith("/")]


@cache
def corpus() -> tuple[Original, ...]:
    """Return all originals, the same every time, under keys that promise nothing."""
    random = Random(1839)
    known = [(name, body, True) for name, body in good()]
    known += [(name, body, False) for name, body in bad()]
    named = [*known, *((*each, None) for each in damaged(random, COUNT - len(known)))]
    odd = dict(zip(random.sample(range(len(named)), len(ODD_KEYS)), ODD_KEYS, strict=True))
    return tuple(
        Original(name, odd.get(number, name + random.choice(SUFFIXES)), body, verdict)
        for number, (name, body, verdict) in enumerate(named)
    )


# The story of all of them.


class Alert(NamedTuple):
    """A message, and the attributes that subscribers filter on."""

    message: Mapping[str, Any]
    attributes: Mapping[str, str]


@dataclass
class Moment:
    """What there is at one time: items and objects by key, and what subscribers heard of late."""

    items: Mapping[str, OriginalRecord]
    objects: Mapping[str, tuple[str, datetime]]
    heard: list[Alert]


@dataclass
class Deployment:
    """A deployment that the corpus comes to, and goes from."""

    environment: Mapping[str, str]
    failed: list[str] = field(default_factory=list)
    heard: list[Alert] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.s3, self.sqs, self.dynamodb = map(boto3.client, ("s3", "sqs", "dynamodb"))
        # Events are delivered by `deliver`, which can do so twice.
        self.s3.put_bucket_notification_configuration(
            Bucket=ORIGINALS, NotificationConfiguration={}
        )

    def put(self) -> None:
        for original in corpus():
            self.s3.put_object(Bucket=ORIGINALS, Key=original.key, Body=original.body)

    def delete(self) -> None:
        keys = [{"Key": original.key} for original in corpus()]
        self.s3.delete_objects(Bucket=ORIGINALS, Delete={"Objects": keys})

    def deliver(self, sequencer: str) -> None:
        """Deliver an event of every original, ten at a time."""
        events = [changed_in(each.key, ORIGINALS, sequencer=sequencer) for each in corpus()]
        for start in range(0, len(events), 10):
            answer = handler.ingest(in_sqs(*events[start : start + 10]), None)
            numbers = [int(each["itemIdentifier"]) for each in answer["batchItemFailures"]]
            self.failed += [corpus()[start + number].key for number in numbers]
            self._empty_queues()

    def ask(self, key: str) -> tuple[int, bytes]:
        """Return status and body of a small derivative."""
        answer = handler.origin(event("function-url", f"/{escape(key)}", "w=20"), None)
        return answer["statusCode"], base64.b64decode(answer["body"])

    def moment(self) -> Moment:
        items = self.dynamodb.get_paginator("scan").paginate(TableName=CATALOG)
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=DERIVATIVES)
        heard, self.heard = self.heard, []
        return Moment(
            {item["key"]["S"]: from_json(plain(item)) for page in items for item in page["Items"]},
            {
                entry["Key"]: (entry["ETag"], entry["LastModified"])
                for page in pages
                for entry in page.get("Contents", ())
            },
            heard,
        )

    def _empty_queues(self) -> None:
        """Receive the alerts, and discard the sweeps: moto often counts waiting messages."""
        for message in self._taken(self.environment["ALERTS_SEEN_URL"]):
            values = message["MessageAttributes"].items()
            attributes = {name: value["StringValue"] for name, value in values}
            self.heard.append(Alert(json.loads(message["Body"]), attributes))
        for _ in self._taken(self.environment["INGEST_QUEUE_URL"]):
            pass

    def _taken(self, url: str) -> Iterator[Mapping[str, Any]]:
        ask = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        while messages := self.sqs.receive_message(**ask).get("Messages"):
            yield from messages
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ]
            self.sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an item as they went in."""
    return {name: dynamodb._plain(dynamodb._read(value)) for name, value in item.items()}


@dataclass
class Story:
    """What there was after each part: all came, came again, a few were asked for, all went."""

    came: Moment
    mips: Mapping[str, bytes]
    came_again: Moment
    answers: Mapping[str, tuple[int, bytes]]
    objects_then: int
    went: Moment
    failed: list[str]
    errors: list[str]


ASKED: Final = 10
"""Of so many originals one is asked for."""


@pytest.fixture(scope="module")
def story(served_url: str) -> Story:
    """Play the story once. Pillow may warn of what it reads, as it may on Lambda."""
    lines: list[str] = []
    cloud = environment_for(served_url)
    own = {name: value for name, value in cloud.items() if name != "AWS_ENDPOINT_URL"}
    with (
        mock.patch.dict("os.environ", own | LIMITS),
        mock_aws(config={"core": {"mock_credentials": False}}),
        mock.patch.dict("os.environ", environment := furnish()),
        mock.patch.object(log, "write", lines.append),
        mock.patch.object(purge, "SWEEP_SECONDS", 0),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        forget_services()
        with mock.patch.dict("os.environ", cloud):
            handler._origin()
        deployment = Deployment(environment)
        deployment.put()
        deployment.deliver("0A")
        came = deployment.moment()
        mips = {
            key: deployment.s3.get_object(Bucket=DERIVATIVES, Key=key)["Body"].read()
            for key in came.objects
        }
        deployment.deliver("0A")
        came_again = deployment.moment()
        answers = {each.key: deployment.ask(each.key) for each in corpus()[::ASKED]}
        listed = deployment.s3.list_objects_v2(Bucket=DERIVATIVES, Prefix="")["KeyCount"]
        deployment.delete()
        deployment.deliver("0B")
        went = deployment.moment()
        forget_services()
    failures = [
        line for line in map(json.loads, lines) if line["event"] in {"crashed", "ingest-failed"}
    ]
    errors = [line["error"] for line in failures]
    return Story(came, mips, came_again, answers, listed, went, deployment.failed, errors)


def forget_services() -> None:
    handler._origin.cache_clear()
    handler._dispatcher.cache_clear()


def test_there_are_two_hundred_originals_under_as_many_keys() -> None:
    assert len({original.key for original in corpus()}) == len(corpus()) == COUNT
    verdicts = Counter(original.is_good for original in corpus())
    assert min(verdicts.values()) > 30


def test_none_of_them_is_a_failure(story: Story) -> None:
    assert story.failed == []
    assert story.errors == []


# What the catalog says.


@dataclass(frozen=True)
class Seen:
    """The facts about a picture."""

    kind: str
    upright: tuple[int, int]
    orientation: int
    frames: int
    alpha: bool


FORMATS: Final = {
    "JPEG": "jpeg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "GIF": "gif", "HEIF": "heif",
    "TIFF": "tiff", "BMP": "bmp",
}  # fmt: skip
_TURNED_BY_READER: Final = {"TIFF", "HEIF"}


@cache
def seen_by_pillow(body: bytes) -> Seen | None:
    """Return what Pillow sees, once it has decoded it; None if it cannot."""
    pillow_heif.register_heif_opener()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(body), formats=list(FORMATS)) as image:
                shown, tag = ImageOps.exif_transpose(image), image.getexif().get(0x0112, 1)
                return Seen(
                    FORMATS[str(image.format)],
                    shown.size,
                    tag if tag in range(1, 9) and image.format not in _TURNED_BY_READER else 1,
                    1 if image.format in _TURNED_BY_READER else getattr(image, "n_frames", 1),
                    "A" in image.getbands() or "transparency" in image.info,
                )
        except Exception:  # noqa: BLE001 reason: whatever it raises, it cannot
            return None


def upright(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    width, height = size
    return (width, height) if orientation < 5 else (height, width)


def seen_by_ingest(item: OriginalRecord) -> Seen:
    assert item.analysis is not None
    facts = item.analysis.facts
    size = upright(facts.size, facts.orientation)
    return Seen(str(facts.kind), size, facts.orientation, facts.frames, facts.alpha)


def is_svg(original: Original) -> bool:
    return b"<svg" in original.body[:300]


def test_every_original_has_an_item_of_what_is_in_the_bucket(story: Story) -> None:
    for original in corpus():
        item = story.came.items[original.key]
        assert item.version == hashlib.md5(original.body).hexdigest()
        assert (item.bytes, item.is_settled, item.leased) == (len(original.body), True, 0)
        assert item.status in {Status.READY, Status.REJECTED}
    assert len(story.came.items) == COUNT


def test_what_is_good_is_ready_and_what_is_bad_is_rejected(story: Story) -> None:
    verdicts = {
        original.key: (original.is_good, story.came.items[original.key].status is Status.READY)
        for original in corpus()
        if original.is_good is not None
    }

    assert {key: verdict for key, verdict in verdicts.items() if verdict[0] != verdict[1]} == {}


def test_what_is_damaged_is_ready_where_pillow_can_show_something(story: Story) -> None:
    damaged = [each for each in corpus() if each.is_good is None and not is_svg(each)]

    for original in damaged:
        item = story.came.items[original.key]
        if item.status is Status.READY:
            assert seen_by_pillow(original.body) is not None
        elif seen_by_pillow(original.body) is not None:
            # Pillow makes a picture of nothing, or of what is not supported.
            assert item.reason is not None
    assert len({story.came.items[each.key].status for each in damaged}) == 2


def test_the_catalog_says_of_every_ready_original_what_pillow_says(story: Story) -> None:
    compared = 0
    for original in corpus():
        item = story.came.items[original.key]
        if item.status is Status.READY and not is_svg(original):
            pillows = seen_by_pillow(original.body)
            if original.is_good is None and pillows:  # ingest counts what can be played
                pillows = dataclasses.replace(pillows, frames=seen_by_ingest(item).frames)
            assert seen_by_ingest(item) == pillows, original.key
            compared += 1
    assert compared > COUNT / 2


def test_the_catalog_names_the_profile_that_an_original_has(story: Story) -> None:
    named = {
        original.key: item.analysis.description.profile
        for original in corpus()
        if (item := story.came.items[original.key]).analysis
    }

    with_profile = {
        each.key for each in corpus() if display_p3() in each.body and each.key in named
    }
    with_profile |= {each.key for each in corpus() if each.name == "profiled PNG"}
    assert {key for key, name in named.items() if name} == with_profile
    assert {named[key] for key in with_profile} == {"Display P3"}
    assert len(with_profile) >= 5


CAPTURED: Final = {
    "exposure_seconds": "ExposureTime",
    "f_number": "FNumber",
    "iso": "ISO",
    "focal_length_mm": "FocalLength",
}
TYPES: Final = {"APNG": "png", "Extended WEBP": "webp", "HEIC": "heif", "MP4": "avif"}
"""What exiftool calls otherwise; an AVIF that moves is an MP4 to it."""


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_the_catalog_says_of_every_good_original_what_exiftool_says(
    story: Story, tmp_path: Path
) -> None:
    good_ones = [original for original in corpus() if original.is_good]
    files = [tmp_path / f"{number:03}" for number in range(len(good_ones))]
    for file, original in zip(files, good_ones, strict=True):
        file.write_bytes(original.body)
    asked = ["-FileType", "-ImageWidth", "-ImageHeight", "-Orientation", "-ProfileDescription"]
    asked += [f"-{tag}" for tag in (*CAPTURED.values(), "Artist", "Copyright")]

    output = subprocess.run(
        ["exiftool", "-j", "-n", "-q", *asked, *files], capture_output=True, check=True
    ).stdout

    for original, facts in zip(good_ones, json.loads(output), strict=True):
        item = story.came.items[original.key]
        seen, kind = seen_by_ingest(item), facts["FileType"]
        assert seen.kind == TYPES.get(kind, kind.lower()), original.key
        if seen.kind == "svg":
            continue
        turn = facts.get("Orientation", 1)
        size = facts["ImageWidth"], facts["ImageHeight"]
        assert seen.upright == upright(size, turn), original.key
        assert seen.orientation == (1 if seen.kind == "tiff" else turn), original.key
        assert item.analysis is not None
        assert item.analysis.description.profile == facts.get("ProfileDescription", ""), (
            original.key
        )
        captured = {name: facts[tag] for name, tag in CAPTURED.items() if tag in facts}
        assert item.analysis.description.captured == captured, original.key
        if original.name == "photographed.jpg":
            assert set(captured) == set(CAPTURED)
            whose = item.analysis.facts.artist, item.analysis.facts.copyright
            assert whose == (facts["Artist"], facts["Copyright"])


REFUSALS: Final = {
    "not-a-picture": "the original is not a picture that can be read",
    "too-large": "the original has more than 150,000 bytes",
    "unprocessable": "the original is broken"
    "|the original has more than 1,000,000 pixels"
    "|the original has no pixels"
    "|the animation has more than 12 frames or too many pixels in them",
}


def test_every_rejected_original_has_a_reason_of_ours(story: Story) -> None:
    rejected = [item for item in story.came.items.values() if item.status is Status.REJECTED]

    for item in rejected:
        assert item.reason is not None
        assert item.reason.message in REFUSALS[item.reason.code].split("|")
        assert (item.analysis, item.mips) == (None, ())
    assert {item.reason.code for item in rejected if item.reason} == set(REFUSALS)
    assert len({item.reason.message for item in rejected if item.reason}) >= 5


EXPECTED: Final = {
    "bomb bytes": "more than 150,000 bytes",
    "bomb pixels of frames": "too many pixels in them",
    "bomb pixels": "more than 1,000,000 pixels",
    "bomb frames": "more than 12 frames",
    "bomb header": "more than 1,000,000 pixels",
    "trap png-bomb": "more than 1,000,000 pixels",
    "trap gif-bomb": "more than 1,000,000 pixels",
    "trap jpeg-huge-header": "more than 1,000,000 pixels",
    "trap text": "not a picture",
    "trap empty": "not a picture",
}


def test_every_bomb_is_rejected_for_what_it_is(story: Story) -> None:
    compared = 0
    for original in corpus():
        expected = [EXPECTED[name] for name in EXPECTED if original.name.startswith(name)][:1]
        if expected:
            reason = story.came.items[original.key].reason
            assert reason is not None
            assert expected[0] in reason.message, original.name
            compared += 1
    assert compared >= 23


# Mips.


def test_every_mip_that_an_item_names_is_kept_and_nothing_else(story: Story) -> None:
    named = {
        mip_key(key, item.version, mip): mip
        for key, item in story.came.items.items()
        for mip in item.mips
    }

    assert set(story.came.objects) == set(named)
    for key, mip in named.items():
        image = Image.open(io.BytesIO(story.mips[key]))
        assert (image.size, str(image.format).lower()) == (mip.size, mip.kind)
        assert len(story.mips[key]) == mip.bytes
    assert {mip.kind for mip in named.values()} == {Kind.JPEG, Kind.WEBP}


def test_all_that_is_long_and_still_has_mips(story: Story) -> None:
    with_mips = {key for key, item in story.came.items.items() if item.mips}

    long = {
        key
        for key, item in story.came.items.items()
        if item.analysis
        and item.analysis.facts.frames == 1
        and max(item.analysis.facts.size) >= 854
    }
    assert with_mips == long
    assert len(long) >= 5


# What subscribers hear.


def test_every_original_is_announced_once(story: Story) -> None:
    heard = [(message["key"], message["event"]) for message, _ in story.came.heard]

    events = {Status.READY: "created", Status.REJECTED: "rejected"}
    assert sorted(heard) == sorted(
        (key, events[item.status]) for key, item in story.came.items.items()
    )
    assert len({message["id"] for message, _ in story.came.heard}) == COUNT


def test_an_alert_says_what_the_item_says(story: Story) -> None:
    for message, attributes in story.came.heard:
        item = story.came.items[message["key"]]
        facts = item.analysis.facts if item.analysis else None
        reason = {"code": item.reason.code, "message": item.reason.message} if item.reason else None
        assert (message["version"], message["bytes"]) == (item.version, item.bytes)
        assert message["type"] == (str(facts.kind) if facts else None)
        assert (message["width"], message["height"]) == (facts.size if facts else (None, None))
        assert message["reason"] == reason
        assert attributes["event"] == message["event"]
        assert attributes["format"] == (message["type"] or "none")


def test_a_second_delivery_of_everything_changes_nothing_and_sends_no_alert(story: Story) -> None:
    assert story.came_again.items == story.came.items
    assert story.came_again.objects == story.came.objects
    assert story.came_again.heard == []


# What is made of them.


def test_what_is_ready_is_shown_and_what_is_rejected_is_refused(story: Story) -> None:
    for key, (status, body) in story.answers.items():
        item = story.came.items[key]
        if item.reason:
            assert status == item.reason.error.status, key
            assert json.loads(body)["error"]["message"] == item.reason.message
            continue
        assert status == 200, key
        if item.analysis and item.analysis.facts.kind is not Kind.SVG:
            assert max(Image.open(io.BytesIO(body)).size) <= 20 * 60
    assert len({status for status, _ in story.answers.values()}) >= 3
    assert story.objects_then > len(story.came.objects)


@pytest.mark.filterwarnings("ignore")
def test_whatever_ingest_takes_for_ready_can_be_shown_and_nothing_else(story: Story) -> None:
    made = World(Limits(pixels_in=1_000_000, bytes_in=150_000, frames=12, frame_pixels=1_000_000))

    for original in corpus():
        made.put(original.body)
        status = made.ask("w=20").status
        reason = story.came.items[original.key].reason
        assert status == (reason.error.status if reason else 200), original.key


# The end.


def test_of_all_that_is_deleted_tombstones_are_left(story: Story) -> None:
    assert set(story.went.items) == set(story.came.items)
    for item in story.went.items.values():
        assert (item.status, item.version, item.bytes) == (Status.DELETED, "", 0)
        assert (item.analysis, item.mips, item.reason, item.is_settled) == (None, (), None, True)


def test_nothing_is_left_of_what_was_made_of_them(story: Story) -> None:
    assert story.went.objects == {}


def test_every_deletion_is_announced_once(story: Story) -> None:
    alerts = {message["key"]: message for message, _ in story.went.heard}

    assert len(alerts) == len(story.went.heard) == COUNT
    for key, message in alerts.items():
        assert (message["event"], message["version"]) == ("deleted", None)
        assert message["previous"] == story.came.items[key].version
    ids = [message["id"] for message, _ in (*story.came.heard, *story.went.heard)]
    assert len(set(ids)) == 2 * COUNT
