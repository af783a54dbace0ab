"""Buckets in S3, with the few calls that `ports.Bucket` needs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Self
from urllib.parse import quote

from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.endpoints import bucket_endpoint
from origin_lambda.adapters.slim.service import Service, bad_request, error_code, raise_for_status
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import STANDARD, RetryPolicy
from origin_lambda.ports import Blob, ObjectMetadata, Source, Stat

_MISSING: Final = {"404", "NoSuchKey", "NotFound"}
_USER_METADATA: Final = "x-amz-meta-"
_SERVER_ERROR: Final = 500


class SlimBucket:
    """One bucket, at the endpoint from an *environment*."""

    def __init__(
        self, name: str, environment: Mapping[str, str], retry_policy: RetryPolicy = STANDARD
    ) -> None:
        self.name = name
        self._endpoint = bucket_endpoint(name, environment)
        self._s3 = Service("s3", self._endpoint, retry_policy, environment)

    def stat(self, key: str) -> Stat | None:
        answer = self._send_or_none(Call("HEAD", self._path(key)))
        return answer and _stat(answer)

    def read(self, key: str, *, first: int | None = None, most: int | None = None) -> Blob | None:
        part = {} if first is None else {"range": f"bytes=0-{max(first, 1) - 1}"}
        answer = self._s3.send(Call("GET", self._path(key), headers=part, most=most))
        if part and error_code(answer) == "InvalidRange":  # the object is empty
            return self.read(key)
        found = _none_if_missing(answer)
        return found and Blob(found.body[:first], _stat(found), _metadata(found))

    def write(self, key: str, body: bytes, metadata: ObjectMetadata) -> None:
        self._s3.send_checked(Call("PUT", self._path(key), headers=_headers(metadata), body=body))

    def copy_from(self, bucket: Self, source: Source, key: str, metadata: ObjectMetadata) -> None:
        headers = _headers(metadata) | {
            "x-amz-copy-source": f"/{bucket.name}/{quote(source.key)}",
            "x-amz-copy-source-if-match": f'"{source.version}"',
            "x-amz-metadata-directive": "REPLACE",
        }
        answer = self._s3.send_checked(Call("PUT", self._path(key), headers=headers))
        # S3 answers 200 before the copy ends, and can report an error in the body
        # (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
        if b"<CopyObjectResult" not in answer.body:
            raise_for_status(answer._replace(status=_SERVER_ERROR))

    def keys(self, prefix: str, *, deep: bool = False, after: str = "") -> Iterator[str]:
        from origin_lambda.adapters.slim.listing import read_page

        query = [("encoding-type", "url"), ("list-type", "2"), ("prefix", prefix)]
        query += [] if deep else [("delimiter", "/")]
        query += [("start-after", after)] if after else []
        continuation: list[tuple[str, str]] = []
        while True:
            path = self._endpoint.prefix or "/"
            page = read_page(self._s3.send_checked(Call("GET", path, (*query, *continuation))).body)
            yield from page.keys
            if not page.token:
                return
            continuation = [("continuation-token", page.token)]

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects one by one: the origin never deletes more than one."""
        for key in list(keys):
            self._s3.send_checked(Call("DELETE", self._path(key)))

    def link(self, key: str, seconds: int) -> str:
        return self._s3.link(self._path(key), seconds)

    def _path(self, key: str) -> str:
        if not key:  # an empty path would be the bucket itself
            raise bad_request(detail="an object without a key")
        return f"{self._endpoint.prefix}/{quote(key)}"

    def _send_or_none(self, call: Call) -> Answer | None:
        return _none_if_missing(self._s3.send(call))


def _none_if_missing(answer: Answer) -> Answer | None:
    return None if error_code(answer) in _MISSING else raise_for_status(answer)


def _stat(answer: Answer) -> Stat:
    """Return the stat from a HEAD or GET; a range's header has the whole size after its slash."""
    headers = answer.headers
    size = headers.get("content-range") or headers.get("content-length", "0")
    return Stat(headers.get("etag", "").strip('"'), int(size.rpartition("/")[2]))


def _metadata(answer: Answer) -> ObjectMetadata:
    headers = answer.headers
    return ObjectMetadata(
        media_type=headers.get("content-type", ""),
        cache_control=headers.get("cache-control", ""),
        disposition=headers.get("content-disposition", ""),
        user_metadata={
            name.removeprefix(_USER_METADATA): text
            for name, text in headers.items()
            if name.startswith(_USER_METADATA)
        },
    )


def _headers(metadata: ObjectMetadata) -> dict[str, str]:
    optional = {
        "cache-control": metadata.cache_control,
        "content-disposition": metadata.disposition,
    }
    return {
        "content-type": metadata.media_type,
        **{_USER_METADATA + name: text for name, text in metadata.user_metadata.items()},
        **{name: text for name, text in optional.items() if text},
    }
