"""Replaces the parts of a page that are generated."""


def fill_part(page: str, text: str, name: str, part: str) -> str:
    """Return the *text* of a page with another *part* between the markers of this name.

    *page* is its name, for the error.

    Raises:
        ValueError: the page lacks the markers.

    """
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    before, has_begin, rest = text.partition(begin)
    _, has_end, after = rest.partition(end)
    if not (has_begin and has_end):
        message = f"{page} lacks the markers of {name}: {begin.strip()} ... {end}"
        raise ValueError(message)
    return f"{before}{begin}{part}\n{end}{after}"
