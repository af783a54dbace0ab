"""What fills the space beside a picture: a colour, a blurred copy of the picture, or a gradient."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from origin_lambda.url.values import Colour


class BlurredCopy(NamedTuple):
    """The picture, enlarged to cover the box, blurred by a Gaussian of *sigma* pixels."""

    sigma: float


class Ramp(NamedTuple):
    """A line along which a gradient runs: from 0 to 1 between two opposite sides or corners.

    *x* and *y* are the direction, -1, 0 or 1 each: (0, 1) runs from the top to the bottom.
    """

    x: int
    y: int


class Rings(NamedTuple):
    """Circles along which a gradient runs, around a centre at *x*, *y* in pixels.

    The gradient is at 0 up to the radius *first*, and at 1 from the radius *second* on. If *first*
    is the larger one, it is the other way round.
    """

    x: float
    y: float
    first: float
    second: float

    def compute_position(self, distance: float) -> float:
        """Return where on the gradient a point at this *distance* from the centre is, 0 to 1."""
        width = self.second - self.first
        if math.isclose(width, 0, abs_tol=1e-6):
            return float(distance >= self.second)
        return min(1.0, max(0.0, (distance - self.first) / width))


@dataclass(frozen=True, slots=True)
class Gradient:
    """A gradient: *colours* are its 256 steps from 0 to 1 along its *shape*."""

    colours: tuple[Colour, ...]
    shape: Ramp | Rings


Filling = Colour | BlurredCopy | Gradient
