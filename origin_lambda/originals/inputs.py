"""The originals that a derivative is made from: the primary one, and layers."""

import dataclasses
import operator
from dataclasses import dataclass
from typing import Self

from origin_lambda.originals.record import OriginalRecord


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known of each original that a derivative is made from, layers in table order."""

    primary: OriginalRecord
    layers: tuple[OriginalRecord, ...] = ()

    @property
    def all(self) -> tuple[OriginalRecord, ...]:
        """The primary original, then the layers."""
        return (self.primary, *self.layers)

    @property
    def others(self) -> tuple[OriginalRecord, ...]:
        """The layers that are other originals than the primary one."""
        return tuple(layer for layer in self.layers if layer.key != self.primary.key)

    @property
    def source_version(self) -> str:
        """The versions of all inputs: a derivative is stale where it was made from others."""
        return "+".join(item.source_version for item in self.all)

    def observed(self, primary: OriginalRecord, layers: tuple[OriginalRecord, ...]) -> Self:
        """Return the inputs as they were read; the same object if they are what was known."""
        if primary is self.primary and all(map(operator.is_, layers, self.layers)):
            return self
        return dataclasses.replace(self, primary=primary, layers=layers)
