"""Reads an original for a request: a mip if one is large enough, or else the original."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from origin_lambda.best_effort import best_effort
from origin_lambda.errors import Archived, NoSuchOriginal
from origin_lambda.image.derive import plan_needed_sample, resolve
from origin_lambda.image.mips import Mip
from origin_lambda.image.plan import Plan, plan
from origin_lambda.image.probe import Facts, Limits, check
from origin_lambda.image.quality import NO_CURVES
from origin_lambda.image.raster import Codec
from origin_lambda.originals.canvas import CANVAS_RECORD
from origin_lambda.originals.mip_keys import mip_key
from origin_lambda.originals.record import OriginalRecord
from origin_lambda.ports import Blob, Bucket, Readable
from origin_lambda.stopwatch import Stopwatch
from origin_lambda.url.transform import Transform
from origin_lambda.url.values import FillMode


class _NoMip(Exception):
    """No mip can be used: the original is needed."""


@dataclass(slots=True)
class Picture:
    """An original of one request: its *record*, its bytes and its mips, each read at most once.

    *record* is that of the version that was read. *missing* returns the error for an original that
    is not in the bucket. One of more than *most_bytes* is not read. *is_mip_missing*: the bucket
    lacks a mip that the record names.
    """

    originals: Bucket
    mips: Readable
    codec: Codec[Any]
    record: OriginalRecord
    missing: Callable[[], NoSuchOriginal]
    most_bytes: int
    watch: Stopwatch
    original: Blob | None = None
    is_mip_missing: bool = False
    _mips: dict[Mip, Blob | None] = field(default_factory=dict)

    def plan(self, transform: Transform, limits: Limits) -> tuple[Plan, bytes]:
        """Return the plan of a derivative, and the file that it decodes.

        Raises:
            CalotypeError: the original is missing, broken or over a limit, or the transform does
                not fit it.

        """
        return self.plan_from_mip(transform, limits) or self.plan_from_original(transform, limits)

    def plan_from_mip(self, transform: Transform, limits: Limits) -> tuple[Plan, bytes] | None:
        """Return the plan of a derivative from a mip; None if no mip serves, or it is missing."""
        facts = self.record.facts
        if self.original or not (facts and self.record.mips):
            return None
        try:
            return self._plan(transform, facts, limits, self.record.mips, self._read_mip)
        except _NoMip:
            return None

    def plan_from_original(self, transform: Transform, limits: Limits) -> tuple[Plan, bytes]:
        """Return the plan of a derivative from the original itself, as `plan` does."""
        data = self._draw_canvas(transform, limits) if self.is_canvas else self.read().body
        facts = self.codec.probe(data)
        check(facts, limits)
        return self._plan(transform, facts, limits, (), lambda _: data)

    @property
    def is_canvas(self) -> bool:
        """Whether it is the built-in original, which is drawn for each transform."""
        return self.record is CANVAS_RECORD

    def _draw_canvas(self, transform: Transform, limits: Limits) -> bytes:
        from origin_lambda.image.canvas import draw_canvas, plan_canvas  # few requests need it

        return draw_canvas(plan_canvas(transform, limits, self.codec.measure_text))

    def read(self) -> Blob:
        """Return the original.

        Raises:
            NoSuchOriginal: it is missing. Not cacheable: it can be uploaded again without an event.
            Archived: it must be restored first; for a layer, the error names the parameter.
            TooLarge: it was replaced by one that is over the limit.

        """
        if self.original is None:
            try:
                with self.watch.stage("fetch"):
                    self.original = self.originals.read(self.record.key, most=self.most_bytes)
            except Archived as archived:
                archived.param = self.missing().param
                raise
        if self.original is None:
            error = self.missing()
            error.max_age = 0
            raise error
        self.record = self.record.at_version(self.original.stat)
        self.record.check_bytes(self.most_bytes)
        return self.original

    def _plan(
        self,
        transform: Transform,
        facts: Facts,
        limits: Limits,
        mips: tuple[Mip, ...],
        read: Callable[[Mip | None], bytes],
    ) -> tuple[Plan, bytes]:
        sample = plan_needed_sample(transform, facts, limits, mips)
        if sample:
            transform = resolve(read(sample.mip), transform, sample, self.codec, self.watch)
        analysis = self.record.analysis
        planned = plan(
            with_palette(transform, self.record),
            facts,
            limits,
            mips,
            curves=analysis.curves if analysis else NO_CURVES,
            content=self.record.content,
        )
        return planned, read(planned.mip)

    def _read_mip(self, mip: Mip | None) -> bytes:
        """Return the file of a mip.

        Raises:
            _NoMip: no mip serves, or it is missing, or it cannot be read.

        """
        if mip is None:
            raise _NoMip
        if mip not in self._mips:
            self._mips[mip] = None
            with self.watch.stage("fetch"), best_effort("mip"):
                self._mips[mip] = self.mips.read(mip_key(self.record.key, self.record.version, mip))
        blob = self._mips[mip]
        if blob is None:
            self.is_mip_missing = True
            raise _NoMip
        return blob.body


def select_first_mip(transform: Transform, record: OriginalRecord, limits: Limits) -> Mip | None:
    """Return the mip that a render reads first; None if it needs the original.

    Raises:
        CalotypeError: the transform does not fit the original.

    """
    facts = record.facts
    if not (facts and record.mips):
        return None
    sample = plan_needed_sample(transform, facts, limits, record.mips)
    if sample:
        return sample.mip
    return plan(transform, facts, limits, record.mips, content=record.content).mip


def with_palette(transform: Transform, record: OriginalRecord) -> Transform:
    """Return the transform with colours of the original for a gradient that has none of its own."""
    measured = record.analysis.measurements if record.analysis else None
    if measured is None or not uses_palette(transform):
        return transform
    from origin_lambda.image.analysis.palette import select_dark_and_light  # few requests need it

    colours = select_dark_and_light(measured.palette)
    return transform.replace("fill", linear_colours=colours, radial_colours=colours)


def uses_palette(transform: Transform) -> bool:
    """Whether the result depends on the colours of the original's palette."""
    return transform.fill.mode is FillMode.GRADIENT and transform.fill.gradient_colours is None
