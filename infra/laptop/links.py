"""Build the URLs that the pages of a local server show, signed if its policy requires that."""

from collections.abc import Callable
from functools import partial

from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import escape
from origin_lambda.url.signature import imgix_sign, sign

LinkBuilder = Callable[[str, str], str]
"""A function of an original's key and a query that returns path and query of a URL."""


def build_unsigned_link(key: str, query: str) -> str:
    """Return the path and query without a signature."""
    path = f"/{escape(key)}"
    return f"{path}?{query}" if query else path


def make_link_builder(policy: Policy) -> LinkBuilder:
    """Return a function that builds links that *policy* accepts."""
    is_closed = policy.require_signature or policy.open_parameters is not None
    return partial(_build_signed_link, policy) if is_closed else build_unsigned_link


def _build_signed_link(policy: Policy, key: str, query: str) -> str:
    path = f"/{escape(key)}"
    if policy.keys:
        kid = list(policy.keys)[-1]
        return f"{path}?{sign(path, query, kid, policy.keys[kid])}"
    return f"{path}?{imgix_sign(path, query, policy.imgix_token or '')}"
