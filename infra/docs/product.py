"""Options of other services, and what they are called here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from origin_lambda.url.grammar import find_row

_OTHER_WAY: Final = "yes: "
_MISSING: Final = "no: "


@dataclass(frozen=True, slots=True)
class Row:
    """An option of another service: whether it works here, what it is called here, and a remark."""

    option: str
    status: str
    here: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Product:
    """Another service, the *source* of its list of options, and our answer to each.

    An answer is one of these:

    - `name name=value; remark`: our parameters. If one does not exist yet, neither does the option.
    - `yes: TEXT`: it works without a parameter.
    - `no: TEXT`: it does not work, and why.
    """

    name: str
    source: str
    options: Mapping[str, str]

    def rows(self) -> Iterator[Row]:
        """Yield a row for each option."""
        for option, answer in self.options.items():
            if answer.startswith(_OTHER_WAY):
                yield Row(option, "yes", remark=answer.removeprefix(_OTHER_WAY))
            elif answer.startswith(_MISSING):
                yield Row(option, "no", remark=answer.removeprefix(_MISSING))
            else:
                here, _, remark = answer.partition("; ")
                exists = all(map(_works, here.split()))
                code = ", ".join(f"`{each}`" for each in here.split())
                yield Row(option, "yes" if exists else "not yet", code, remark)

    def names(self) -> set[str]:
        """Return our parameters that the answers name."""
        return {
            name
            for answer in self.options.values()
            if not answer.startswith((_OTHER_WAY, _MISSING))
            for name in list_names(answer.partition("; ")[0])
        }


def list_names(here: str) -> list[str]:
    """Return the names of parameters such as `w fit=crop`."""
    return [each.partition("=")[0] for each in here.split()]


def _works(here: str) -> bool:
    """Return whether a parameter exists, and takes the value without treating it as another."""
    name, _, value = here.partition("=")
    row = find_row(name)
    if row is None or not value:
        return row is not None
    kind = row.param.kind
    return bool(kind.format(kind.parse(value)) == value)
