"""Runs the viewer-request function in three JavaScript engines with the same interface.

QuickJS is fast, because it runs in this process. node shows that the function does not depend on
QuickJS. njs is an earlier version of CloudFront's own engine, and refuses the same syntax.
"""

import functools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edge.local.event import ViewerRequest, build_request_event
from edge.local.function import Function

_CLOCK: Final = "Date.now = function () { return event.now * 1000; };"
_IN_PROCESS: Final = f"""
const __handler = handler;
handler = function (event) {{ {_CLOCK} return __handler(event); }};
"""
_IN_BATCH: Final = f"""
import __fs from 'fs';
async function __all() {{
  const inputs = JSON.parse(__fs.readFileSync('CALLS', 'utf8'));
  const answers = [];
  for (let i = 0; i < inputs.events.length; i++) {{
    const event = inputs.events[i];
    {_CLOCK}
    globalThis.__entries = inputs.stores[event.store];
    event.request.rawQueryString = function () {{ return event.rawQueryString; }};
    const answer = await handler(event);
    answers.push(answer);
  }}
  __fs.writeFileSync('ANSWERS', JSON.stringify(answers));
}}
__all();
"""
_CLOUDFRONT: Final = """
function get(key, options) {
  if (!Object.prototype.hasOwnProperty.call(globalThis.__entries, key)) {
    return Promise.reject(new Error('KeyNotFound'));
  }
  const text = globalThis.__entries[key];
  return Promise.resolve(options && options.format === 'json' ? JSON.parse(text) : text);
}
export default { kvs: function () { return { get: get }; } };
"""


class EngineFailed(Exception):
    """An engine refused the function, or the function threw."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the function, the entries of its KeyValueStore and the Unix time.

    *is_raw* says whether the event has the query as it was sent, like CloudFront's real events, or
    only the parsed query, like its test events.
    """

    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)
    now: float = 0
    is_raw: bool = True

    def event(self) -> dict[str, Any]:
        """Return the event that the engines get."""
        event = build_request_event(
            ViewerRequest("GET", self.path, self.query, tuple(self.headers.items()))
        )
        raw = {} if self.is_raw else {"rawQueryString": ""}
        return event | raw | {"now": self.now}


Answers = list[dict[str, Any]]
Engine = Callable[[str, Sequence[Call]], Answers]


class QuickJS:
    """Runs the function in this process."""

    def __init__(self, code: str) -> None:
        self._entries: dict[str, str] = {}
        self._function = Function(code + _IN_PROCESS, self._entries)

    def __call__(self, call: Call) -> dict[str, Any]:
        return self.prepare(call)()

    def prepare(self, call: Call) -> Callable[[], dict[str, Any]]:
        """Return a function that answers *call*; it can be used until the next one is prepared."""
        self._entries.clear()
        self._entries.update(call.entries)
        return functools.partial(self.answer, call.event())

    def answer(self, event: dict[str, Any]) -> dict[str, Any]:
        """Answer an event, with the entries of the last prepared call."""
        return self._function(event)


def run_quickjs(code: str, calls: Sequence[Call]) -> Answers:
    """Answer calls in QuickJS.

    Raises:
        FunctionFailed: the function threw.

    """
    return list(map(QuickJS(code), calls))


def run_node(code: str, calls: Sequence[Call]) -> Answers:
    """Answer calls in node.

    Raises:
        EngineFailed: node refused the code, or the function threw.

    """
    return _run_batch(
        code,
        calls,
        module="node_modules/cloudfront/index.mjs",
        manifest='{"exports": "./index.mjs"}',
        command=("node", "main.mjs"),
    )


def run_njs(code: str, calls: Sequence[Call]) -> Answers:
    """Answer calls in njs.

    Raises:
        EngineFailed: njs refused the code, or the function threw.

    """
    return _run_batch(
        code, calls, module="cloudfront", command=("njs", "-p", "./", "-t", "module", "main.mjs")
    )


ENGINES: Final[dict[str, Engine]] = {"quickjs": run_quickjs, "node": run_node, "njs": run_njs}


@functools.cache
def is_installed(name: str) -> bool:
    """Whether an engine is installed."""
    return name == "quickjs" or shutil.which(name) is not None


def _run_batch(
    code: str,
    calls: Sequence[Call],
    *,
    module: str,
    command: Sequence[str],
    manifest: str | None = None,
) -> Answers:
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / module).parent.mkdir(parents=True, exist_ok=True)
        (directory / module).write_text(_CLOUDFRONT)
        if manifest is not None:
            (directory / module).with_name("package.json").write_text(manifest)
        (directory / "main.mjs").write_text(code + _IN_BATCH)
        # Most calls share one store, which takes longer to parse than the events.
        stores = {id(call.entries): call.entries for call in calls}
        events = [call.event() | {"store": id(call.entries)} for call in calls]
        inputs = {"stores": {key: dict(store) for key, store in stores.items()}, "events": events}
        (directory / "CALLS").write_text(json.dumps(inputs))
        process = subprocess.run(  # noqa: S603 reason: fixed commands
            command, cwd=directory, capture_output=True, text=True, check=False
        )
        if process.returncode or not (directory / "ANSWERS").exists():
            raise EngineFailed(process.stdout + process.stderr)
        answers: Answers = json.loads((directory / "ANSWERS").read_text())
        return answers
