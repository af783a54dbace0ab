"""Buckets in S3, through boto3."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Self

from botocore.exceptions import ClientError

from origin_lambda.adapters.boto.clients import EMPTY_RANGE, call_or_none, translate_errors
from origin_lambda.errors import StoreFailed
from origin_lambda.ports import Blob, ObjectMetadata, Source, Stat

_MAX_DELETED: Final = 1000
"""Keys that S3 deletes in one call."""


_NOT_REPLACED: Final = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404"}
"""S3's answers to a conditional write whose object has changed, is being changed, or is missing
(Amazon S3 user guide, "How to prevent object overwrites with conditional writes")."""


class S3Bucket:
    """One bucket; *client* is a boto3 S3 client."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def stat(self, key: str) -> Stat | None:
        answer = call_or_none(self.client.head_object, Bucket=self.name, Key=key)
        return answer and _stat(answer)

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        part = {} if first is None else {"Range": f"bytes=0-{max(first, 1) - 1}"}
        answer = call_or_none(self.client.get_object, Bucket=self.name, Key=key, **part)
        if answer is None:
            return None
        if answer is EMPTY_RANGE:
            return self.read(key)
        stat = _stat(answer)
        if most is not None and stat.size > most:
            answer["Body"].close()
            return Blob(b"", stat, _metadata(answer))
        with translate_errors():
            return Blob(answer["Body"].read()[:first], stat, _metadata(answer))

    def write(self, key: str, body: bytes, metadata: ObjectMetadata) -> None:
        with translate_errors():
            self.client.put_object(Bucket=self.name, Key=key, Body=body, **_arguments(metadata))

    def replace(self, key: str, body: bytes, metadata: ObjectMetadata, *, version: str) -> bool:
        with translate_errors():
            try:
                self.client.put_object(
                    Bucket=self.name,
                    Key=key,
                    Body=body,
                    IfMatch=f'"{version}"',
                    **_arguments(metadata),
                )
            except ClientError as error:
                if error.response["Error"]["Code"] in _NOT_REPLACED:
                    return False
                raise
        return True

    def copy_from(self, bucket: Self, source: Source, key: str, metadata: ObjectMetadata) -> None:
        with translate_errors():
            self.client.copy_object(
                Bucket=self.name,
                Key=key,
                CopySource={"Bucket": bucket.name, "Key": source.key},
                CopySourceIfMatch=f'"{source.version}"',
                MetadataDirective="REPLACE",
                **_arguments(metadata),
            )

    def keys(self, prefix: str, *, deep: bool = False, after: str = "") -> Iterator[str]:
        options = {"Bucket": self.name, "Prefix": prefix}
        options |= {} if deep else {"Delimiter": "/"}
        options |= {"StartAfter": after} if after else {}
        pages = self.client.get_paginator("list_objects_v2").paginate(**options)
        with translate_errors():
            for page in pages:
                yield from (entry["Key"] for entry in page.get("Contents", ()))

    def delete(self, keys: Iterable[str]) -> None:
        names = [{"Key": key} for key in keys]
        for start in range(0, len(names), _MAX_DELETED):
            batch = {"Objects": names[start : start + _MAX_DELETED], "Quiet": True}
            with translate_errors():
                answer = self.client.delete_objects(Bucket=self.name, Delete=batch)
            if errors := answer.get("Errors"):
                message = "a service behind this one did not delete every object"
                raise StoreFailed(message, detail=str(errors[:3]))

    def link(self, key: str, seconds: int) -> str:
        parameters = {"Bucket": self.name, "Key": key}
        with translate_errors():
            link: str = self.client.generate_presigned_url(
                "get_object", parameters, ExpiresIn=seconds
            )
        return link


def _stat(answer: Mapping[str, Any]) -> Stat:
    """Return the stat from a HEAD or GET; a range's header has the whole size after its slash."""
    size = int(answer.get("ContentRange", f"/{answer['ContentLength']}").rpartition("/")[2])
    return Stat(answer["ETag"].strip('"'), size)


def _metadata(answer: Mapping[str, Any]) -> ObjectMetadata:
    return ObjectMetadata(
        media_type=answer.get("ContentType", ""),
        cache_control=answer.get("CacheControl", ""),
        disposition=answer.get("ContentDisposition", ""),
        user_metadata=answer.get("Metadata", {}),
    )


def _arguments(metadata: ObjectMetadata) -> dict[str, Any]:
    optional = {"CacheControl": metadata.cache_control, "ContentDisposition": metadata.disposition}
    return {
        "ContentType": metadata.media_type,
        "Metadata": dict(metadata.user_metadata),
        **{name: text for name, text in optional.items() if text},
    }
