"""The parameter table: all URL parameters, from the groups in `url/params/`.

Parser, canonical form, error texts, the URL reference, the edge's table and the test vectors all
come from it. A new parameter is one field of a group; a new group is one file and one field below.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple, Self

from origin_lambda.url.needs import holds, parse_condition
from origin_lambda.url.params.access import Access
from origin_lambda.url.params.adjust import Adjust
from origin_lambda.url.params.animation import Animation
from origin_lambda.url.params.background import Background
from origin_lambda.url.params.blend import Blend
from origin_lambda.url.params.crop import Cropping
from origin_lambda.url.params.delivery import Delivery
from origin_lambda.url.params.details import Details
from origin_lambda.url.params.faces import Faces
from origin_lambda.url.params.fill import Fill
from origin_lambda.url.params.info import Information
from origin_lambda.url.params.mark import Mark
from origin_lambda.url.params.output import Output
from origin_lambda.url.params.param import MAX_SIDE, Group, Param
from origin_lambda.url.params.rotation import Rotation
from origin_lambda.url.params.shape import Shape
from origin_lambda.url.params.size import Size
from origin_lambda.url.params.stylize import Stylize
from origin_lambda.url.params.text import Text
from origin_lambda.url.params.trim import Trim

__all__ = ["MAX_SIDE", "TABLE", "Access", "Group", "Param", "Row", "Table", "Transform"]

_CACHE_SIZE: Final = 1024
"""Transforms whose effective parameters are cached: some hundred bytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """The parameters of a URL, parsed and validated. Equal requests compare equal.

    The order of the groups is that of the URL reference; it has no other effect.
    """

    size: Size = Size()
    trim: Trim = Trim()
    cropping: Cropping = Cropping()
    faces: Faces = Faces()
    rotation: Rotation = Rotation()
    background: Background = Background()
    fill: Fill = Fill()
    adjust: Adjust = Adjust()
    stylize: Stylize = Stylize()
    shape: Shape = Shape()
    blend: Blend = Blend()
    mark: Mark = Mark()
    text: Text = Text()
    output: Output = Output()
    details: Details = Details()
    animation: Animation = Animation()
    information: Information = Information()
    delivery: Delivery = Delivery()

    def replace(self, group: str, **values: Any) -> Self:
        """Return the transform with new *values* for some fields of one group."""
        changed = dataclasses.replace(getattr(self, group), **values)
        return dataclasses.replace(self, **{group: changed})


class Row(NamedTuple):
    """One parameter: its group and field, its default and its `Param`.

    It has an effect if all clauses in *needs* hold (`url/needs.py`). *is_rare*: see `Param`.
    """

    group: str
    field: str
    default: Any
    param: Param
    needs: tuple[str, ...]
    is_rare: bool = False

    @property
    def name(self) -> str:
        """The canonical name."""
        return self.param.name

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical name, then the aliases."""
        return (self.param.name, *self.param.aliases)

    @property
    def default_text(self) -> str | None:
        """The default's canonical text; None if it has no default."""
        return None if self.default is None else self.param.kind.format(self.default)


class Table:
    """All parameters: the rows of the transform and of access, and each row by name and alias."""

    def __init__(self, transform: type[Transform], access: type[Access]) -> None:
        self.transform = transform
        self.access = access
        defaults = transform()
        self.groups: dict[str, Group] = {
            field.name: getattr(defaults, field.name) for field in dataclasses.fields(transform)
        }
        self.rows = [row for name, group in self.groups.items() for row in _rows(name, group)]
        self.access_rows = list(_rows("access", access()))
        self.spellings = {name: row for row in self.all_rows for name in row.names}
        self._rows_of = {
            name: [row for row in self.rows if row.group == name] for name in self.groups
        }
        # One request calls this up to three times, and popular transforms are requested again.
        self.drop_ineffective = lru_cache(maxsize=_CACHE_SIZE)(self._drop_ineffective)

    @property
    def all_rows(self) -> list[Row]:
        """The rows of the transform, then those of access."""
        return [*self.rows, *self.access_rows]

    def build(self, values: Mapping[str, Any]) -> Transform:
        """Build a transform from values by parameter name; all others are defaults."""
        groups: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            row = self.spellings[name]
            groups.setdefault(row.group, {})[row.field] = value
        built: dict[str, Any] = {
            name: type(self.groups[name])(**fields) for name, fields in groups.items()
        }
        return self.transform(**built)

    def non_defaults(self, transform: Transform) -> Iterator[tuple[Row, Any]]:
        """Yield the parameters that are not the default, with their values, in table order."""
        for name, default in self.groups.items():
            group = getattr(transform, name)
            if group is default:
                continue
            for row in self._rows_of[name]:
                value = getattr(group, row.field)
                if value != row.default:
                    yield row, value

    def _drop_ineffective(self, transform: Transform) -> Transform:
        """Return the transform without the parameters that cannot change the answer.

        So requests with equal results have equal cache keys.
        """
        given = {row.name: (row, value) for row, value in self.non_defaults(transform)}
        texts = {name: row.param.kind.format(value) for name, (row, value) in given.items()}
        kept = self._keep_effective(texts)
        if len(kept) == len(texts):
            return transform
        return self.build({name: value for name, (_, value) in given.items() if name in kept})

    def _keep_effective(self, texts: dict[str, str]) -> dict[str, str]:
        """Return the texts that have an effect.

        Dropping one can leave another without effect, so this repeats until nothing changes. Python
        and the edge use the same order, backwards by name. So they drop the same one of two
        parameters that each make the other superfluous.
        """
        kept = dict(texts)
        for name in sorted(texts, reverse=True):
            row = self.spellings[name]
            is_default = kept[name] == self._inherited_default(row, kept)
            if is_default or not holds(parse_condition(row.needs), kept):
                del kept[name]
        return kept if len(kept) == len(texts) else self._keep_effective(kept)

    def _inherited_default(self, row: Row, texts: Mapping[str, str]) -> str | None:
        """Return the value of the parameter whose value is this one's default, if there is one."""
        if not row.param.follows:
            return None
        return texts.get(row.param.follows, self.spellings[row.param.follows].default_text)


def _rows(name: str, group: Group) -> Iterator[Row]:
    for field in dataclasses.fields(group):  # type: ignore[arg-type]  # reason: each group is one
        param = next(extra for extra in field.type.__metadata__ if isinstance(extra, Param))  # type: ignore[union-attr]  # reason: each field is Annotated
        lead = group.lead if group.lead != param.name else ""
        needs = tuple(dict.fromkeys(f"{group.needs} {lead} {param.needs}".split()))
        yield Row(name, field.name, field.default, param, needs, group.is_rare or param.is_rare)


TABLE: Final = Table(Transform, Access)
