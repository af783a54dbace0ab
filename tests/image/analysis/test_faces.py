"""The face detector finds the face of a photograph, wherever it is, and never fails an ingest."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from origin_lambda import log
from origin_lambda.adapters.blazeface.detector import BlazeFace
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.pillow.raster import PillowRaster
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.analysis.faces import Face, FaceDetector
from origin_lambda.image.probe import Limits
from tests.support.faces import FACE, BrokenDetector, FixedDetector
from tests.support.originals import draw, encoded, jpeg

ASTRONAUT = Path("infra/demo/originals/astronaut.jpg")
"""A portrait of Eileen Collins by NASA, in the public domain: 512x512."""


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    with Image.open(ASTRONAUT) as image:
        return image.convert("RGB")


def detect(image: Image.Image) -> tuple[Face, ...]:
    return BlazeFace().detect(PillowRaster(image))


def test_the_face_of_a_portrait_is_found(astronaut: Image.Image) -> None:
    (face,) = detect(astronaut)

    assert face.score > 0.9
    assert face.box == pytest.approx((0.34, 0.13, 0.55, 0.34), abs=0.02)
    features = face.features
    assert features is not None
    assert features.right_eye == pytest.approx((0.40, 0.20), abs=0.02)
    assert features.left_eye == pytest.approx((0.48, 0.20), abs=0.02)
    assert features.mouth == pytest.approx((0.45, 0.28), abs=0.02)


def test_a_small_face_is_found_in_a_tile(astronaut: Image.Image) -> None:
    wide = Image.new("RGB", (1280, 720), (90, 120, 90))
    wide.paste(astronaut.resize((220, 220)), (1000, 400))

    (face,) = detect(wide)

    x, y = (face.box.left + face.box.right) / 2, (face.box.top + face.box.bottom) / 2
    assert (x * 1280, y * 720) == pytest.approx((1000 + 0.443 * 220, 400 + 0.237 * 220), abs=8)


@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_other_modes_are_looked_at_too(astronaut: Image.Image, mode: str) -> None:
    (face,) = detect(astronaut.convert(mode))

    assert face.box == pytest.approx((0.34, 0.13, 0.55, 0.34), abs=0.03)


@pytest.mark.parametrize("size", [(1, 1), (1, 1280), (1280, 2), (40, 30)])
def test_a_picture_of_any_size_can_be_looked_at(size: tuple[int, int]) -> None:
    assert detect(Image.new("RGB", size, "red")) == ()


def test_a_picture_without_people_has_no_faces() -> None:
    with Image.open(io.BytesIO(draw("photograph"))) as image:
        assert detect(image.convert("RGB")) == ()


def analyse(data: bytes, detector: FaceDetector[Any] | None) -> tuple[Face, ...] | None:
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits(), detector)
    return analyser.analyse(data, with_mips=False)[0].faces


@pytest.mark.parametrize("orientation", range(1, 9))
def test_faces_are_those_of_the_upright_picture(astronaut: Image.Image, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = jpeg(astronaut, exif=exif)
    with Image.open(io.BytesIO(turned)) as image:
        assert image.getexif()[0x0112] == orientation
    seen: list[tuple[int, int]] = []

    class Recorder(BlazeFace):
        def detect(self, raster: PillowRaster) -> tuple[Face, ...]:
            seen.append(raster.image.getpixel((30, 300)))  # type: ignore[arg-type]
            return super().detect(raster)

    found = analyse(turned, Recorder())

    assert len(seen) == 1
    if orientation in {1, 2}:  # upside down, a face is not found
        assert found is not None
        assert len(found) == 1


def test_the_first_frame_of_an_animation_is_looked_at(astronaut: Image.Image) -> None:
    frames = [astronaut.resize((256, 256)), Image.new("RGB", (256, 256))]
    data = encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100)

    assert len(analyse(data, BlazeFace()) or ()) == 1


def test_a_failing_detector_fails_no_analysis_and_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(log, "write", lines.append)

    faces = analyse(draw("photograph"), BrokenDetector())

    assert faces == ()
    (line,) = map(json.loads, lines)
    assert (line["Tolerated"], line["what"]) == (1, "faces")
    assert "no memory for the model" in line["detail"]


def test_faces_are_not_looked_for_in_a_drawing() -> None:
    assert analyse(draw("svg"), FixedDetector((FACE,))) == ()


def test_without_a_detector_faces_are_unknown() -> None:
    assert analyse(draw("photograph"), None) is None
    assert analyse(draw("photograph"), FixedDetector((FACE,))) == (FACE,)
