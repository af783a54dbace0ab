"""The requests of a scenario: new ones, known ones, in any service's words, again by a seed."""

import itertools

import pytest

from bench.latency.dialects import DIALECTS
from bench.latency.reading import parsed
from bench.latency.supply import NothingToAsk, Supply, supply
from tests.latency.samples import scenario, target

KEYS = ["a.jpg", "b c.png"]


def unique(count: int) -> Supply:
    changed = scenario("unique = true").text.replace("to = 1000", f"to = {count}")
    return supply(parsed(changed), target(), ["a.jpg"], 1)


def test_a_unique_scenario_never_asks_twice() -> None:
    asks = [ask.url for ask in unique(3000).next(300)]

    assert len(set(asks)) == 300


def test_a_unique_scenario_that_runs_out_says_so() -> None:
    with pytest.raises(NothingToAsk, match="only 20 different requests"):
        unique(20).next(21)


def test_what_is_primed_and_unique_is_asked_once_and_then_there_is_nothing() -> None:
    asks = supply(scenario("unique = true\nprime = true"), target(), KEYS, 1)

    primed = asks.prepare(10)
    asked = list(itertools.chain.from_iterable(asks.next() for _ in range(12)))

    assert asked == list(primed)
    assert len(set(asked)) == 10


def test_a_population_is_all_that_is_asked() -> None:
    asks = supply(scenario("population = 5\nprime = true"), target(), KEYS, 1)

    primed = asks.prepare(1000)

    assert len(set(primed)) == 5
    assert set(asks.next(200)) == set(primed)


def test_a_small_world_has_a_smaller_population() -> None:
    asks = supply(
        parsed(scenario("population = 50").text.replace("to = 1000", "to = 3")),
        target(),
        ["a"],
        1,
    )

    assert asks.prepare(10) == ()
    assert len(set(asks.next(100))) == 3


def test_a_group_of_a_population_has_no_picture_twice() -> None:
    asks = supply(scenario("population = 40"), target(), KEYS, 1)
    asks.prepare(30)

    assert len(set(asks.together(30, same=False))) == 30


def test_a_group_may_be_for_one_url() -> None:
    asks = supply(scenario("unique = true"), target(), KEYS, 1)

    first, second = asks.together(50, same=True), asks.together(50, same=True)

    assert (len(first), len(set(first)), len(set(first + second))) == (50, 1, 2)


def test_the_same_seed_asks_the_same_and_another_does_not() -> None:
    def asked(seed: int) -> list[str]:
        return [ask.url for ask in supply(scenario(), target(), KEYS, seed).next(20)]

    assert asked(1) == asked(1) != asked(2)


def test_keys_are_escaped_and_urls_are_finished() -> None:
    whole = target("http://img.test/pictures", finish=lambda url: f"{url}&sig=1")
    (ask,) = supply(scenario(), whole, ["b c?.png"], 1).next()

    assert ask.url.startswith("http://img.test/pictures/b%20c%3F.png?w=")
    assert ask.url.endswith("&fm=webp&sig=1")


def test_requests_come_as_often_as_they_weigh() -> None:
    text = 'name = "x"\ndescription = "x"\nrequests = [{ template = "/often", weight = 9 }, { template = "/seldom", accept = "image/avif" }]'
    asks = supply(parsed(text), target(), ["a"], 1).next(1000)

    seldom = [ask for ask in asks if ask.url.endswith("/seldom")]

    assert 50 < len(seldom) < 150
    assert {ask.accept for ask in seldom} == {"image/avif"}
    assert {ask.accept for ask in asks} == {"image/avif", "image/webp"}


def test_originals_are_chosen_by_suffix_and_number() -> None:
    chosen = scenario(below='[originals]\nsuffixes = [".jpg"]\nmost = 2')

    assert supply(chosen, target(), ["a.gif", "b.JPG", "c.jpg", "d.jpg", "e.jpg"], 1).keys == [
        "b.JPG",
        "d.jpg",
    ]
    with pytest.raises(NothingToAsk, match=r"no original that was named ends in \.jpg"):
        supply(chosen, target(), ["a.gif"], 1)
    with pytest.raises(NothingToAsk, match="--key"):
        supply(chosen, target(), [], 1)


def test_originals_may_be_named_by_the_scenario() -> None:
    chosen = scenario(below='[originals]\nkeys = ["tom.jpg"]')

    assert supply(chosen, target(), [], 1).keys == ["tom.jpg"]


@pytest.mark.parametrize(
    "name, wide, box, chosen",
    [
        ("calotype", "/a%20b.jpg?w=640&fm=jpg", "/a%20b.jpg?w=640&h=480&fit=crop&fm=jpg", "/a%20b.jpg?w=640&auto=format"),
        ("imgix", "/a%20b.jpg?w=640&fm=jpg", "/a%20b.jpg?w=640&h=480&fit=crop&fm=jpg", "/a%20b.jpg?w=640&auto=format"),
        ("imgproxy", "/unsafe/rs:fit:640:0/plain/a%20b.jpg@jpg", "/unsafe/rs:fill:640:480/plain/a%20b.jpg@jpg", "/unsafe/rs:fit:640:0/plain/a%20b.jpg"),
        ("thumbor", "/unsafe/640x0/filters:format(jpeg)/a%20b.jpg", "/unsafe/640x480/filters:format(jpeg)/a%20b.jpg", "/unsafe/640x0/a%20b.jpg"),
        ("ipx", "/w_640,f_jpg/a%20b.jpg", "/s_640x480,fit_cover,f_jpg/a%20b.jpg", "/w_640,f_auto/a%20b.jpg"),
        ("cloudflare", "/cdn-cgi/image/width=640,format=jpeg/a%20b.jpg", "/cdn-cgi/image/width=640,height=480,fit=cover,format=jpeg/a%20b.jpg", "/cdn-cgi/image/width=640,format=auto/a%20b.jpg"),
        ("dit", "/640x0/filters:format(jpeg)/a%20b.jpg", "/640x480/filters:format(jpeg)/a%20b.jpg", "/640x0/a%20b.jpg"),
    ],
)  # fmt: skip
def test_every_dialect_asks_for_the_same_picture(
    name: str, wide: str, box: str, chosen: str
) -> None:
    dialect = DIALECTS[name]

    assert dialect.path("a%20b.jpg", "640", None, "jpg") == wide
    assert dialect.path("a%20b.jpg", "640", "480", "jpg") == box
    assert dialect.path("a%20b.jpg", "640", None, "auto") == chosen


def test_a_peer_is_asked_in_its_own_words() -> None:
    (ask,) = supply(scenario(), target(dialect="thumbor"), ["{format}.jpg"], 1).next()

    assert ask.url.startswith("http://img.test/unsafe/")
    assert ask.url.endswith("x0/filters:format(webp)/%7Bformat%7D.jpg")


def test_a_scenario_that_a_peer_cannot_be_asked_is_refused() -> None:
    text = 'name = "x"\ndescription = "x"\nrequests = [{ template = "/{key}" }]'

    with pytest.raises(NothingToAsk, match="no variable width"):
        supply(parsed(text), target(dialect="ipx"), ["a"], 1)
