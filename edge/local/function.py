"""Runs a CloudFront Function (runtime cloudfront-js-2.0) in QuickJS.

QuickJS accepts more JavaScript than the edge. It shows what a function answers, but not whether
CloudFront accepts the function.
"""

import base64
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import quickjs

VIEWER_RESPONSE: Final = Path(__file__).parent.parent / "viewer_response.js"

Event = Mapping[str, Any]
EdgeFunction = Callable[[Event], dict[str, Any]]

# The modules of runtime 2.0: docs.aws.amazon.com, "JavaScript runtime 2.0 features for CloudFront
# Functions". Its KeyValueStore rejects a key it does not have.
_RUNTIME: Final = """
const __modules = {};
(function () {
  // quickjs-ng 0.17 cannot give Python a long text that was concatenated ("Unknown quickjs
  // tag: -6"). A copy through JSON is in one piece.
  function whole(text) { return JSON.parse(JSON.stringify(text)); }
  function Hash(name, key) { this.name = name; this.key = key; this.text = ''; }
  Hash.prototype.update = function (text) { this.text += text; return this; };
  Hash.prototype.digest = function (encoding) {
    return __digest(this.name, this.key, whole(this.text), encoding || 'hex');
  };
  __modules.crypto = {
    createHash: function (name) { return new Hash(name, null); },
    createHmac: function (name, key) { return new Hash(name, key); }
  };
  __modules.cloudfront = { kvs: function () { return {
    exists: async function (key) { return __value(whole(key)) !== null; },
    get: async function (key, options) {
      const value = __value(whole(key));
      if (value === null) throw new Error('KeyNotFound');
      return options && options.format === 'json' ? JSON.parse(value) : value;
    }
  }; } };
})();
var __answer;
function __run(text) {
  const event = JSON.parse(text);
  const query = event.rawQueryString;
  delete event.rawQueryString;
  event.request.rawQueryString = function () { return query; };
  __answer = undefined;
  (async function () { return handler(event); })().then(
    function (answer) { __answer = JSON.stringify({ answer: answer }); },
    function (error) { __answer = JSON.stringify({ error: String(error) }); });
}
"""
# Minified, all imports are on one line, and no space is before a module's name.
_IMPORT: Final = re.compile(
    r"(?:^|(?<=;))\s*import\s+(\w+)\s+from\s*['\"](\w+)['\"]\s*;?", re.MULTILINE
)

_ENCODINGS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "hex": bytes.hex,
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "base64url": lambda digest: base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
}


class FunctionFailed(Exception):
    """A function threw, or answered something that CloudFront cannot use."""


class Function:
    """One CloudFront Function: *source* with a `handler`, and its KeyValueStore.

    Call it with an event; it returns the request or the response that its handler returns. It can
    be called from any thread.

    Raises:
        FunctionFailed: the handler threw, or returned no object.

    """

    def __init__(self, source: str, store: Mapping[str, str] | None = None) -> None:
        self._source = _IMPORT.sub(r"const \1 = __modules['\2'];", source)
        self._store = {} if store is None else store
        self._contexts = threading.local()  # QuickJS crashes where threads share a context

    def __call__(self, event: Event) -> dict[str, Any]:
        context = self._context()
        context.get("__run")(json.dumps(event))
        while context.execute_pending_job():
            pass
        text = context.get("__answer")
        result = json.loads(text) if text else {"error": "the handler never settled"}
        answer = result.get("answer")
        if not isinstance(answer, dict):
            raise FunctionFailed(result.get("error", "the handler returned no object"))
        return answer

    def _context(self) -> Any:
        context = getattr(self._contexts, "context", None)
        if context is None:
            context = quickjs.Context()
            context.add_callable("__digest", _digest)
            context.add_callable("__value", self._store.get)
            context.eval("'use strict';" + _RUNTIME + self._source)
            self._contexts.context = context
        return context


def _digest(name: str, key: str | None, text: str, encoding: str) -> str:
    if key is None:
        return _ENCODINGS[encoding](hashlib.new(name, text.encode()).digest())
    return _ENCODINGS[encoding](hmac.digest(key.encode(), text.encode(), name))
