"""Both resizers give nearly the same pixels."""

import pytest
from PIL import Image

from origin_lambda.adapters.pillow import raster
from origin_lambda.image.geometry import Box, Size
from tests.support.originals import (
    quadrants,
)
from tests.support.rendering import mean_difference, render


@pytest.mark.skipif(not raster.HAS_SIMD, reason="cykooz-resizer has no wheel here")
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize(
    "box, size",
    [
        (Box(0, 0, 300, 200), Size(60, 40)),
        (Box(0, 0, 300, 200), Size(299, 199)),
        (Box(10.3, 20.7, 250.9, 180.2), Size(97, 61)),
        (Box(100, 50, 130, 70), Size(90, 60)),
        (Box(0, 0, 300, 200), Size(1, 1)),
    ],
)
def test_both_resizers_agree(mode: str, box: Box, size: Size) -> None:
    colourful = quadrants((300, 200))
    if mode == "RGBA":
        colourful.putalpha(Image.linear_gradient("L").resize((300, 200)))
    source = colourful.convert(mode)

    by_simd = raster.resize_by_simd(source.copy(), box, size)
    by_pillow = raster.resize_by_pillow(source.copy(), box, size)

    assert by_simd.mode == by_pillow.mode == mode
    assert by_simd.size == by_pillow.size == size
    # Hidden colours can differ, so they are not compared.
    if mode == "RGBA":
        by_simd, by_pillow = by_simd.convert("RGBa"), by_pillow.convert("RGBa")
    assert mean_difference(by_simd, by_pillow) < 1.5


def test_the_slower_resizer_gives_the_same_pixels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fast = render("jpeg", "fm=png&w=77")
    monkeypatch.setattr(raster, "HAS_SIMD", False)

    slow = render("jpeg", "fm=png&w=77")

    assert mean_difference(fast, slow) < 1.5
