"""A short run of `make fuzz`; its files depend on the seed alone."""

from tests.fuzz import draw_damaged_files, is_fault, try_files


def test_damaged_files_are_shown_or_refused() -> None:
    results = try_files(list(draw_damaged_files(300, seed=7)))

    assert len(results) == 300
    assert [one for one in results if is_fault(one)] == []


def test_a_seed_gives_the_same_files() -> None:
    assert list(draw_damaged_files(40, seed=3)) == list(draw_damaged_files(40, seed=3))
    assert list(draw_damaged_files(40, seed=3)) != list(draw_damaged_files(40, seed=4))
