"""Counts views in CloudFront's access logs (standard logging v2, JSON, one line for a request)."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

from origin_lambda.errors import CalotypeError
from origin_lambda.ports import Readable
from origin_lambda.traffic.popularity import COUNTED, Popularity
from origin_lambda.url.admission import Policy, admit_uri

_VIEWED: Final = frozenset({"200", "206", "304"})
_ACCEPTED: Final = {"image/avif": "image/avif,image/webp", "image/webp": "image/webp"}
"""What a browser accepts that was answered with this type."""

_SIGNATURE: Final = re.compile(r"(?<![^&])(?:sig|s)=[^&]*&?")
_GZIP: Final = b"\x1f\x8b"
_Request = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class LogCounter:
    """Counts the views in log files that S3 notifies of; *open_bucket* returns a bucket by name."""

    popularity: Popularity
    open_bucket: Callable[[str], Readable]
    policy: Policy

    def count(self, event: Mapping[str, Any]) -> None:
        """Count the views in the log files of an S3 notification; ignore files that are gone.

        Raises:
            Failure: a log cannot be read, or the table fails; Lambda delivers the event again.

        """
        for record in event.get("Records", ()):
            place = record["s3"]
            key = unquote_plus(place["object"]["key"])
            blob = self.open_bucket(place["bucket"]["name"]).read(key)
            if blob is not None:
                self.popularity.add(count_views(blob.body, self.policy))


def count_views(data: bytes, policy: Policy) -> Counter[str]:
    """Return the views in a log file by canonical path: those of the most frequent requests.

    A log has the viewer's path and query. So presets and size ladder of the *policy* are applied as
    at the edge, which has checked signatures already. The `Accept` header is guessed from the type
    of the answer. Client hints are not logged, so URLs whose size they set count for other paths.
    Broken lines are ignored.
    """
    requests: Counter[_Request] = Counter(_read_requests(data))
    views: Counter[str] = Counter()
    unsigned = Policy(presets=policy.presets, size_ladder=policy.size_ladder)
    signed = Policy(presets=policy.presets)
    for (path, query, media_type), count in requests.most_common(2 * COUNTED):
        headers = {"accept": _ACCEPTED.get(media_type, "")}
        rest = _SIGNATURE.sub("", query)
        admitted = unsigned if rest == query else signed
        try:
            views[admit_uri(path, rest, headers, admitted, now=0)] += count
        except CalotypeError:
            continue  # an answer of another behaviour, or of an older policy
    return views


def _read_requests(data: bytes) -> Iterator[_Request]:
    lines = gzip.decompress(data) if data.startswith(_GZIP) else data
    for line in lines.splitlines():
        try:
            entry: Any = json.loads(line)
            media_type = entry["sc-content-type"]
            is_view = entry["cs-method"] == "GET" and str(entry["sc-status"]) in _VIEWED
            path, query = entry["cs-uri-stem"], entry.get("cs-uri-query", "-")
        except (ValueError, TypeError, LookupError):
            continue
        if is_view and media_type.startswith("image/"):
            yield path, "" if query == "-" else query, media_type
