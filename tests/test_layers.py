"""Derivatives of several originals: their names, their stamps, and what keeps them true."""

from collections.abc import Iterator

import pytest

from origin_lambda import RECIPE
from origin_lambda.url.grammar import (
    canonical,
    layer_keys,
    layer_params,
    may_use,
    parse,
    raw_query,
    read_layers,
)
from tests.layers import marks_allowed


@pytest.fixture(autouse=True)
def _marks() -> Iterator[None]:
    with marks_allowed():
        yield


# The names of layers.


def test_the_layers_of_a_transform_are_named_in_table_order_and_once() -> None:
    asked = parse("/tom.jpg", "mark-b=logo.png&w=9&mark=cats/ada%201.jpg").transform

    assert layer_keys(asked) == ("cats/ada 1.jpg", "logo.png")
    assert layer_params(asked) == {"cats/ada 1.jpg": "mark", "logo.png": "mark-b"}
    assert layer_params(parse("/tom.jpg", "mark=a.png&mark-b=a.png").transform) == {"a.png": "mark"}


def test_a_transform_that_names_no_other_original_has_no_layers() -> None:
    assert layer_keys(parse("/tom.jpg", "w=9&dl=logo.png").transform) == ()


def test_a_layer_is_read_back_from_every_spelling() -> None:
    asked = parse("/tom.jpg", "mark=cats/ada%201.jpg&w=9").transform
    segment = canonical(asked)

    assert segment == f"mark=Y2F0cy9hZGEgMS5qcGc,r={RECIPE},w=9"
    assert parse(f"/tom.jpg/{segment}", "").transform == asked
    assert parse("/tom.jpg", raw_query(asked)).transform == asked
    assert read_layers(segment) == ("cats/ada 1.jpg",)


@pytest.mark.parametrize(
    "segment, expected",
    [
        (f"mark=bG9nby5wbmc,r={RECIPE}", True),
        (f"mark=bG9nby5qcGc,r={RECIPE}", False),
        (f"r={RECIPE},w=9", False),
        (f"r={RECIPE + 1},w=9", True),
        (f"mark=%,r={RECIPE}", True),
        (f"mark=a,r={RECIPE}", True),
        ("w=9", True),
        ("320", True),
        ("", True),
    ],
)
def test_what_cannot_be_read_may_use_any_layer(segment: str, expected: bool) -> None:
    assert may_use(segment, "logo.png") is expected
