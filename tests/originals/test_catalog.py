"""Records of originals: their form in the table, and their changes."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from origin_lambda.adapters.boto.dynamodb import DynamoCatalog
from origin_lambda.adapters.memory import MemoryCatalog
from origin_lambda.errors import CalotypeError, NotAPicture, TooLarge, Unprocessable
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.faces import Face, Features
from origin_lambda.image.analysis.measure import Description, FocalPoint, Measurements, Swatch
from origin_lambda.image.formats import Kind
from origin_lambda.image.geometry import Box, Size
from origin_lambda.image.mips import Mip
from origin_lambda.image.probe import Facts
from origin_lambda.image.quality import Curve, Effort
from origin_lambda.originals.catalog import (
    TOMBSTONE_SECONDS,
    find_record,
    from_json,
    to_json,
    update_record,
)
from origin_lambda.originals.record import (
    Annotations,
    LastNotification,
    OriginalRecord,
    Reason,
    Status,
    source_version,
)
from origin_lambda.ports import Stat
from origin_lambda.url.values import Chroma, Colour, Format
from tests.support.faces import FACE

KEY: Final = "cats/tom.jpg"
STORED_ITEM: Final = Path(__file__).parents[1] / "data" / "catalog_item.json"
"""The documented form of a record in the catalog (docs/catalog.md)."""
STAT: Final = Stat("v1", 500)
LATER: Final = Stat("v2", 700)
MIPS: Final = (
    Mip(Size(2560, 1920), Kind.JPEG, 400_000, 1.0),
    Mip(Size(1280, 960), Kind.JPEG, 90_000, 1.24),
)
SURVEY: Final = Analysis(
    Facts(Kind.JPEG, Size(4000, 3000), orientation=6, artist="Ada", copyright="\u00a9 Ada"),
    Description("Display P3", 8, {"iso": 100, "f_number": 2.8}),
    Measurements(
        b"\x01\xff",
        "LEHV6n",
        (Swatch(Colour(255, 136, 0), 0.75),),
        FocalPoint(0.4, 0.6),
        FocalPoint(0.3, 0.7),
    ),
    {Format.JPEG: Curve(((40, 61.5), (84, 82.0)), Chroma.FULL, Effort.MORE)},
    (FACE,),
)
NEW: Final = OriginalRecord(KEY).with_version(STAT, 1_000)
READY: Final = NEW.as_ready(SURVEY, MIPS, 1_010)
WORDS: Final = Annotations(alt="A cat")

REFUSALS: Final = [NotAPicture, TooLarge, Unprocessable]


# Any item.

counts = st.integers(0, 2**53)
texts = st.text(st.characters(codec="utf-8"), max_size=12)
keys = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
seconds = st.integers(0, 4_000_000_000)
# DynamoDB has no number between 0 and 1e-130.
shares = st.just(0.0) | st.floats(1e-100, 1)
points = st.builds(FocalPoint, shares, shares)
sizes = st.builds(Size, counts, counts)
mips = st.builds(Mip, sizes, st.sampled_from(Kind), counts)
facts = st.builds(
    Facts,
    kind=st.sampled_from(Kind),
    size=sizes,
    orientation=st.integers(1, 8),
    frames=counts,
    alpha=st.booleans(),
    loop=counts,
    artist=texts,
    copyright=texts,
)
channels = st.integers(0, 255)
swatches = st.builds(Swatch, st.builds(Colour, channels, channels, channels, st.just(255)), shares)
measurements = st.builds(
    Measurements,
    thumbhash=st.binary(max_size=25),
    blurhash=texts,
    palette=st.lists(swatches, max_size=16).map(tuple),
    focal_point=points,
    entropy=st.none() | points,
    edges=st.none() | points,
)
features = st.builds(Features, points, points, points)
faces = st.none() | st.lists(
    st.builds(Face, st.builds(Box, shares, shares, shares, shares), shares, st.none() | features),
    max_size=3,
).map(tuple)
captured = st.dictionaries(
    st.sampled_from(["exposure_seconds", "f_number", "iso", "focal_length_mm"]),
    st.floats(1e-100, 1e15) | st.integers(1, 2**32),
).map(MappingProxyType)
scores = st.integers(-500, 1000).map(lambda tenths: tenths / 10)
curves = st.builds(
    Curve,
    st.lists(st.tuples(st.integers(1, 100), scores), min_size=2, max_size=4).map(tuple),
    st.sampled_from(Chroma),
)
surveys = st.builds(
    Analysis,
    facts,
    st.builds(Description, texts, counts, captured),
    st.none() | measurements,
    st.dictionaries(st.sampled_from(Format), curves, max_size=3),
    faces,
)
items = st.builds(
    OriginalRecord,
    key=keys,
    revision=counts,
    version=texts,
    edition=counts,
    bytes=counts,
    sequencer=texts,
    status=st.sampled_from(Status),
    reason=st.none() | st.builds(Reason, texts, texts),
    last_notification=st.none() | st.builds(LastNotification, texts, st.sampled_from(Status)),
    leased=counts,
    annotations=st.builds(
        Annotations, st.none() | points, texts, st.lists(texts, max_size=3).map(tuple)
    ),
    analysis=st.none() | surveys,
    probed=st.none() | facts,
    mips=st.lists(mips, max_size=2).map(tuple),
    created=seconds,
    changed=seconds,
    ingested=seconds,
)


# The form of a record in the table.


@given(items)
def test_reading_is_the_inverse_of_writing(item: OriginalRecord) -> None:
    assert from_json(to_json(item)) == item


@given(items)
def test_an_item_is_made_of_json_values(item: OriginalRecord) -> None:
    form = to_json(item)

    assert json.loads(json.dumps(form, allow_nan=False)) == form


@pytest.fixture
def table() -> Iterator[DynamoCatalog]:
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(
            TableName="catalog",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
        )
        yield DynamoCatalog(dynamodb, "catalog")


# Examples of one key are saved over one another, so one table will do for them.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items)
def test_any_item_comes_back_from_dynamodb_as_it_was(
    table: DynamoCatalog, item: OriginalRecord
) -> None:
    there = find_record(table, item.key, consistent=True) or OriginalRecord(item.key)
    item = dataclasses.replace(item, revision=there.revision + 1)

    assert table.save(item.key, to_json(item), after=there.revision)

    assert find_record(table, item.key, consistent=True) == item


def test_the_form_is_the_documented_one() -> None:
    item = dataclasses.replace(
        READY,
        revision=3,
        sequencer="0055AE",
        last_notification=LastNotification("v0", Status.READY),
        leased=1_070,
    ).with_annotations(
        Annotations(FocalPoint(0.5, 0.25), "A cat", ("cat", "red"), (Face(Box(0, 0, 0.5, 1)),))
    )

    assert to_json(item) == json.loads(STORED_ITEM.read_text(encoding="utf-8"))


def test_an_item_of_a_version_without_early_mips_can_be_read() -> None:
    form = to_json(READY)
    del form["probed"]

    assert from_json(form) == READY


def test_an_original_that_is_rejected_is_kept_with_the_reason() -> None:
    form = to_json(NEW.as_rejected(TooLarge("the original is heavy"), 1_010))

    assert form["status"] == "rejected"
    assert form["reason"] == {"code": "too-large", "message": "the original is heavy"}
    assert (form["original"], form["mips"]) == (None, [])


@given(items)
def test_only_a_tombstone_expires(item: OriginalRecord) -> None:
    form = to_json(item)

    expires = item.changed + TOMBSTONE_SECONDS if item.status is Status.DELETED else None
    assert form.get("expires") == expires
    assert ("expires" in form) == (item.status is Status.DELETED)


def test_a_tombstone_lasts_thirty_days() -> None:
    gone = NEW.with_version(None, 2_000).as_deleted()

    assert to_json(gone)["expires"] == 2_000 + 30 * 24 * 60 * 60


@pytest.mark.parametrize("consistent", [True, False])
def test_a_key_that_is_not_in_the_catalog_is_not_found(consistent: bool) -> None:
    assert find_record(MemoryCatalog(), KEY, consistent=consistent) is None


# Changes while other writers are active.


@dataclass(slots=True)
class Busy(MemoryCatalog):
    """A catalog in which another writer is faster, *rivals* times."""

    rivals: int = 0
    consistent: bool = True

    def find(self, key: str, *, consistent: bool = False) -> Mapping[str, Any] | None:
        self.consistent &= consistent
        return MemoryCatalog.find(self, key, consistent=consistent)

    def save(self, key: str, item: Mapping[str, Any], *, after: int) -> bool:
        if self.rivals:
            self.rivals -= 1
            there = from_json(self.items[key]) if key in self.items else OriginalRecord(key)
            theirs = dataclasses.replace(
                there, revision=there.revision + 1, edition=there.edition + 10
            )
            MemoryCatalog.save(self, key, to_json(theirs), after=there.revision)
        return MemoryCatalog.save(self, key, item, after=after)


def raised(item: OriginalRecord) -> OriginalRecord:
    return dataclasses.replace(item, edition=item.edition + 1)


@pytest.mark.parametrize("rivals", [0, 1, 2, 7])
def test_a_change_starts_again_while_other_writers_are_faster(rivals: int) -> None:
    catalog = Busy(rivals=rivals)

    after, is_changed = update_record(catalog, KEY, raised)

    assert is_changed
    assert (after.edition, after.revision) == (10 * rivals + 1, rivals + 1)
    assert find_record(catalog, KEY, consistent=True) == after
    assert catalog.consistent


def test_a_change_cannot_set_the_revision() -> None:
    catalog = MemoryCatalog()
    update_record(catalog, KEY, raised)

    after, _ = update_record(catalog, KEY, lambda item: dataclasses.replace(item, revision=70))

    assert after.revision == 2
    assert find_record(catalog, KEY, consistent=True) == after


def test_a_change_of_an_unknown_original_receives_an_unlisted_record() -> None:
    asked: list[OriginalRecord] = []

    def change(item: OriginalRecord) -> OriginalRecord:
        asked.append(item)
        return raised(item)

    update_record(MemoryCatalog(), KEY, change)

    assert asked == [OriginalRecord(KEY)]
    assert not asked[0].is_listed


@pytest.mark.parametrize("change", [lambda item: item, lambda _: None, dataclasses.replace])
@pytest.mark.parametrize("listed", [True, False])
def test_no_change_saves_nothing(
    change: Callable[[OriginalRecord], OriginalRecord | None], listed: bool
) -> None:
    catalog = MemoryCatalog()
    before = update_record(catalog, KEY, raised)[0] if listed else OriginalRecord(KEY)

    after, is_changed = update_record(catalog, KEY, change)

    assert (after, is_changed) == (before, False)
    assert find_record(catalog, KEY) == (before if listed else None)


def test_a_change_that_lost_a_race_may_find_nothing_left_to_do() -> None:
    catalog = Busy(rivals=1)

    after, is_changed = update_record(
        catalog, KEY, lambda item: None if item.edition else dataclasses.replace(item, bytes=5)
    )

    assert (after.edition, after.bytes, is_changed) == (10, 0, False)


def test_a_failed_change_saves_nothing() -> None:
    def fails(item: OriginalRecord) -> OriginalRecord:
        raise TooLarge(item.key)

    catalog = MemoryCatalog()

    with pytest.raises(TooLarge):
        update_record(catalog, KEY, fails)
    assert catalog.items == {}


# How a record changes.


def test_an_original_that_is_not_in_the_catalog_has_the_facts_of_its_stat() -> None:
    item = OriginalRecord.unknown(KEY, STAT)

    assert item == OriginalRecord(KEY, version="v1", bytes=500)
    assert not item.is_listed


def test_an_item_that_was_saved_is_listed() -> None:
    after, _ = update_record(MemoryCatalog(), KEY, raised)

    assert after.is_listed


def test_a_new_original_is_pending_from_now_on() -> None:
    assert OriginalRecord(KEY, sequencer="0A").with_version(STAT, 1_000.9) == OriginalRecord(
        KEY,
        sequencer="0A",
        version="v1",
        bytes=500,
        status=Status.PENDING,
        created=1_000,
        changed=1_000,
    )


def test_a_replaced_original_keeps_what_does_not_depend_on_its_bytes() -> None:
    last = LastNotification("v1", Status.READY)
    before = dataclasses.replace(
        READY, revision=4, last_notification=last, leased=9
    ).with_annotations(WORDS)

    after = before.with_version(LATER, 2_000)

    assert after == OriginalRecord(
        KEY,
        revision=4,
        version="v2",
        edition=1,
        bytes=700,
        last_notification=last,
        leased=9,
        annotations=WORDS,
        created=1_000,
        changed=2_000,
        ingested=1_010,
    )


def test_a_replaced_original_is_no_longer_rejected() -> None:
    after = NEW.as_rejected(TooLarge("heavy"), 1_010).with_version(LATER, 2_000)

    assert (after.status, after.reason) == (Status.PENDING, None)


def test_a_deleted_original_has_no_version_and_no_bytes() -> None:
    gone = READY.with_version(None, 2_000).as_deleted()

    assert (gone.status, gone.version, gone.bytes) == (Status.DELETED, "", 0)
    assert (gone.analysis, gone.mips, gone.reason) == (None, (), None)
    assert (gone.created, gone.changed) == (1_000, 2_000)


def test_an_original_is_ready_with_its_analysis() -> None:
    once_rejected = NEW.as_rejected(TooLarge("heavy"), 1_005)

    after = once_rejected.as_ready(SURVEY, MIPS, 1_010.9)

    assert after == dataclasses.replace(
        NEW, status=Status.READY, analysis=SURVEY, mips=MIPS, ingested=1_010
    )


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_rejected_original_has_only_the_reason(refusal: type[CalotypeError]) -> None:
    error = refusal("what a stranger may hear", detail="what the log may")

    after = READY.as_rejected(error, 1_020.9)

    assert after == dataclasses.replace(
        NEW,
        status=Status.REJECTED,
        reason=Reason(refusal.code, "what a stranger may hear"),
        ingested=1_020,
    )


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_stored_reason_restores_its_error(refusal: type[CalotypeError]) -> None:
    item = NEW.as_rejected(refusal("the original is none"), 1_010)
    kept = from_json(to_json(item))
    assert kept.reason is not None

    error = kept.reason.error

    assert type(error) is refusal
    assert (error.code, error.message) == (refusal.code, "the original is none")


def test_other_annotations_raise_the_generation() -> None:
    once = READY.with_annotations(WORDS)
    twice = once.with_annotations(Annotations())

    assert once == dataclasses.replace(READY, annotations=WORDS, edition=1)
    assert twice == dataclasses.replace(READY, edition=2)


def test_equal_annotations_change_nothing() -> None:
    once = READY.with_annotations(Annotations(FocalPoint(0.5, 0.5), "A cat", ("cat",)))

    assert once.with_annotations(Annotations(FocalPoint(0.5, 0.5), "A cat", ("cat",))) is once


def test_a_record_holds_while_the_bucket_has_its_version() -> None:
    item = dataclasses.replace(READY, revision=4)

    assert item.at_version(STAT) is item


def test_for_another_version_in_the_bucket_only_the_annotations_hold() -> None:
    item = dataclasses.replace(READY, revision=4).with_annotations(WORDS)

    seen = item.at_version(LATER)

    assert (seen.version, seen.bytes, seen.status) == ("v2", 700, Status.PENDING)
    assert (seen.analysis, seen.mips, seen.is_listed) == (None, (), False)
    assert (seen.annotations, seen.source_version) == (WORDS, "v2.1")


@pytest.mark.parametrize("version, edition, text", [("v1", 0, "v1"), ("v1", 3, "v1.3"), ("", 0, "")])  # fmt: skip
def test_a_source_version_has_version_and_generation(version: str, edition: int, text: str) -> None:
    assert source_version(version, edition) == text
    assert OriginalRecord(KEY, version=version, edition=edition).source_version == text


def test_another_version_or_edition_has_another_source_version() -> None:
    items = [
        NEW,
        NEW.with_version(LATER, 2_000),
        NEW.with_annotations(WORDS),
        NEW.with_version(LATER, 9).with_annotations(WORDS),
    ]

    assert len({item.source_version for item in items}) == len(items)


def test_what_is_found_out_changes_no_stamp() -> None:
    assert (
        NEW.source_version
        == READY.source_version
        == NEW.as_rejected(TooLarge("heavy"), 9).source_version
    )


@pytest.mark.parametrize(
    "last", [None, LastNotification("v0", Status.READY), LastNotification("v1", Status.REJECTED)]
)
def test_an_original_is_not_settled_while_the_last_notification_says_something_else(
    last: LastNotification | None,
) -> None:
    assert not dataclasses.replace(READY, last_notification=last).is_settled


@pytest.mark.parametrize(
    "item",
    [READY, NEW.as_rejected(TooLarge("heavy"), 9), NEW.with_version(None, 9).as_deleted()],
    ids=lambda item: item.status,
)
def test_an_original_is_settled_once_subscribers_were_notified_of_its_state(
    item: OriginalRecord,
) -> None:
    assert not item.is_settled
    assert dataclasses.replace(
        item, last_notification=LastNotification(item.version, item.status)
    ).is_settled


@pytest.mark.parametrize(
    "item, point",
    [
        (NEW, None),
        (READY, FocalPoint(0.4, 0.6)),
        (READY.with_annotations(WORDS), FocalPoint(0.4, 0.6)),
        (READY.with_annotations(Annotations(FocalPoint(0, 1))), FocalPoint(0, 1)),
        (NEW.with_annotations(Annotations(FocalPoint(0, 0))), FocalPoint(0, 0)),
        (NEW.as_ready(dataclasses.replace(SURVEY, measurements=None), (), 9), None),
    ],
)
def test_an_annotated_focal_point_replaces_the_measured_one(
    item: OriginalRecord, point: FocalPoint | None
) -> None:
    assert item.focal_point == point


def test_a_share_that_is_stored_as_a_whole_number_is_read_as_a_fraction() -> None:
    kept = to_json(READY)
    kept["original"]["measured"]["palette"] = [{"colour": [0, 0, 255], "share": 1}]

    analysis = from_json(kept).analysis

    assert analysis is not None
    assert analysis.measurements is not None
    assert [repr(swatch.share) for swatch in analysis.measurements.palette] == ["1.0"]


def test_a_record_of_an_older_version_has_no_faces_and_is_outdated() -> None:
    form = to_json(READY)
    measured = {
        k: v for k, v in form["original"]["measured"].items() if k not in {"entropy", "edges"}
    }
    original = {k: v for k, v in form["original"].items() if k != "faces"} | {"measured": measured}
    annotations = {k: v for k, v in form["annotations"].items() if k != "faces"}

    read = from_json({**form, "original": original, "annotations": annotations})

    assert read.analysis is not None
    assert read.analysis.is_outdated
    assert (read.faces, read.annotations.faces, read.content.entropy) == ((), None, None)
    assert READY.analysis is not None
    assert not READY.analysis.is_outdated
