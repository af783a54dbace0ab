"""The URLs that the pages of a local server show: signed where its policy asks for that."""

from collections.abc import Callable
from functools import partial

from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import escape
from origin_lambda.url.signature import imgix_sign, sign

Link = Callable[[str, str], str]
"""Returns the path and query of an original's key and a query."""


def link_plainly(key: str, query: str) -> str:
    """Return the path and query as they are."""
    path = f"/{escape(key)}"
    return f"{path}?{query}" if query else path


def link_with(policy: Policy) -> Link:
    """Return what makes links that *policy* lets through."""
    is_closed = policy.require_signature or policy.open_parameters is not None
    return partial(_sign, policy) if is_closed else link_plainly


def _sign(policy: Policy, key: str, query: str) -> str:
    path = f"/{escape(key)}"
    if policy.keys:
        kid = list(policy.keys)[-1]
        return f"{path}?{sign(path, query, kid, policy.keys[kid])}"
    return f"{path}?{imgix_sign(path, query, policy.imgix_token or '')}"
