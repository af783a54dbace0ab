"""A slice of `make fuzz`, and what makes its runs repeatable."""

from tests.fuzz import files, is_fault, outcomes


def test_damaged_files_are_shown_or_refused() -> None:
    found = outcomes(list(files(300, seed=7)))

    assert len(found) == 300
    assert [one for one in found if is_fault(one)] == []


def test_a_seed_gives_the_same_files() -> None:
    assert list(files(40, seed=3)) == list(files(40, seed=3))
    assert list(files(40, seed=3)) != list(files(40, seed=4))
