"""Replaces what is between marks in a page that is otherwise written by hand."""

from collections.abc import Mapping


def replace_marked(text: str, sections: Mapping[str, str]) -> str:
    """Return a page with each section between its marks.

    They are `<!-- begin NAME -->` and `<!-- end NAME -->`.

    Raises:
        ValueError: the marks are missing.

    """
    for name, section in sections.items():
        begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
        before, found_begin, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            message = f"the page has no {begin.strip()} ... {end}"
            raise ValueError(message)
        text = f"{before}{begin}\n{section}\n\n{end}{after}"
    return text
