"""Convert the face model: `python -m infra.face_model mediapipe-face_detection-0.4.1657300184.tgz`.

The argument is the tarball of the npm package `@mediapipe/face_detection` (Apache-2.0), which
`npm pack @mediapipe/face_detection@0.4.1657300184` downloads. The result is the file that
`origin_lambda.adapters.blazeface` reads: the weights in half precision, as in the original, and the
operators in their order. It needs numpy, and reads the TensorFlow Lite file (FlatBuffers) itself.
"""

import hashlib
import json
import struct
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

MODEL: Final = "package/face_detection_full_range.tflite"
SHA256: Final = "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3"
"""The digest of the model in version 0.4.1657300184 of the package."""

OUTPUT: Final = Path(__file__).parents[1] / "origin_lambda/adapters/blazeface/full_range.npz"

# Codes of schema.fbs, version 3 (tensorflow/compiler/mlir/lite/schema).
_OPERATORS: Final = {
    0: "add",
    3: "convolve",
    4: "convolve_depthwise",
    6: "dequantize",
    17: "pool",
    19: "relu",
    22: "reshape",
    23: "resize",
    34: "pad",
}
_DTYPES: Final = {0: np.float32, 1: np.float16, 2: np.int32}


class ConversionFailed(Exception):
    """The file is not the model that this script knows."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a FlatBuffers file: its fields by number, each with a default of 0 or none."""

    data: bytes
    start: int

    def _locate(self, field: int) -> int | None:
        vtable = self.start - _unpack("<i", self.data, self.start)
        if 4 + 2 * field >= _unpack("<H", self.data, vtable):
            return None
        offset = _unpack("<H", self.data, vtable + 4 + 2 * field)
        return self.start + offset if offset else None

    def number(self, field: int, layout: str) -> int:
        """Return a number of this `struct` layout."""
        at = self._locate(field)
        return 0 if at is None else _unpack(layout, self.data, at)

    def table(self, field: int) -> "_Table":
        """Return a table."""
        at = self._locate(field)
        if at is None:
            message = "a table is missing"
            raise ConversionFailed(message)
        return _Table(self.data, at + _unpack("<I", self.data, at))

    def numbers(self, field: int, dtype: Any = np.int32) -> Any:
        """Return a vector of numbers as an array; empty if it is missing."""
        at = self._locate(field)
        if at is None:
            return np.zeros(0, dtype)
        vector = at + _unpack("<I", self.data, at)
        return np.frombuffer(self.data, dtype, _unpack("<I", self.data, vector), vector + 4)

    def tables(self, field: int) -> list["_Table"]:
        """Return a vector of tables."""
        at = self._locate(field)
        if at is None:
            return []
        vector = at + _unpack("<I", self.data, at)
        places = range(vector + 4, vector + 4 + 4 * _unpack("<I", self.data, vector), 4)
        return [_Table(self.data, place + _unpack("<I", self.data, place)) for place in places]


def _unpack(layout: str, data: bytes, at: int) -> int:
    return int(struct.unpack_from(layout, data, at)[0])


def main() -> None:
    """Write the converted model."""
    with tarfile.open(sys.argv[1]) as tarball:
        member = tarball.extractfile(MODEL)
        data = member.read() if member else b""
    if hashlib.sha256(data).hexdigest() != SHA256:
        sys.exit("calotype: this is not version 0.4.1657300184 of @mediapipe/face_detection")
    arrays = convert(data)
    np.savez_compressed(OUTPUT, **arrays)
    print(f"{OUTPUT}: {OUTPUT.stat().st_size:,} bytes")


def convert(data: bytes) -> dict[str, Any]:
    """Return the arrays of the converted model, from the bytes of the TensorFlow Lite file.

    `graph` is JSON: the number of the input, the numbers of the outputs, and the steps. Each step
    has the name of an operator, the numbers of its inputs and of its output, and its options. The
    array `w5` is the constant with the number 5.
    """
    model = _Table(data, _unpack("<I", data, 0))
    codes = [max(each.number(0, "<b"), each.number(3, "<i")) for each in model.tables(1)]
    graph = model.tables(2)[0]
    tensors = graph.tables(0)
    constants = _read_constants(tensors, model.tables(4))
    steps: list[list[Any]] = []
    for operator in graph.tables(3):
        name = _OPERATORS[codes[operator.number(0, "<I")]]
        inputs = [int(each) for each in operator.numbers(1)]
        (output,) = (int(each) for each in operator.numbers(2))
        if name == "dequantize":
            constants[output] = constants.pop(inputs[0])
            continue
        options = _read_options(name, operator)
        if name in {"reshape", "resize"}:
            options = tensors[output].numbers(0)[1:].tolist()
        elif name == "pad":
            padding = constants.pop(inputs[1])
            _require(not padding[:3].any() and not padding[3][0], "padding of channels alone")
            options = [int(padding[3][1])]
        arrays = inputs[:1] if name in {"reshape", "resize", "pad"} else inputs
        steps.append([name, arrays, output, options])
    header = {
        "input": int(graph.numbers(1)[0]),
        "outputs": [int(each) for each in graph.numbers(2)],
        "steps": steps,
    }
    used = {number for step in steps for number in step[1]}
    weights = {f"w{number}": array for number, array in constants.items() if number in used}
    return {"graph": np.frombuffer(json.dumps(header).encode(), np.uint8), **weights}


def _read_constants(tensors: list[_Table], buffers: list[_Table]) -> dict[int, Any]:
    """Return the constant tensors by number."""
    constants = {}
    for number, tensor in enumerate(tensors):
        content = buffers[tensor.number(2, "<I")].numbers(0, np.uint8)
        if content.size:
            dtype = _DTYPES[tensor.number(1, "<b")]
            constants[number] = content.copy().view(dtype).reshape(tensor.numbers(0))
    return constants


def _read_options(name: str, operator: _Table) -> list[int]:
    """Return the stride of a convolution or the side of a pool; refuse what is not supported.

    The fields are those of Conv2DOptions, DepthwiseConv2DOptions, Pool2DOptions and
    ResizeBilinearOptions.
    """
    if name in {"add", "relu", "reshape", "pad"}:
        return []
    options = operator.table(4)
    if name == "resize":
        _require(not options.number(2, "<b") and options.number(3, "<b") != 0, "half-pixel centres")
        return []
    stride = options.number(1, "<i")
    _require(stride == options.number(2, "<i"), "equal strides")
    activation = {"convolve": 3, "convolve_depthwise": 4, "pool": 5}[name]
    _require(options.number(activation, "<b") == 0, "separate activations")
    if name == "pool":
        _require(options.number(3, "<i") == options.number(4, "<i") == stride, "separate blocks")
    return [stride]


def _require(met: bool, what: str) -> None:
    if not met:
        message = f"the model has not {what}"
        raise ConversionFailed(message)


if __name__ == "__main__":
    main()
