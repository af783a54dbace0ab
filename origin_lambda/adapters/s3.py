"""Buckets in S3, through boto3."""

from collections.abc import Mapping
from typing import Any, Self

from origin_lambda.adapters.aws import EMPTY_RANGE, failures, found
from origin_lambda.ports import Blob, Label, Source, Stat


class S3Bucket:
    """One bucket; *client* is a boto3 S3 client."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def stat(self, key: str) -> Stat | None:
        answer = found(self.client.head_object, Bucket=self.name, Key=key)
        return answer and _stat(answer)

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        part = {} if first is None else {"Range": f"bytes=0-{max(first, 1) - 1}"}
        answer = found(self.client.get_object, Bucket=self.name, Key=key, **part)
        if answer is None:
            return None
        if answer is EMPTY_RANGE:
            return self.read(key)
        with failures():
            return Blob(answer["Body"].read()[:first], _stat(answer), _label(answer))

    def write(self, key: str, body: bytes, label: Label) -> None:
        with failures():
            self.client.put_object(Bucket=self.name, Key=key, Body=body, **_arguments(label))

    def copy_from(self, bucket: Self, source: Source, key: str, label: Label) -> None:
        with failures():
            self.client.copy_object(
                Bucket=self.name,
                Key=key,
                CopySource={"Bucket": bucket.name, "Key": source.key},
                CopySourceIfMatch=f'"{source.version}"',
                MetadataDirective="REPLACE",
                **_arguments(label),
            )

    def delete(self, key: str) -> None:
        with failures():
            self.client.delete_object(Bucket=self.name, Key=key)

    def link(self, key: str, seconds: int) -> str:
        wanted = {"Bucket": self.name, "Key": key}
        with failures():
            link: str = self.client.generate_presigned_url("get_object", wanted, ExpiresIn=seconds)
        return link


def _stat(answer: Mapping[str, Any]) -> Stat:
    """Return what a HEAD or a GET says; a range says the whole size after its slash."""
    size = int(answer.get("ContentRange", f"/{answer['ContentLength']}").rpartition("/")[2])
    return Stat(answer["ETag"].strip('"'), size)


def _label(answer: Mapping[str, Any]) -> Label:
    return Label(
        media_type=answer.get("ContentType", ""),
        cache_control=answer.get("CacheControl", ""),
        disposition=answer.get("ContentDisposition", ""),
        notes=answer.get("Metadata", {}),
    )


def _arguments(label: Label) -> dict[str, Any]:
    given = {"CacheControl": label.cache_control, "ContentDisposition": label.disposition}
    return {
        "ContentType": label.media_type,
        "Metadata": dict(label.notes),
        **{name: text for name, text in given.items() if text},
    }
