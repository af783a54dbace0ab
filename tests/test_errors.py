"""Named errors: each has a status, a code of its own, and a time that it can be cached."""

import json
from collections.abc import Iterator

import pytest

from origin_lambda import errors
from origin_lambda.errors import CalotypeError, Failure
from origin_lambda.http import error_response


def find_subclasses(kind: type[CalotypeError]) -> Iterator[type[CalotypeError]]:
    """Yield all errors below one."""
    for below in kind.__subclasses__():
        yield below
        yield from find_subclasses(below)


ERRORS = list(find_subclasses(CalotypeError))


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_response_has_the_facts_but_not_the_detail(
    kind: type[CalotypeError],
) -> None:
    response = error_response(kind("for strangers", detail="for the log", param="w"))

    assert response.status == kind.status
    assert json.loads(response.body) == {
        "error": {"code": kind.code, "message": "for strangers", "param": "w"}
    }
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_of_the_caller_are_cached_and_failures_are_not(kind: type[CalotypeError]) -> None:
    caching = error_response(kind("for strangers")).headers["cache-control"]

    ours = issubclass(kind, Failure)
    assert ours == (kind.status >= 500) == kind.needs_attention
    assert caching == ("no-store" if ours else f"public, max-age={kind.max_age}")
    assert ours == (kind.max_age == 0)


def test_codes_are_unique() -> None:
    leaves = [kind for kind in ERRORS if not kind.__subclasses__()]

    assert len({kind.code for kind in leaves}) == len(leaves)


@pytest.mark.parametrize("kind", ERRORS)
def test_the_tree_in_the_docstring_names_every_error_with_its_status(
    kind: type[CalotypeError],
) -> None:
    branches = [line.lstrip(" |`-") for line in (errors.__doc__ or "").splitlines()]

    (branch,) = (branch for branch in branches if branch.split()[:1] == [kind.__name__])
    assert kind is Failure or str(kind.status) in branch.split()
