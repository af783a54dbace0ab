"""Writes results with a colour profile, and converts them to its colour space."""

import io
from functools import lru_cache
from typing import Any, Final, cast

from PIL import Image, ImageCms

from origin_lambda.image.containers.colour import ADOBE_RGB, ColourSpace
from origin_lambda.image.containers.icc import build_icc_profile
from origin_lambda.url.values import Profile

_SPACES: Final = {
    Profile.SRGB: (ColourSpace(), "sRGB"),
    Profile.ADOBE_RGB: (ADOBE_RGB, "Compatible with Adobe RGB (1998)"),
}


def convert(image: Image.Image, profile: Profile) -> tuple[Image.Image, bytes]:
    """Return an sRGB picture in the space of a profile, and the profile's bytes."""
    space, name = _SPACES[profile]
    if profile is Profile.SRGB:
        is_grey = image.mode == "L"
        return image, build_icc_profile(space, is_grey=is_grey, name=name, is_short=True)
    data = build_icc_profile(space, name=name, is_short=True)
    source = image.convert("RGB") if image.mode == "L" else image
    result = ImageCms.applyTransform(source, _build_transform(data, source.mode))
    return cast("Image.Image", result), data


@lru_cache(maxsize=4)
def _build_transform(profile: bytes, mode: str) -> Any:
    return ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        mode,
        mode,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
