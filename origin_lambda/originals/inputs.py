"""The originals that a derivative is made from: the primary one, and layers."""

import dataclasses
import operator
from dataclasses import dataclass
from typing import Self

from origin_lambda.originals.record import Item


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known of each original that a derivative is made from, layers in table order."""

    primary: Item
    layers: tuple[Item, ...] = ()

    @property
    def all(self) -> tuple[Item, ...]:
        """The primary original, then the layers."""
        return (self.primary, *self.layers)

    @property
    def others(self) -> tuple[Item, ...]:
        """The layers that are other originals than the primary one."""
        return tuple(layer for layer in self.layers if layer.key != self.primary.key)

    @property
    def source_version(self) -> str:
        """The versions of all inputs: a derivative is stale where it was made from others."""
        return "+".join(item.stamp for item in self.all)

    def observed(self, primary: Item, layers: tuple[Item, ...]) -> Self:
        """Return the inputs as they were read; the same object if they are what was known."""
        if primary is self.primary and all(map(operator.is_, layers, self.layers)):
            return self
        return dataclasses.replace(self, primary=primary, layers=layers)
