"""Build the URLs that the pages of a local server show, signed if its policy requires that."""

from collections.abc import Callable
from functools import partial

from origin_lambda.html.site import ImgixToken, SigningKey
from origin_lambda.url.admission import Policy
from origin_lambda.url.grammar import escape
from origin_lambda.url.signature import imgix_sign, sign

Signer = SigningKey | ImgixToken
"""What signs URLs."""

LinkBuilder = Callable[[str, str], str]
"""A function of an original's key and a query that returns path and query of a URL."""


def build_unsigned_link(key: str, query: str) -> str:
    """Return the path and query without a signature."""
    path = f"/{escape(key)}"
    return f"{path}?{query}" if query else path


def make_link_builder(policy: Policy) -> LinkBuilder:
    """Return a function that builds links that *policy* accepts."""
    return sign_links(choose_key(policy))


def sign_links(signer: Signer | None) -> LinkBuilder:
    """Return a function that builds links which *signer* signs, if there is one."""
    return partial(_build_signed_link, signer) if signer else build_unsigned_link


def choose_key(policy: Policy) -> Signer | None:
    """Return the key with which to sign URLs; None if *policy* accepts all URLs unsigned."""
    if not policy.require_signature and policy.open_parameters is None:
        return None
    if policy.keys:
        name = list(policy.keys)[-1]
        return SigningKey(name, policy.keys[name])
    return ImgixToken(policy.imgix_token or "")


def _build_signed_link(signer: Signer, key: str, query: str) -> str:
    path = f"/{escape(key)}"
    if isinstance(signer, SigningKey):
        return f"{path}?{sign(path, query, signer.name, signer.secret)}"
    return f"{path}?{imgix_sign(path, query, signer.token)}"
