"""Selects the frames of an animation, their order and their durations, before any is decoded."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from origin_lambda.image.probe import Facts
from origin_lambda.image.raster import Frame, R
from origin_lambda.url.params.animation import Animation


@dataclass(frozen=True, slots=True)
class Playback:
    """The frames to show.

    *numbers* are those of the original's frames, from 0, in the file's order. With *is_reversed*
    they are shown backwards. *fps* replaces their durations, if it is not None.
    """

    numbers: tuple[int, ...]
    is_reversed: bool = False
    fps: int | None = None

    @property
    def kept(self) -> tuple[int, ...]:
        """The numbers to keep of those up to the last; empty if these are all."""
        return () if len(self.numbers) == self.numbers[-1] + 1 else self.numbers

    def apply(self, facts: Facts, loop: int | None) -> Facts:
        """Return the facts of the frames to show; *loop* replaces that of an animation."""
        is_moving = len(self.numbers) > 1
        return dataclasses.replace(
            facts,
            frames=len(self.numbers),
            loop=facts.loop if loop is None or not is_moving else loop,
        )

    @property
    def first(self) -> "Playback":
        """The playback of the frame that is shown first."""
        return Playback((self.numbers[-1 if self.is_reversed else 0],))

    def arrange(self, frames: Sequence[Frame[R]]) -> list[Frame[R]]:
        """Return decoded frames in the order of the result, with its durations."""
        ordered = list(reversed(frames)) if self.is_reversed else list(frames)
        if self.fps is None:
            return ordered
        # The starts are rounded, not the durations: so a long animation keeps its length.
        starts = [round(1000 * number / self.fps) for number in range(len(ordered) + 1)]
        return [
            dataclasses.replace(frame, milliseconds=starts[at + 1] - starts[at])
            for at, frame in enumerate(ordered)
        ]


def plan_playback(wanted: Animation, facts: Facts) -> Playback:
    """Return which frames of an original to show, at least one."""
    first, last = 0, facts.frames - 1
    if wanted.frame:
        first = min(wanted.frame.first or 1, facts.frames) - 1
        last = min(wanted.frame.last or facts.frames, facts.frames) - 1
    numbers = list(range(min(first, last), max(first, last) + 1))
    if wanted.skip:
        numbers = [each for at, each in enumerate(numbers, 1) if at % wanted.skip] or numbers[:1]
    numbers = numbers[:: wanted.interval]
    if len(numbers) == 1:
        return Playback(tuple(numbers))
    return Playback(tuple(numbers), wanted.reverse, wanted.fps)
