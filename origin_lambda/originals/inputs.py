"""The inputs of a derivative: the primary original, and layers."""

import dataclasses
import operator
from dataclasses import dataclass
from typing import Self

from origin_lambda.originals.record import OriginalRecord


@dataclass(frozen=True, slots=True)
class Inputs:
    """The records of the primary original and of the layers, in the order of the parameters.

    *lacks_layer*: an optional layer is missing, so that the derivative is made without it.
    """

    primary: OriginalRecord
    layers: tuple[OriginalRecord, ...] = ()
    lacks_layer: bool = False

    @property
    def all(self) -> tuple[OriginalRecord, ...]:
        """The primary original, then the layers."""
        return (self.primary, *self.layers)

    @property
    def others(self) -> tuple[OriginalRecord, ...]:
        """The layers, without those that are the primary original itself."""
        return tuple(layer for layer in self.layers if layer.key != self.primary.key)

    @property
    def source_version(self) -> str:
        """The source versions of all inputs; a derivative with another one is stale."""
        return "+".join(record.source_version for record in self.all)

    def observed(self, primary: OriginalRecord, layers: tuple[OriginalRecord, ...]) -> Self:
        """Return the inputs with the records as read; the same object if none has changed."""
        if primary is self.primary and all(map(operator.is_, layers, self.layers)):
            return self
        return dataclasses.replace(self, primary=primary, layers=layers)
