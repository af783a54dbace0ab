"""What is known about one original, and how that may change.

    nothing -> pending -> ready | rejected -> pending -> ... -> deleted

Items are values: `catalog` keeps them.
"""

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from origin_lambda.errors import CalotypeError, NotAPicture, TooLarge, Unprocessable
from origin_lambda.image.analysis.analyse import Analysis
from origin_lambda.image.analysis.measure import FocalPoint
from origin_lambda.image.mips import Mip
from origin_lambda.ports import Stat

MOST_DEPENDENTS: Final = 100
"""How many originals a record names that use this one as a layer."""

_REFUSALS: Final = {kind.code: kind for kind in (NotAPicture, TooLarge, Unprocessable)}


class Status(StrEnum):
    """How far an original has come."""

    PENDING = "pending"
    READY = "ready"
    REJECTED = "rejected"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Annotations:
    """What an original's owner says of it; a new version of the original keeps it."""

    focal_point: FocalPoint | None = None
    alt: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an original was rejected: the code and the message of an error."""

    code: str
    message: str

    @property
    def error(self) -> CalotypeError:
        """The error that it was."""
        return _REFUSALS.get(self.code, Unprocessable)(self.message)


@dataclass(frozen=True, slots=True)
class LastNotification:
    """What subscribers last heard: of which version, and what had become of it."""

    version: str
    status: Status


@dataclass(frozen=True, slots=True)
class OriginalRecord:
    """What is known about an original.

    *version* names its bytes (S3's ETag), "" once it is deleted; *edition* is raised when
    something else changes that derivatives are made from. *told* is what subscribers last heard,
    if they did. Until *leased* somebody is at work on it. Times are Unix seconds.

    *used_by* are the keys of originals whose derivatives use this one as a layer. Where they are
    more than `MOST_DEPENDENTS` it is *used_widely*, and names none. Neither is ever taken back.
    """

    key: str
    revision: int = 0
    version: str = ""
    generation: int = 0
    bytes: int = 0
    sequencer: str = ""
    status: Status = Status.PENDING
    reason: Reason | None = None
    told: LastNotification | None = None
    leased: int = 0
    annotations: Annotations = field(default_factory=Annotations)
    analysis: Analysis | None = None
    mips: tuple[Mip, ...] = ()
    used_by: tuple[str, ...] = ()
    used_widely: bool = False
    created: int = 0
    changed: int = 0
    ingested: int = 0

    @classmethod
    def unlisted(cls, key: str, stat: Stat) -> Self:
        """Return what is known of an original that the catalog does not have."""
        return cls(key, version=stat.version, bytes=stat.size)

    @property
    def is_listed(self) -> bool:
        """Whether the catalog has it."""
        return self.revision > 0

    @property
    def is_gone(self) -> bool:
        """Whether the original was deleted, and subscribers know."""
        return self.status is Status.DELETED and self.is_settled

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be done: subscribers know, and that comes last."""
        return self.told == LastNotification(self.version, self.status)

    @property
    def source_version(self) -> str:
        """What a derivative made from it carries: it is stale where its stamp is not this."""
        return source_version(self.version, self.generation)

    @property
    def focal_point(self) -> FocalPoint | None:
        """What to keep when it is cropped: the owner's word, else what was measured."""
        measured = self.analysis.measurements if self.analysis else None
        return self.annotations.focal_point or (measured.focal_point if measured else None)

    def seen(self, stat: Stat) -> Self:
        """Return it if the bucket has this version; else all that is known of another one."""
        if stat.version == self.version:
            return self
        return dataclasses.replace(self.moved(stat, 0), revision=0)

    def moved(self, stat: Stat | None, now: float) -> Self:
        """Return it naming this version of the original, or none, and knowing nothing of that."""
        return dataclasses.replace(
            self,
            version=stat.version if stat else "",
            bytes=stat.size if stat else 0,
            status=Status.PENDING,
            reason=None,
            analysis=None,
            mips=(),
            created=self.created or int(now),
            changed=int(now),
        )

    def deleted(self) -> Self:
        """Return it as an original that there was."""
        return dataclasses.replace(self, status=Status.DELETED)

    def ready(self, analysis: Analysis, mips: tuple[Mip, ...], now: float) -> Self:
        """Return it with what was found out."""
        return dataclasses.replace(
            self,
            status=Status.READY,
            reason=None,
            analysis=analysis,
            mips=mips,
            ingested=int(now),
        )

    def rejected(self, error: CalotypeError, now: float) -> Self:
        """Return it as an original that nothing can be made of."""
        return dataclasses.replace(
            self,
            status=Status.REJECTED,
            reason=Reason(error.code, error.message),
            analysis=None,
            mips=(),
            ingested=int(now),
        )

    def is_used_by(self, key: str) -> bool:
        """Whether it is on record that derivatives of an original may use this one as a layer."""
        return self.used_widely or key in self.used_by

    def with_dependent(self, key: str) -> Self:
        """Return it on record as a layer of an original's derivatives."""
        if self.is_used_by(key):
            return self
        if len(self.used_by) < MOST_DEPENDENTS:
            return dataclasses.replace(self, used_by=(*self.used_by, key))
        return dataclasses.replace(self, used_by=(), used_widely=True)

    def heard(self, of: Self, *, has_spoken: bool, ours: str) -> Self:
        """Return it once subscribers have been told *of* it as it was, if that *has spoken* at all.

        The lease is given up if it is that of *our* version. Where another has told them something
        since, that stands: whoever finds it so tells them once more.
        """
        told = LastNotification(of.version, of.status)
        if self.version != of.version:
            return dataclasses.replace(self, told=told) if has_spoken else self
        leased = 0 if self.version == ours else self.leased
        is_last = self.told == of.told
        return dataclasses.replace(self, told=told if is_last else self.told, leased=leased)

    def annotated(self, annotations: Annotations) -> Self:
        """Return it with other words of its owner, and so of another edition."""
        if annotations == self.annotations:
            return self
        return dataclasses.replace(self, annotations=annotations, generation=self.generation + 1)


def source_version(version: str, generation: int) -> str:
    """Return what derivatives of a version and edition carry."""
    return f"{version}.{generation}" if generation else version
