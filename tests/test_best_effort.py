"""Best-effort calls suppress failures and count them; they never suppress bugs."""

import json

import pytest

from origin_lambda import log
from origin_lambda.best_effort import best_effort
from origin_lambda.errors import Archived, CalotypeError, Failure, StoreFailed
from tests.test_errors import find_subclasses


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    written: list[str] = []
    monkeypatch.setattr(log, "write", written.append)
    return written


SUPPRESSED = (Failure, Archived)


@pytest.mark.parametrize("failure", [*SUPPRESSED, *find_subclasses(Failure)])
def test_a_failure_of_a_port_is_suppressed_and_counted(
    lines: list[str], failure: type[CalotypeError]
) -> None:
    message = "for strangers"

    with best_effort("catalog"):
        raise failure(message, detail="for the log")

    (line,) = map(json.loads, lines)
    assert line["Tolerated"] == 1
    assert (line["what"], line["detail"]) == ("catalog", "for the log")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError,
        KeyError,
        KeyboardInterrupt,
        CalotypeError,
        *(kind for kind in find_subclasses(CalotypeError) if not issubclass(kind, SUPPRESSED)),
    ],
)
def test_other_errors_are_not_suppressed(lines: list[str], error: type[BaseException]) -> None:
    message = "a mistake"

    with pytest.raises(error), best_effort("catalog"):
        raise error(message)

    assert lines == []


def test_without_a_failure_nothing_is_counted(lines: list[str]) -> None:
    with best_effort("catalog"):
        found = "item"

    assert (found, lines) == ("item", [])


def test_results_before_the_failure_are_kept(lines: list[str]) -> None:
    found = ["item"]

    with best_effort("store"):
        found.append("written")
        message = "down"
        raise StoreFailed(message)

    assert found == ["item", "written"]
    assert len(lines) == 1
