"""The questions of the smoke test: what was read about AWS, and has to be true there.

docs/operations.md#what-is-inferred-about-aws lists which statement each question settles.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.aws.smoke.client import Client, NotAsked, SmokeFailed, check, quote
from infra.aws.smoke.edge_compute import CloudFrontTester, EdgeTooSlow, check_compute
from infra.aws.smoke.pictures import (
    LARGE,
    SIZE,
    draw_colour,
    draw_noise,
    read_size,
    shows_colour,
)
from infra.aws.smoke.subscriber import Subscriber
from origin_lambda.errors import CalotypeError
from origin_lambda.image.probe import sniff

NAME: Final = "calotype-smoke"
AWKWARD_NAMES: Final = ("a b (1)+~", "é", "日本", "🙂 'x' = 5,00", "100 %")
"""Names of originals that need escapes in a path: a space, an umlaut, brackets, a plus and more."""

_DERIVATIVE: Final = {"w": 48, "h": 32, "fit": "crop", "fm": "webp"}
_DERIVATIVE_SIZE: Final = (48, 32)
_FORMATS: Final[Mapping[str, str]] = {
    "avif": "image/avif",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
}
_MOST_BYTES_OF_LAMBDA: Final = 6_291_556
"""Bytes of an answer of a function (Lambda developer guide, "Lambda quotas")."""


@dataclass(slots=True)
class Run:
    """The state of one smoke test: its client, and the originals that it has made.

    *main* is the key that most questions are about, *awkward* one that needs escapes.
    """

    client: Client
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    main: str = ""
    awkward: str = ""
    originals: list[str] = field(default_factory=list)
    subscriber: Subscriber | None = None

    def name_original(self, name: str) -> str:
        """Return the key of an original that this deployment accepts."""
        outputs = self.client.outputs
        suffix = outputs.originals_suffixes.split(",")[0] or ".png"
        return f"{outputs.originals_prefix}{NAME}/{self.id}/{name}{suffix}"

    def put(self, name: str, body: bytes) -> str:
        """Store an original of a name, and return its key."""
        key = self.name_original(name)
        self.client.put(key, body)
        self.originals.append(key)
        return key

    def close(self) -> None:
        """Delete everything that the test has made."""
        for key in self.originals:
            self.client.delete(key)
        if self.subscriber:
            self.subscriber.close()


def ask_upload(run: Run) -> str:
    """Upload a picture as a browser does, or store it if there is no upload API."""
    client = run.client
    if not client.outputs.upload_api:
        run.main = run.put("picture", draw_noise())
        return f"there is no upload API: put {SIZE[0]}x{SIZE[1]} pixels at {run.main}"
    name = f"{NAME}.png"
    post = client.call_upload_api("POST", "/uploads", {"filename": name, "type": "image/png"})
    answer = client.request(
        "POST", post["url"], fields={**post["fields"], "file": (name, draw_noise(), "image/png")}
    )
    check(
        answer.status == 201,
        f"S3 answered {answer.status} to the presigned POST: {quote(answer)}",
    )
    run.main = post["key"]
    run.originals.append(run.main)
    return f"uploaded {SIZE[0]}x{SIZE[1]} pixels as {run.main}"


def ask_ingest(run: Run) -> str:
    """Wait for the ingest that an event of the bucket starts."""
    return f"ingested after {run.client.await_ingest(run.main):.0f} s"


def ask_alert(run: Run) -> str:
    """Receive the alert about a new original in a queue."""
    run.subscriber = Subscriber.subscribe(run.client, f"{NAME}-{run.id}")
    key = run.put("alert", draw_noise())
    return f"received 'created' after {run.subscriber.await_alert('created', key):.0f} s"


def ask_derivative(run: Run) -> str:
    """Fetch a derivative twice: the second answer must come at once."""
    unsigned, url = run.client.build_urls(run.main, **_DERIVATIVE)
    seen = []
    for nth, timeout in (("first", run.client.propagation_timeout), ("second", 0.0)):
        answer, milliseconds = run.client.get(url, timeout=timeout)
        kind = answer.headers.get("content-type", "nothing")
        check(answer.status == 200, f"{unsigned} answered {answer.status}: {quote(answer)}")
        check(kind == "image/webp", f"{unsigned} is {kind} instead of image/webp")
        size = read_size(answer.data)
        check(
            size == _DERIVATIVE_SIZE,
            f"{unsigned} has {size} pixels instead of {_DERIVATIVE_SIZE}",
        )
        where = answer.headers.get("x-cache") or answer.headers.get("x-calotype", "")
        seen.append(f"{nth} answer: 48x32 webp in {milliseconds:.0f} ms ({where})")
    return "; ".join(seen)


def ask_signature(run: Run) -> str:
    """Ask with a signature in which one character is wrong."""
    _, url = run.client.build_urls(run.main, w=47)
    wrong = url[:-1] + ("A" if url[-1] != "A" else "B")
    # The last character of base64url has spare bits: also change the one before.
    wrong = wrong[:-2] + ("A" if wrong[-2] != "A" else "B") + wrong[-1]
    answer, _ = run.client.get(wrong)
    check(answer.status == 403, f"a wrong signature was answered {answer.status}: {quote(answer)}")
    return "a wrong signature is 403, and the right one is 200"


def ask_keys(run: Run) -> str:
    """Fetch derivatives of originals whose names need escapes."""
    # An emulator decodes the path before the function gets it. So a signature does not match there,
    # and a percent sign is decoded twice.
    is_emulated = run.client.is_emulated
    names = [name for name in AWKWARD_NAMES if not (is_emulated and "%" in name)]
    for name in names:
        key = run.put(name, draw_noise())
        unsigned, signed = run.client.build_urls(key, **_DERIVATIVE)
        url = unsigned if is_emulated else signed
        answer, _ = run.client.get(url, timeout=run.client.propagation_timeout)
        check(answer.status == 200, f"{unsigned} answered {answer.status}: {quote(answer)}")
        check(read_size(answer.data) == _DERIVATIVE_SIZE, f"{unsigned} has another size")
        run.awkward = run.awkward or key
    return f"all of {len(names)} names are served: {', '.join(names)}"


def ask_formats(run: Run) -> str:
    """Fetch one derivative of each format, and let two browsers negotiate."""
    for name, media_type in _FORMATS.items():
        unsigned, url = run.client.build_urls(run.main, w=40, fm=name)
        answer, _ = run.client.get(url)
        check(answer.status == 200, f"{unsigned} answered {answer.status}: {quote(answer)}")
        try:
            kind = f"image/{sniff(answer.data)}"
        except CalotypeError as error:
            message = f"{unsigned} is no picture"
            raise SmokeFailed(message) from error
        found = answer.headers.get("content-type")
        check(found == kind == media_type, f"{unsigned} is {kind} as {found}, not {media_type}")
    _, url = run.client.build_urls(run.main, w=41, auto="format")
    types = []
    for accept in ("image/webp,image/*,*/*;q=0.8", "*/*"):
        answer, _ = run.client.get(url, accept=accept)
        vary = answer.headers.get("vary", "")
        check("accept" in vary.lower(), f"a negotiated answer has Vary: {vary!r}")
        types.append(answer.headers.get("content-type", ""))
    check(types[0] == "image/webp" != types[1], f"two browsers got {' and '.join(types)}")
    return f"{', '.join(_FORMATS)}; auto=format gave {' and '.join(types)}"


def ask_large(run: Run) -> str:
    """Fetch a derivative that is larger than a function's answer can be."""
    key = run.put("large", draw_noise(LARGE))
    run.client.await_ingest(key)
    unsigned, url = run.client.build_urls(key, rot=180, fm="png")
    answer, milliseconds = run.client.get(url, timeout=run.client.propagation_timeout)
    check(answer.status == 200, f"{unsigned} answered {answer.status}: {quote(answer)}")
    size = len(answer.data)
    check(size > _MOST_BYTES_OF_LAMBDA, f"{unsigned} has {size:,} bytes only")
    check(read_size(answer.data) == LARGE, f"{unsigned} has another size")
    return f"{size:,} bytes in {milliseconds:.0f} ms, by a redirect to the bucket"


def ask_replaced(run: Run) -> str:
    """Replace originals, and wait until the same URLs show the new picture.

    One of them has a name that needs escapes, because invalidations escape paths, too.
    """
    return "; ".join(_replace(run, key) for key in (run.main, run.awkward) if key)


def _replace(run: Run, key: str) -> str:
    client = run.client
    client.await_ingest(key)
    version = client.read_record(key).get("version", "")
    client.put(key, draw_colour())
    ingested = client.await_ingest(key, after=version)
    unsigned, signed = client.build_urls(key, **_DERIVATIVE)
    url = unsigned if client.is_emulated and key == run.awkward else signed
    start = time.monotonic()
    while True:
        answer, _ = client.get(url, timeout=client.propagation_timeout)
        waited = time.monotonic() - start
        if answer.status == 200 and shows_colour(answer.data):
            return f"new pixels {waited:.0f} s after the ingest, which took {ingested:.0f} s"
        check(waited < client.edge_timeout, f"after {waited:.0f} s the old picture is still served")
        time.sleep(client.pause)


def ask_deleted(run: Run) -> str:
    """Delete the original, and wait until its URL is missing."""
    client = run.client
    client.delete(run.main)
    _, url = client.build_urls(run.main, **_DERIVATIVE)
    start = time.monotonic()
    answer, _ = client.get(url, timeout=client.ingest_timeout, until=404)
    check(answer.status == 404, f"the URL of a deleted original is answered {answer.status}")
    return f"404 after {time.monotonic() - start:.0f} s"


def read_log_group(session: Any, function: str) -> str:
    """Return the name of a function's log group."""
    found = session.client("lambda").get_function_configuration(FunctionName=function)
    group: str = found.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{function}")
    return group


def ask_cold_start(run: Run) -> str:
    """Read the cold starts of the origin in its log."""
    session = run.client.session
    group = read_log_group(session, run.client.outputs.origin_function)
    since = int(1000 * (time.time() - 3600))
    try:
        lines = session.client("logs").filter_log_events(
            logGroupName=group, startTime=since, filterPattern='"Init Duration"'
        )["events"]
    except ClientError as error:
        message = f"its log cannot be read ({error.response['Error']['Code']})"
        raise NotAsked(message) from error
    times = [
        float(each["message"].partition("Init Duration: ")[2].partition(" ms")[0]) for each in lines
    ]
    if not times:
        message = "its log has no cold start of the last hour yet"
        raise NotAsked(message)
    return f"{len(times)} cold starts, from {min(times):.0f} to {max(times):.0f} ms"


def ask_edge_function(run: Run) -> str:
    """Measure the heaviest requests of the edge function, by CloudFront's TestFunction."""
    client = run.client
    if not client.outputs.edge_function:
        message = "this stage has no edge function"
        raise NotAsked(message)
    lines: list[str] = []
    tester = CloudFrontTester(client.session.client("cloudfront"), client.outputs.edge_function)
    try:
        check_compute(tester, *client.read_signing_key(), lines.append)
    except EdgeTooSlow as error:
        raise SmokeFailed(str(error)) from error
    return "; ".join(line.removeprefix("edge function: ") for line in lines)


@dataclass(frozen=True, slots=True)
class Question:
    """One question: a *name*, the *statement* that its answer settles, and how to *ask* it.

    If a question that *others_need* fails, no other is asked.
    """

    name: str
    statement: str
    ask: Callable[[Run], str]
    others_need: bool = False


QUESTIONS: Final = (
    Question("upload", "A presigned POST stores an original", ask_upload, others_need=True),
    Question("ingest", "An event of the bucket starts the ingest", ask_ingest, others_need=True),
    Question(
        "derivative",
        "The front may invoke the function, and the second answer is not rendered again",
        ask_derivative,
        others_need=True,
    ),
    Question("signature", "A wrong signature is refused", ask_signature),
    Question("formats", "Each format is encoded, and formats are negotiated", ask_formats),
    Question(
        "keys",
        "CloudFront and the function agree on the signature of paths with escapes",
        ask_keys,
    ),
    Question(
        "large answer", "An answer above 6 MB is stored, and a redirect leads to it", ask_large
    ),
    Question("alert", "A subscriber of the alerts' topic is notified", ask_alert),
    Question(
        "edge function", "The edge function's heaviest requests end in time", ask_edge_function
    ),
    Question("replaced", "An invalidation reaches the rewritten path", ask_replaced),
    Question("deleted", "A deleted original is no longer answered", ask_deleted),
    Question("cold start", "A start takes less than a second", ask_cold_start),
)
"""In the order in which they are asked: the last ones change the original."""
