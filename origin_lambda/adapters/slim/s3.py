"""Buckets in S3, by the few calls that `ports.Bucket` needs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Self
from urllib.parse import quote

from origin_lambda.adapters.slim.connection import Answer
from origin_lambda.adapters.slim.endpoints import bucket_endpoint
from origin_lambda.adapters.slim.service import Service, error_code, granted, impossible
from origin_lambda.adapters.slim.signing import Call
from origin_lambda.adapters.slim.transport import PATIENT, Patience
from origin_lambda.ports import Blob, ObjectMetadata, Source, Stat

_MISSING: Final = {"404", "NoSuchKey", "NotFound"}
_NOTE: Final = "x-amz-meta-"
_SERVER_ERROR: Final = 500


class SlimBucket:
    """One bucket, where the variables of an *environment* say."""

    def __init__(
        self, name: str, environment: Mapping[str, str], patience: Patience = PATIENT
    ) -> None:
        self.name = name
        self._at = bucket_endpoint(name, environment)
        self._s3 = Service("s3", self._at, patience, environment)

    def stat(self, key: str) -> Stat | None:
        answer = self._found(Call("HEAD", self._path(key)))
        return answer and _stat(answer)

    def read(self, key: str, *, first: int | None = None) -> Blob | None:
        part = {} if first is None else {"range": f"bytes=0-{max(first, 1) - 1}"}
        answer = self._s3.ask(Call("GET", self._path(key), headers=part))
        if part and error_code(answer) == "InvalidRange":  # it is empty
            return self.read(key)
        known = _unless_missing(answer)
        return known and Blob(known.body[:first], _stat(known), _label(known))

    def write(self, key: str, body: bytes, label: ObjectMetadata) -> None:
        self._s3.demand(Call("PUT", self._path(key), headers=_headers(label), body=body))

    def copy_from(self, bucket: Self, source: Source, key: str, label: ObjectMetadata) -> None:
        headers = _headers(label) | {
            "x-amz-copy-source": f"/{bucket.name}/{quote(source.key)}",
            "x-amz-copy-source-if-match": f'"{source.version}"',
            "x-amz-metadata-directive": "REPLACE",
        }
        answer = self._s3.demand(Call("PUT", self._path(key), headers=headers))
        # S3 says 200 before it knows how a copy ends, which may be in an error
        # (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
        if b"<CopyObjectResult" not in answer.body:
            granted(answer._replace(status=_SERVER_ERROR))

    def keys(self, prefix: str, *, deep: bool = False, after: str = "") -> Iterator[str]:
        from origin_lambda.adapters.slim.listing import read_page

        query = [("encoding-type", "url"), ("list-type", "2"), ("prefix", prefix)]
        query += [] if deep else [("delimiter", "/")]
        query += [("start-after", after)] if after else []
        following: list[tuple[str, str]] = []
        while True:
            path = self._at.prefix or "/"
            page = read_page(self._s3.demand(Call("GET", path, (*query, *following))).body)
            yield from page.keys
            if not page.following:
                return
            following = [("continuation-token", page.following)]

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, one by one: the origin never has more than one to remove."""
        for key in list(keys):
            self._s3.demand(Call("DELETE", self._path(key)))

    def link(self, key: str, seconds: int) -> str:
        return self._s3.link(self._path(key), seconds)

    def _path(self, key: str) -> str:
        if not key:  # that would be the bucket itself
            raise impossible(detail="an object without a key")
        return f"{self._at.prefix}/{quote(key)}"

    def _found(self, call: Call) -> Answer | None:
        return _unless_missing(self._s3.ask(call))


def _unless_missing(answer: Answer) -> Answer | None:
    return None if error_code(answer) in _MISSING else granted(answer)


def _stat(answer: Answer) -> Stat:
    """Return what a HEAD or a GET says; a range says the whole size after its slash."""
    given = answer.headers
    size = given.get("content-range") or given.get("content-length", "0")
    return Stat(given.get("etag", "").strip('"'), int(size.rpartition("/")[2]))


def _label(answer: Answer) -> ObjectMetadata:
    given = answer.headers
    return ObjectMetadata(
        media_type=given.get("content-type", ""),
        cache_control=given.get("cache-control", ""),
        disposition=given.get("content-disposition", ""),
        notes={
            name.removeprefix(_NOTE): text for name, text in given.items() if name.startswith(_NOTE)
        },
    )


def _headers(label: ObjectMetadata) -> dict[str, str]:
    given = {"cache-control": label.cache_control, "content-disposition": label.disposition}
    return {
        "content-type": label.media_type,
        **{_NOTE + name: text for name, text in label.notes.items()},
        **{name: text for name, text in given.items() if text},
    }
