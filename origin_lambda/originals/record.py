"""The record of one original, and its transitions.

    nothing -> pending -> ready | rejected -> pending -> ... -> deleted

Records are immutable; `catalog` stores them.
"""

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from origin_lambda.errors import (
    Archived,
    CalotypeError,
    NotAPicture,
    TooLarge,
    Unprocessable,
)
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.faces import Face
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.mips import Mip
from origin_lambda.image.probe import Facts
from origin_lambda.image.subjects import Content
from origin_lambda.ports import Stat

MAX_DEPENDENTS: Final = 100
"""How many originals a record names that use this one as a layer."""

_REFUSALS: Final = {kind.code: kind for kind in (Archived, NotAPicture, TooLarge, Unprocessable)}


class Status(StrEnum):
    """The state of an original's ingest."""

    PENDING = "pending"
    READY = "ready"
    REJECTED = "rejected"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Annotations:
    """The owner's annotations of an original; a new version of the original keeps them.

    *faces* replace those that ingest found, unless they are None; they can be empty.
    """

    focal_point: FocalPoint | None = None
    alt: str = ""
    tags: tuple[str, ...] = ()
    faces: tuple[Face, ...] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an original was rejected: the code and the message of an error."""

    code: str
    message: str

    @property
    def error(self) -> CalotypeError:
        """The error that caused the rejection."""
        return _REFUSALS.get(self.code, Unprocessable)(self.message)


@dataclass(frozen=True, slots=True)
class LastNotification:
    """The version and status in the last notification of subscribers."""

    version: str
    status: Status


@dataclass(frozen=True, slots=True)
class OriginalRecord:
    """The facts about an original: its version, its ingest, its annotations and its dependents.

    *version* identifies its bytes (S3's ETag) and is "" after it is deleted. *edition* counts
    changes of the annotations, and of what a repeated analysis found, because derivatives depend on
    both. One ingest holds the lease until *leased*. Times are Unix seconds.

    While its first analysis goes on, a pending record can already have mips. Then *probed* has the
    facts.

    *used_by* has the keys of originals whose derivatives use this one as a layer. If there are more
    than `MAX_DEPENDENTS`, it is empty and *used_widely* is true. No key is ever removed.
    """

    key: str
    revision: int = 0
    version: str = ""
    edition: int = 0
    bytes: int = 0
    sequencer: str = ""
    status: Status = Status.PENDING
    reason: Reason | None = None
    last_notification: LastNotification | None = None
    leased: int = 0
    annotations: Annotations = field(default_factory=Annotations)
    analysis: Analysis | None = None
    probed: Facts | None = None
    mips: tuple[Mip, ...] = ()
    used_by: tuple[str, ...] = ()
    used_widely: bool = False
    created: int = 0
    changed: int = 0
    ingested: int = 0

    @classmethod
    def unknown(cls, key: str, stat: Stat) -> Self:
        """Return the record of an original that the catalog does not have."""
        return cls(key, version=stat.version, bytes=stat.size)

    @property
    def is_listed(self) -> bool:
        """Whether the catalog has the record."""
        return self.revision > 0

    @property
    def is_gone(self) -> bool:
        """Whether the original was deleted and subscribers were notified."""
        return self.status is Status.DELETED and self.is_settled

    @property
    def is_settled(self) -> bool:
        """Whether ingest is complete: subscribers were notified, which is its last step."""
        return self.last_notification == LastNotification(self.version, self.status)

    @property
    def is_archived(self) -> bool:
        """Whether ingest rejected it only because S3 had archived it: it may be readable by now."""
        return self.reason is not None and self.reason.code == Archived.code

    @property
    def source_version(self) -> str:
        """The source version of its derivatives: one with another source version is stale."""
        return source_version(self.version, self.edition)

    @property
    def facts(self) -> Facts | None:
        """The facts of its file, as far as ingest has read them."""
        return self.analysis.facts if self.analysis else self.probed

    @property
    def faces(self) -> tuple[Face, ...]:
        """The faces that the owner set, else those that ingest found."""
        if self.annotations.faces is not None:
            return self.annotations.faces
        return (self.analysis.faces if self.analysis else None) or ()

    @property
    def content(self) -> Content:
        """What the original shows, as far as it is known."""
        measured = self.analysis.measurements if self.analysis else None
        return Content(
            self.focal_point,
            measured.entropy if measured else None,
            measured.edges if measured else None,
            self.faces,
        )

    @property
    def focal_point(self) -> FocalPoint | None:
        """The focal point for crops: the owner's annotation, else the measured one."""
        measured = self.analysis.measurements if self.analysis else None
        return self.annotations.focal_point or (measured.focal_point if measured else None)

    def check_bytes(self, most: int) -> None:
        """Check that the original has at most *most* bytes.

        Raises:
            TooLarge: it has more.

        """
        if self.bytes > most:
            message = f"the original has more than {most:,} bytes"
            raise TooLarge(message)

    def at_version(self, stat: Stat) -> Self:
        """Return it if the bucket has this version; else a record of the bucket's version."""
        if stat.version == self.version:
            return self
        return dataclasses.replace(self.with_version(stat, 0), revision=0)

    def with_version(self, stat: Stat | None, now: float) -> Self:
        """Return it as pending, with another version of the original or none."""
        return dataclasses.replace(
            self,
            version=stat.version if stat else "",
            bytes=stat.size if stat else 0,
            status=Status.PENDING,
            reason=None,
            analysis=None,
            probed=None,
            mips=(),
            created=self.created or int(now),
            changed=int(now),
        )

    def as_deleted(self) -> Self:
        """Return it as deleted."""
        return dataclasses.replace(self, status=Status.DELETED)

    def with_mips(self, facts: Facts, mips: tuple[Mip, ...]) -> Self:
        """Return it with mips, while its first analysis goes on; others do not change."""
        if self.analysis or self.status is not Status.PENDING:
            return self
        return dataclasses.replace(self, probed=facts, mips=mips)

    def as_ready(self, analysis: Analysis, mips: tuple[Mip, ...], now: float) -> Self:
        """Return it as ready, with its analysis and mips.

        If another analysis of the same version found other content, this is the next edition.
        """
        ready = dataclasses.replace(
            self,
            status=Status.READY,
            reason=None,
            analysis=analysis,
            probed=None,
            mips=mips,
            ingested=int(now),
        )
        is_other = self.analysis is not None and ready.content != self.content
        return dataclasses.replace(ready, edition=self.edition + 1) if is_other else ready

    def as_rejected(self, error: CalotypeError, now: float) -> Self:
        """Return it as rejected for an error."""
        return dataclasses.replace(
            self,
            status=Status.REJECTED,
            reason=Reason(error.code, error.message),
            analysis=None,
            probed=None,
            mips=(),
            ingested=int(now),
        )

    def is_used_by(self, key: str) -> bool:
        """Whether derivatives of an original may use this one as a layer, as recorded."""
        return self.used_widely or key in self.used_by

    def with_dependent(self, key: str) -> Self:
        """Return it with an original recorded that uses it as a layer."""
        if self.is_used_by(key):
            return self
        if len(self.used_by) < MAX_DEPENDENTS:
            return dataclasses.replace(self, used_by=(*self.used_by, key))
        return dataclasses.replace(self, used_by=(), used_widely=True)

    def mark_notified(self, of: Self, *, is_published: bool, own_version: str) -> Self:
        """Return it with a note that subscribers were notified of a former state *of* it.

        *is_published* tells whether an alert was published; without one this only ends the lease.
        The lease ends if the record still has *own_version*, the version of the caller. If another
        ingest has notified subscribers since, its note stays, and the caller notifies them again.
        """
        notified = LastNotification(of.version, of.status)
        if self.version != of.version:
            return dataclasses.replace(self, last_notification=notified) if is_published else self
        leased = 0 if self.version == own_version else self.leased
        is_last = self.last_notification == of.last_notification
        last = notified if is_last else self.last_notification
        return dataclasses.replace(self, last_notification=last, leased=leased)

    def with_annotations(self, annotations: Annotations) -> Self:
        """Return it with other annotations and the next edition."""
        if annotations == self.annotations:
            return self
        return dataclasses.replace(self, annotations=annotations, edition=self.edition + 1)


def source_version(version: str, edition: int) -> str:
    """Return the source version of derivatives, from a version and an edition."""
    return f"{version}.{edition}" if edition else version
