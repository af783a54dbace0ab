"""The requests that a scenario generates from its seed."""

import itertools

import pytest

from bench.latency.requests import NothingToRequest, RequestGenerator, make_generator
from bench.latency.scenario import parse_scenario
from tests.latency.samples import scenario, target

KEYS = ["a.jpg", "b c.png"]


def unique(count: int) -> RequestGenerator:
    changed = scenario("unique = true").text.replace("to = 1000", f"to = {count}")
    return make_generator(parse_scenario(changed), target(), ["a.jpg"], 1)


def test_a_unique_scenario_never_repeats_a_request() -> None:
    urls = [request.url for request in unique(3000).next(300)]

    assert len(set(urls)) == 300


def test_a_unique_scenario_that_runs_out_of_requests_is_an_error() -> None:
    with pytest.raises(NothingToRequest, match="only 20 different requests"):
        unique(20).next(21)


def test_primed_unique_requests_are_sent_once() -> None:
    generator = make_generator(scenario("unique = true\nprime = true"), target(), KEYS, 1)

    primed = generator.prepare(10)
    requests = list(itertools.chain.from_iterable(generator.next() for _ in range(12)))

    assert requests == list(primed)
    assert len(set(requests)) == 10


def test_only_the_population_is_requested() -> None:
    generator = make_generator(scenario("population = 5\nprime = true"), target(), KEYS, 1)

    primed = generator.prepare(1000)

    assert len(set(primed)) == 5
    assert set(generator.next(200)) == set(primed)


def test_few_possible_requests_make_a_smaller_population() -> None:
    generator = make_generator(
        parse_scenario(scenario("population = 50").text.replace("to = 1000", "to = 3")),
        target(),
        ["a"],
        1,
    )

    assert generator.prepare(10) == ()
    assert len(set(generator.next(100))) == 3


def test_a_group_of_a_population_has_no_duplicates() -> None:
    generator = make_generator(scenario("population = 40"), target(), KEYS, 1)
    generator.prepare(30)

    assert len(set(generator.next_group(30, same=False))) == 30


def test_a_group_can_be_for_one_url() -> None:
    generator = make_generator(scenario("unique = true"), target(), KEYS, 1)

    first, second = generator.next_group(50, same=True), generator.next_group(50, same=True)

    assert (len(first), len(set(first)), len(set(first + second))) == (50, 1, 2)


def test_the_same_seed_gives_the_same_requests() -> None:
    def list_urls(seed: int) -> list[str]:
        return [
            request.url for request in make_generator(scenario(), target(), KEYS, seed).next(20)
        ]

    assert list_urls(1) == list_urls(1) != list_urls(2)


def test_keys_are_escaped_and_urls_are_finished() -> None:
    whole = target("http://img.test/pictures", finish=lambda url: f"{url}&sig=1")
    (request,) = make_generator(scenario(), whole, ["b c?.png"], 1).next()

    assert request.url.startswith("http://img.test/pictures/b%20c%3F.png?w=")
    assert request.url.endswith("&fm=webp&sig=1")


def test_requests_are_chosen_by_their_weight() -> None:
    text = 'name = "x"\ndescription = "x"\nrequests = [{ template = "/often", weight = 9 }, { template = "/seldom", accept = "image/avif" }]'
    requests = make_generator(parse_scenario(text), target(), ["a"], 1).next(1000)

    seldom = [request for request in requests if request.url.endswith("/seldom")]

    assert 50 < len(seldom) < 150
    assert {request.accept for request in seldom} == {"image/avif"}
    assert {request.accept for request in requests} == {"image/avif", "image/webp"}


def test_originals_are_chosen_by_suffix_and_number() -> None:
    chosen = scenario(below='[originals]\nsuffixes = [".jpg"]\nmost = 2')

    assert make_generator(
        chosen, target(), ["a.gif", "b.JPG", "c.jpg", "d.jpg", "e.jpg"], 1
    ).keys == [
        "b.JPG",
        "d.jpg",
    ]
    with pytest.raises(NothingToRequest, match=r"none of the named originals ends in \.jpg"):
        make_generator(chosen, target(), ["a.gif"], 1)
    with pytest.raises(NothingToRequest, match="--key"):
        make_generator(chosen, target(), [], 1)


def test_a_scenario_can_name_originals() -> None:
    chosen = scenario(below='[originals]\nkeys = ["tom.jpg"]')

    assert make_generator(chosen, target(), [], 1).keys == ["tom.jpg"]
