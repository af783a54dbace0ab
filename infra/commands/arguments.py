"""Parse the arguments of every command, and format its help."""

import argparse
import textwrap
from typing import Any, Final
from urllib.parse import urlsplit

CHROME: Final = "image/avif,image/webp,*/*;q=0.8"
"""The `Accept` header of a browser that can show every format."""

_EXAMPLES: Final = "examples:"
_HIGHEST_PORT: Final = 65_535


class _Help(argparse.HelpFormatter):
    """Keeps the line breaks of examples, and adds the default to each option's help."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if text.startswith(_EXAMPLES):
            return text
        return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False)

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        shown = action.default not in (None, False, "", argparse.SUPPRESS, [])
        if not shown or not action.option_strings or "(default" in text:
            return text
        return f"{text} (default: %(default)s)"


class CommandParser(argparse.ArgumentParser):
    """A parser whose subcommands use the same class and format."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("formatter_class", _Help)
        super().__init__(**options)


def format_examples(*lines: str) -> str:
    """Return the epilog of a help text, with a line for each example."""
    return f"{_EXAMPLES}\n" + "\n".join(f"  {line}" for line in lines)


def parse_port(text: str) -> int:
    """Return a TCP port; 0 stands for any free one."""
    if not (text.isascii() and text.isdigit() and int(text) <= _HIGHEST_PORT):
        message = f"a whole number from 0 to {_HIGHEST_PORT} is expected; 0 picks a free port"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def parse_count(text: str) -> int:
    """Return a whole number from 0."""
    if not (text.isascii() and text.isdigit()):
        message = "a whole number from 0 is expected"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def parse_absolute_url(text: str) -> str:
    """Return a URL that has a scheme, a host and a path."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc or not parts.path.strip("/"):
        message = "a URL is expected, such as https://img.example.com/cats/tom.jpg?w=640"
        raise argparse.ArgumentTypeError(message)
    return text


def parse_base_url(text: str) -> str:
    """Return a scheme and host, without the slash at the end."""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        message = "a scheme and host are expected, such as https://img.example.com"
        raise argparse.ArgumentTypeError(message)
    return text.rstrip("/")
