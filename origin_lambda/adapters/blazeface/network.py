"""Runs the face model on numpy arrays: nine kinds of operators, on rows x columns x channels.

`python -m infra.face_model` wrote the model's file; it says what is in it.
"""

import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

# numpy reads this when it is imported. With more threads OpenBLAS takes 20 times as long on such
# small arrays.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from PIL import Image

_MODEL: Final = Path(__file__).parent / "full_range.npz"


class Network:
    """The model: its steps, and its weights by number."""

    def __init__(self, file: Path) -> None:
        with np.load(file, allow_pickle=False) as arrays:
            graph = json.loads(arrays["graph"].tobytes())
            self._weights = {
                int(name[1:]): arrays[name].astype(np.float32)
                for name in arrays.files
                if name != "graph"
            }
        self._input: int = graph["input"]
        self._outputs: list[int] = graph["outputs"]
        self._steps: list[tuple[str, list[int], int, list[int]]] = graph["steps"]
        self._last_use = {each: at for at, step in enumerate(self._steps) for each in step[1]}

    def run(self, picture: Any) -> list[Any]:
        """Return the outputs for a *picture* of 192 x 192 x 3 numbers from -1 to 1.

        The first has 16 numbers for each of 2304 anchors, the second one logit for each.
        """
        values = {self._input: picture}
        for at, (name, inputs, output, options) in enumerate(self._steps):
            arrays = [values[each] if each in values else self._weights[each] for each in inputs]
            values[output] = _OPERATORS[name](*arrays, *options)
            for each in inputs:
                if self._last_use[each] == at:
                    values.pop(each, None)  # a result that no later step needs
        return [values[each] for each in self._outputs]


@lru_cache(maxsize=1)
def load_network() -> Network:
    """Return the network; reading its file takes about 50 ms."""
    return Network(_MODEL)


def to_input(image: Image.Image) -> Any:
    """Return a picture of 192 x 192 pixels in RGB as the input."""
    return np.asarray(image, dtype=np.float32) / 127.5 - 1


def to_scores(logits: Any) -> list[float]:
    """Return the score (0 to 1) of each anchor."""
    scores: list[float] = (1 / (1 + np.exp(-logits[:, 0].clip(-80, 80)))).tolist()
    return scores


def _pad(values: Any, side: int, stride: int) -> Any:
    """Return values with zeros around them, as TensorFlow's padding SAME adds them."""
    rows, columns, channels = values.shape
    missing = [max((-(-each // stride) - 1) * stride + side - each, 0) for each in (rows, columns)]
    padded = np.zeros((rows + missing[0], columns + missing[1], channels), np.float32)
    top, left = (each // 2 for each in missing)
    padded[top : top + rows, left : left + columns] = values
    return padded


def _convolve(values: Any, weights: Any, bias: Any, stride: int) -> Any:
    side = weights.shape[1]
    flat = weights.reshape(len(weights), -1).T
    if side > 1:
        windows = np.lib.stride_tricks.sliding_window_view(
            _pad(values, side, stride), (side, side), axis=(0, 1)
        )[::stride, ::stride]
        values = windows.transpose(0, 1, 3, 4, 2).reshape(*windows.shape[:2], -1)
    result = values.reshape(-1, values.shape[-1]) @ flat
    result += bias
    return result.reshape(*values.shape[:2], -1)


def _convolve_depthwise(values: Any, weights: Any, bias: Any, stride: int) -> Any:
    """Return each channel convolved with its own kernel, for whole rows of samples at a time."""
    side = weights.shape[1]
    rows, columns = (-(-length // stride) for length in values.shape[:2])
    channels = values.shape[2]
    padded = _pad(values, side, stride)
    result = np.empty((rows, columns * channels), np.float32)
    result[:] = np.tile(bias, columns)
    product = np.empty_like(result)
    for x in range(side):
        shifted = padded[:, x : x + (columns - 1) * stride + 1 : stride].reshape(len(padded), -1)
        for y in range(side):
            part = shifted[y : y + (rows - 1) * stride + 1 : stride]
            result += np.multiply(part, np.tile(weights[0, y, x], columns), out=product)
    return result.reshape(rows, columns, channels)


def _pool(values: Any, side: int) -> Any:
    rows, columns, channels = values.shape
    blocks = values.reshape(rows // side, side, columns // side, side, channels)
    return blocks.max(axis=(1, 3))


def _resize(values: Any, rows: int, columns: int, _channels: int) -> Any:
    """Return values at another size, linearly interpolated between the middles of pixels."""
    for axis, length in enumerate((rows, columns)):
        old = values.shape[axis]
        places = ((np.arange(length, dtype=np.float32) + 0.5) * old / length - 0.5).clip(0, old - 1)
        low = places.astype(int)
        high = np.minimum(low + 1, old - 1)
        shape = [1, 1, 1]
        shape[axis] = length
        share = (places - low).reshape(shape)
        values = values.take(low, axis) * (1 - share) + values.take(high, axis) * share
    return values


_OPERATORS: Final[dict[str, Any]] = {
    "add": lambda one, other: one + other,
    "convolve": _convolve,
    "convolve_depthwise": _convolve_depthwise,
    "pad": lambda values, channels: np.pad(values, ((0, 0), (0, 0), (0, channels))),
    "pool": _pool,
    "relu": lambda values: np.maximum(values, 0),
    "reshape": lambda values, *shape: values.reshape(shape),
    "resize": _resize,
}
