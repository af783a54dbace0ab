"""Two hundred good, bad and damaged originals pass through ingest as it is deployed.

The facts in the catalog are compared with those of Pillow, and with those of exiftool, which
shares no code with either.
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

from infra.laptop.cloud import CATALOG, DERIVATIVES, ORIGINALS, create_resources
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
from tests.originals.test_messages import in_sqs, s3_event
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
"""Low limits, so that originals above them are small."""

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
    """Return frames that all differ, because encoders drop equal frames."""
    return [Image.new("RGB", size, (20 * number % 256, 90, 10)) for number in range(count)]


def animated(form: str, count: int, size: tuple[int, int] = (12, 8), **options: Any) -> bytes:
    first, *rest = frames(count, size)
    return encoded(first, form, save_all=True, append_images=rest, duration=100, **options)


def oriented(form: str, orientation: int) -> bytes:
    image = quadrants((30, 20))
    if orientation in STORED:
        image = image.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return encoded(image, form, exif=exif)


# Good originals.


def good_originals() -> Iterator[tuple[str, bytes]]:
    yield from ((f"trap {name}", draw(name)) for name in NAMES if name not in BAD_TRAPS)
    for form, turns in (("PNG", range(1, 9)), ("WEBP", (2, 5, 8)), ("TIFF", (3, 6, 7))):
        yield from ((f"{form} turned {turn}", oriented(form, turn)) for turn in turns)
    yield from ((f"modes {name}", body) for name, body in modes())
    yield from ((f"sizes {name}", body) for name, body in sizes())
    yield from ((f"moving {name}", body) for name, body in animations())
    yield from ((f"profiled {name}", body) for name, body in with_profiles())
    yield from ((f"polyglot {name}", body) for name, body in polyglots())
    yield "photographed.jpg", with_camera_data()


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


def animations() -> Iterator[tuple[str, bytes]]:
    for form in ("GIF", "WEBP", "PNG"):
        yield f"as often as it likes {form}", animated(form, 2, loop=0)
        yield f"three times {form}", animated(form, 5, loop=3)
        yield f"exactly all frames {form}", animated(form, 12)
    yield "once.gif", animated("GIF", 3)
    yield "few.avif", animated("AVIF", 3)
    yield "long.webp", animated("WEBP", 2, (1800, 20))


def with_profiles() -> Iterator[tuple[str, bytes]]:
    image, profile = quadrants((24, 16)), display_p3()
    for form in ("PNG", "WEBP", "TIFF", "AVIF"):
        yield form, encoded(image, form, icc_profile=profile)
    yield "HEIC", heif(quadrants((96, 64)), icc_profile=profile)
    yield "broken", jpeg(image, icc_profile=b"no profile" * 20)
    yield "cut", jpeg(image, icc_profile=profile[:200])


def with_camera_data() -> bytes:
    """Return a picture with exposure data and credits."""
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
    """Yield pictures that are also a file of another format, or contain other data."""
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


# Bad originals, which must be rejected.


def bad_originals() -> Iterator[tuple[str, bytes]]:
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
    """Yield files that are not of a known format, or only begin like one."""
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


# Damaged originals: ingest can accept or reject them.


def damaged_originals(random: Random, count: int) -> Iterator[tuple[str, bytes]]:
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


COUNT: Final = 202
SUFFIXES: Final = (".jpg", ".png", ".gif", ".webp", ".avif", ".svg", ".txt", ".JPEG", "", ".php")
ODD_KEYS: Final = [key for key in AWKWARD_KEYS if not key.endswith("/")]


@cache
def all_originals() -> tuple[Original, ...]:
    """Return all originals, the same every time; the suffixes of their keys are random."""
    random = Random(1839)
    known = [(name, body, True) for name, body in good_originals()]
    known += [(name, body, False) for name, body in bad_originals()]
    named = [*known, *((*each, None) for each in damaged_originals(random, COUNT - len(known)))]
    odd = dict(zip(random.sample(range(len(named)), len(ODD_KEYS)), ODD_KEYS, strict=True))
    return tuple(
        Original(name, odd.get(number, name + random.choice(SUFFIXES)), body, verdict)
        for number, (name, body, verdict) in enumerate(named)
    )


# Upload, second delivery, requests and deletion of all of them.


class Alert(NamedTuple):
    """A message, and the attributes that subscribers filter on."""

    message: Mapping[str, Any]
    attributes: Mapping[str, str]


@dataclass
class Snapshot:
    """Records and objects by key at one time, and the alerts since the last snapshot."""

    items: Mapping[str, OriginalRecord]
    objects: Mapping[str, tuple[str, datetime]]
    received_alerts: list[Alert]


@dataclass
class Deployment:
    """A deployment to which all originals are uploaded, and from which they are deleted."""

    environment: Mapping[str, str]
    failed: list[str] = field(default_factory=list)
    received_alerts: list[Alert] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.s3, self.sqs, self.dynamodb = map(boto3.client, ("s3", "sqs", "dynamodb"))
        # Events are delivered by `deliver`, which can do so twice.
        self.s3.put_bucket_notification_configuration(
            Bucket=ORIGINALS, NotificationConfiguration={}
        )

    def put(self) -> None:
        for original in all_originals():
            self.s3.put_object(Bucket=ORIGINALS, Key=original.key, Body=original.body)

    def delete(self) -> None:
        keys = [{"Key": original.key} for original in all_originals()]
        self.s3.delete_objects(Bucket=ORIGINALS, Delete={"Objects": keys})

    def deliver(self, sequencer: str) -> None:
        """Deliver an event of every original, ten at a time."""
        events = [s3_event(each.key, ORIGINALS, sequencer=sequencer) for each in all_originals()]
        for start in range(0, len(events), 10):
            answer = handler.ingest(in_sqs(*events[start : start + 10]), None)
            numbers = [int(each["itemIdentifier"]) for each in answer["batchItemFailures"]]
            self.failed += [all_originals()[start + number].key for number in numbers]
            self._empty_queues()

    def ask(self, key: str) -> tuple[int, bytes]:
        """Return status and body of a small derivative."""
        answer = handler.origin(event("function-url", f"/{escape(key)}", "w=20"), None)
        return answer["statusCode"], base64.b64decode(answer["body"])

    def take_snapshot(self) -> Snapshot:
        items = self.dynamodb.get_paginator("scan").paginate(TableName=CATALOG)
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=DERIVATIVES)
        received_alerts, self.received_alerts = self.received_alerts, []
        return Snapshot(
            {
                item["key"]["S"]: from_json(read_item(item))
                for page in items
                for item in page["Items"]
            },
            {
                entry["Key"]: (entry["ETag"], entry["LastModified"])
                for page in pages
                for entry in page.get("Contents", ())
            },
            received_alerts,
        )

    def _empty_queues(self) -> None:
        """Receive the alerts, and discard the sweeps: moto often counts waiting messages."""
        for message in self._receive_all(self.environment["ALERTS_SEEN_URL"]):
            values = message["MessageAttributes"].items()
            attributes = {name: value["StringValue"] for name, value in values}
            self.received_alerts.append(Alert(json.loads(message["Body"]), attributes))
        for _ in self._receive_all(self.environment["INGEST_QUEUE_URL"]):
            pass

    def _receive_all(self, url: str) -> Iterator[Mapping[str, Any]]:
        ask = {"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"]}
        while messages := self.sqs.receive_message(**ask).get("Messages"):
            yield from messages
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(messages)
            ]
            self.sqs.delete_message_batch(QueueUrl=url, Entries=entries)


def read_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a DynamoDB item as plain values."""
    return {name: dynamodb._plain(dynamodb._read(value)) for name, value in item.items()}


@dataclass
class Story:
    """The state after upload, second delivery, some requests, and deletion."""

    after_upload: Snapshot
    mips: Mapping[str, bytes]
    after_second_delivery: Snapshot
    answers: Mapping[str, tuple[int, bytes]]
    objects_after_requests: int
    after_deletion: Snapshot
    failed: list[str]
    errors: list[str]


ONE_REQUEST_IN: Final = 10
"""One of so many originals is requested."""


@pytest.fixture(scope="module")
def story(served_url: str) -> Story:
    """Run the story once; Pillow can warn about damaged files, as it can on Lambda."""
    lines: list[str] = []
    cloud = environment_for(served_url)
    own = {name: value for name, value in cloud.items() if name != "AWS_ENDPOINT_URL"}
    with (
        mock.patch.dict("os.environ", own | LIMITS),
        mock_aws(config={"core": {"mock_credentials": False}}),
        mock.patch.dict("os.environ", environment := create_resources()),
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
        after_upload = deployment.take_snapshot()
        mips = {
            key: deployment.s3.get_object(Bucket=DERIVATIVES, Key=key)["Body"].read()
            for key in after_upload.objects
        }
        deployment.deliver("0A")
        after_second_delivery = deployment.take_snapshot()
        answers = {each.key: deployment.ask(each.key) for each in all_originals()[::ONE_REQUEST_IN]}
        listed = deployment.s3.list_objects_v2(Bucket=DERIVATIVES, Prefix="")["KeyCount"]
        deployment.delete()
        deployment.deliver("0B")
        after_deletion = deployment.take_snapshot()
        forget_services()
    failures = [
        line for line in map(json.loads, lines) if line["event"] in {"crashed", "ingest-failed"}
    ]
    errors = [line["error"] for line in failures]
    return Story(
        after_upload,
        mips,
        after_second_delivery,
        answers,
        listed,
        after_deletion,
        deployment.failed,
        errors,
    )


def forget_services() -> None:
    handler._origin.cache_clear()
    handler._dispatcher.cache_clear()


def test_there_are_over_two_hundred_originals_with_different_keys() -> None:
    assert len({original.key for original in all_originals()}) == len(all_originals()) == COUNT
    verdicts = Counter(original.is_good for original in all_originals())
    assert min(verdicts.values()) > 30


def test_no_original_makes_ingest_fail(story: Story) -> None:
    assert story.failed == []
    assert story.errors == []


# The records in the catalog.


@dataclass(frozen=True)
class PictureFacts:
    """The facts about a picture."""

    kind: str
    orient_size: tuple[int, int]
    orientation: int
    frames: int
    alpha: bool


FORMATS: Final = {
    "JPEG": "jpeg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "GIF": "gif", "HEIF": "heif",
    "TIFF": "tiff", "BMP": "bmp",
}  # fmt: skip
_TURNED_BY_READER: Final = {"TIFF", "HEIF"}


@cache
def read_with_pillow(body: bytes) -> PictureFacts | None:
    """Return the facts that Pillow reads; None if it cannot decode the picture."""
    pillow_heif.register_heif_opener()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(body), formats=list(FORMATS)) as image:
                shown, tag = ImageOps.exif_transpose(image), image.getexif().get(0x0112, 1)
                return PictureFacts(
                    FORMATS[str(image.format)],
                    shown.size,
                    tag if tag in range(1, 9) and image.format not in _TURNED_BY_READER else 1,
                    1 if image.format in _TURNED_BY_READER else getattr(image, "n_frames", 1),
                    "A" in image.getbands() or "transparency" in image.info,
                )
        except Exception:  # noqa: BLE001 reason: whatever it raises, it cannot
            return None


def orient_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    width, height = size
    return (width, height) if orientation < 5 else (height, width)


def read_from_record(item: OriginalRecord) -> PictureFacts:
    assert item.analysis is not None
    facts = item.analysis.facts
    size = orient_size(facts.size, facts.orientation)
    return PictureFacts(str(facts.kind), size, facts.orientation, facts.frames, facts.alpha)


def is_svg(original: Original) -> bool:
    return b"<svg" in original.body[:300]


def test_every_original_has_a_record_of_the_object_in_the_bucket(story: Story) -> None:
    for original in all_originals():
        item = story.after_upload.items[original.key]
        assert item.version == hashlib.md5(original.body).hexdigest()
        assert (item.bytes, item.is_settled, item.leased) == (len(original.body), True, 0)
        assert item.status in {Status.READY, Status.REJECTED}
    assert len(story.after_upload.items) == COUNT


def test_good_originals_are_ready_and_bad_ones_are_rejected(story: Story) -> None:
    verdicts = {
        original.key: (
            original.is_good,
            story.after_upload.items[original.key].status is Status.READY,
        )
        for original in all_originals()
        if original.is_good is not None
    }

    assert {key: verdict for key, verdict in verdicts.items() if verdict[0] != verdict[1]} == {}


def test_a_damaged_original_is_ready_if_pillow_can_show_some_of_it(story: Story) -> None:
    damaged_originals = [
        each for each in all_originals() if each.is_good is None and not is_svg(each)
    ]

    for original in damaged_originals:
        item = story.after_upload.items[original.key]
        if item.status is Status.READY:
            assert read_with_pillow(original.body) is not None
        elif read_with_pillow(original.body) is not None:
            # Pillow makes a picture of nothing, or of what is not supported.
            assert item.reason is not None
    assert len({story.after_upload.items[each.key].status for each in damaged_originals}) == 2


def test_the_facts_of_every_ready_original_equal_pillows(story: Story) -> None:
    compared = 0
    for original in all_originals():
        item = story.after_upload.items[original.key]
        if item.status is Status.READY and not is_svg(original):
            pillows = read_with_pillow(original.body)
            if original.is_good is None and pillows:  # ingest counts what can be played
                pillows = dataclasses.replace(pillows, frames=read_from_record(item).frames)
            assert read_from_record(item) == pillows, original.key
            compared += 1
    assert compared > COUNT / 2


def test_the_catalog_names_the_profile_that_an_original_has(story: Story) -> None:
    named = {
        original.key: item.analysis.description.profile
        for original in all_originals()
        if (item := story.after_upload.items[original.key]).analysis
    }

    with_profile = {
        each.key for each in all_originals() if display_p3() in each.body and each.key in named
    }
    with_profile |= {each.key for each in all_originals() if each.name == "profiled PNG"}
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
"""exiftool's names of formats; it calls an animated AVIF an MP4."""


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_the_facts_of_every_good_original_equal_exiftools(story: Story, tmp_path: Path) -> None:
    good_ones = [original for original in all_originals() if original.is_good]
    files = [tmp_path / f"{number:03}" for number in range(len(good_ones))]
    for file, original in zip(files, good_ones, strict=True):
        file.write_bytes(original.body)
    asked = ["-FileType", "-ImageWidth", "-ImageHeight", "-Orientation", "-ProfileDescription"]
    asked += [f"-{tag}" for tag in (*CAPTURED.values(), "Artist", "Copyright")]

    output = subprocess.run(
        ["exiftool", "-j", "-n", "-q", *asked, *files], capture_output=True, check=True
    ).stdout

    for original, facts in zip(good_ones, json.loads(output), strict=True):
        item = story.after_upload.items[original.key]
        seen, kind = read_from_record(item), facts["FileType"]
        assert seen.kind == TYPES.get(kind, kind.lower()), original.key
        if seen.kind == "svg":
            continue
        turn = facts.get("Orientation", 1)
        size = facts["ImageWidth"], facts["ImageHeight"]
        assert seen.orient_size == orient_size(size, turn), original.key
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
    "|the animation has more than 12 frames, or too many pixels in all",
}


def test_every_rejected_original_has_a_known_reason(story: Story) -> None:
    rejected = [
        item for item in story.after_upload.items.values() if item.status is Status.REJECTED
    ]

    for item in rejected:
        assert item.reason is not None
        assert item.reason.message in REFUSALS[item.reason.code].split("|")
        assert (item.analysis, item.mips) == (None, ())
    assert {item.reason.code for item in rejected if item.reason} == set(REFUSALS)
    assert len({item.reason.message for item in rejected if item.reason}) >= 5


EXPECTED: Final = {
    "bomb bytes": "more than 150,000 bytes",
    "bomb pixels of frames": "too many pixels in all",
    "bomb pixels": "more than 1,000,000 pixels",
    "bomb frames": "more than 12 frames",
    "bomb header": "more than 1,000,000 pixels",
    "trap png-bomb": "more than 1,000,000 pixels",
    "trap gif-bomb": "more than 1,000,000 pixels",
    "trap jpeg-huge-header": "more than 1,000,000 pixels",
    "trap text": "not a picture",
    "trap empty": "not a picture",
}


def test_every_bomb_is_rejected_for_the_right_reason(story: Story) -> None:
    compared = 0
    for original in all_originals():
        expected = [EXPECTED[name] for name in EXPECTED if original.name.startswith(name)][:1]
        if expected:
            reason = story.after_upload.items[original.key].reason
            assert reason is not None
            assert expected[0] in reason.message, original.name
            compared += 1
    assert compared >= 23


# Mips.


def test_exactly_the_mips_that_records_name_are_stored(story: Story) -> None:
    named = {
        mip_key(key, item.version, mip): mip
        for key, item in story.after_upload.items.items()
        for mip in item.mips
    }

    assert set(story.after_upload.objects) == set(named)
    for key, mip in named.items():
        image = Image.open(io.BytesIO(story.mips[key]))
        assert (image.size, str(image.format).lower()) == (mip.size, mip.kind)
        assert len(story.mips[key]) == mip.bytes
    assert {mip.kind for mip in named.values()} == {Kind.JPEG, Kind.WEBP}


def test_every_large_still_picture_has_mips(story: Story) -> None:
    with_mips = {key for key, item in story.after_upload.items.items() if item.mips}

    long = {
        key
        for key, item in story.after_upload.items.items()
        if item.analysis
        and item.analysis.facts.frames == 1
        and max(item.analysis.facts.size) >= 854
    }
    assert with_mips == long
    assert len(long) >= 5


# Alerts.


def test_every_original_has_one_alert(story: Story) -> None:
    received_alerts = [
        (message["key"], message["event"]) for message, _ in story.after_upload.received_alerts
    ]

    events = {Status.READY: "created", Status.REJECTED: "rejected"}
    assert sorted(received_alerts) == sorted(
        (key, events[item.status]) for key, item in story.after_upload.items.items()
    )
    assert len({message["id"] for message, _ in story.after_upload.received_alerts}) == COUNT


def test_an_alert_has_the_facts_of_the_record(story: Story) -> None:
    for message, attributes in story.after_upload.received_alerts:
        item = story.after_upload.items[message["key"]]
        facts = item.analysis.facts if item.analysis else None
        reason = {"code": item.reason.code, "message": item.reason.message} if item.reason else None
        assert (message["version"], message["bytes"]) == (item.version, item.bytes)
        assert message["type"] == (str(facts.kind) if facts else None)
        assert (message["width"], message["height"]) == (facts.size if facts else (None, None))
        assert message["reason"] == reason
        assert attributes["event"] == message["event"]
        assert attributes["format"] == (message["type"] or "none")


def test_a_second_delivery_of_everything_changes_nothing_and_sends_no_alert(story: Story) -> None:
    assert story.after_second_delivery.items == story.after_upload.items
    assert story.after_second_delivery.objects == story.after_upload.objects
    assert story.after_second_delivery.received_alerts == []


# Derivatives.


def test_ready_originals_are_rendered_and_rejected_ones_are_refused(story: Story) -> None:
    for key, (status, body) in story.answers.items():
        item = story.after_upload.items[key]
        if item.reason:
            assert status == item.reason.error.status, key
            assert json.loads(body)["error"]["message"] == item.reason.message
            continue
        assert status == 200, key
        if item.analysis and item.analysis.facts.kind is not Kind.SVG:
            assert max(Image.open(io.BytesIO(body)).size) <= 20 * 60
    assert len({status for status, _ in story.answers.values()}) >= 3
    assert story.objects_after_requests > len(story.after_upload.objects)


@pytest.mark.filterwarnings("ignore")
def test_exactly_the_ready_originals_can_be_rendered(story: Story) -> None:
    made = World(Limits(pixels_in=1_000_000, bytes_in=150_000, frames=12, frame_pixels=1_000_000))

    for original in all_originals():
        made.put(original.body)
        status = made.ask("w=20").status
        reason = story.after_upload.items[original.key].reason
        assert status == (reason.error.status if reason else 200), original.key


# Deletion.


def test_every_deleted_original_leaves_a_tombstone(story: Story) -> None:
    assert set(story.after_deletion.items) == set(story.after_upload.items)
    for item in story.after_deletion.items.values():
        assert (item.status, item.version, item.bytes) == (Status.DELETED, "", 0)
        assert (item.analysis, item.mips, item.reason, item.is_settled) == (None, (), None, True)


def test_all_derivatives_and_mips_of_deleted_originals_are_deleted(story: Story) -> None:
    assert story.after_deletion.objects == {}


def test_every_deletion_has_one_alert(story: Story) -> None:
    alerts = {message["key"]: message for message, _ in story.after_deletion.received_alerts}

    assert len(alerts) == len(story.after_deletion.received_alerts) == COUNT
    for key, message in alerts.items():
        assert (message["event"], message["version"]) == ("deleted", None)
        assert message["previous"] == story.after_upload.items[key].version
    ids = [
        message["id"]
        for message, _ in (
            *story.after_upload.received_alerts,
            *story.after_deletion.received_alerts,
        )
    ]
    assert len(set(ids)) == 2 * COUNT
