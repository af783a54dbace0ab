"""Names well-known colour spaces by how ICC profiles describe themselves.

Answers never contain a profile's own description. That of a calibrated screen can contain the name
of a device, a host or a person.
"""

from typing import Final

OTHER: Final = "other"
"""The name of every profile that is not well known."""

_PATTERNS: Final = {
    "Rec. 2100": ("rec2100", "bt2100", "itu2100"),
    "Rec. 2020": ("rec2020", "bt2020"),
    "DCI-P3": ("dcip3",),
    "Display P3": ("displayp3",),
    "Adobe RGB (1998)": ("adobergb",),
    "ProPhoto RGB": ("prophoto", "rommrgb"),
    "Wide Gamut RGB": ("widegamutrgb",),
    "ColorMatch RGB": ("colormatchrgb",),
    "Apple RGB": ("applergb",),
    "Generic RGB": ("genericrgb",),
    "eciRGB": ("ecirgb",),
    "sRGB": ("srgb",),
    "Rec. 709": ("rec709", "bt709"),
    "Gray Gamma 1.8": ("graygamma18",),
    "Gray Gamma 2.2": ("graygamma22",),
    "Gray": ("graygamma", "genericgray", "grayscale"),
    "Dot Gain": ("dotgain",),
    **{f"FOGRA{number}": (f"fogra{number}",) for number in (27, 28, 29, 39, 47, 51, 52)},
    "FOGRA": ("fogra",),
    "GRACoL": ("gracol",),
    "SWOP": ("swop",),
    "Japan Color": ("japancolor",),
    "Euroscale": ("euroscale",),
    "ISO Coated": ("isocoated",),
    "PSO Coated": ("psocoated",),
    "Uncoated": ("uncoated",),
    "Coated": ("coated",),
    "CMYK": ("cmyk",),
}
"""Texts in the descriptions of each colour space, in lower case, only letters and digits.

The first match counts. So a more precise or more widely used name comes before names that its
descriptions contain too.
"""

_FULL_DESCRIPTIONS: Final = {"c2": "sRGB", "sp3c": "Display P3", "gray": "Gray", "sgray": "Gray"}
"""Descriptions that only match as a whole; c2 is Facebook's, sP3C is sharp's."""


def name_colour_space(description: str) -> str:
    """Return the name of the colour space of a profile, by its description, or `OTHER`."""
    # Elle Stone's profiles name the curve after the space: LargeRGB-elle-V2-srgbtrc.icc.
    text = description.casefold().partition("-elle-")[0].replace("grey", "gray")
    text = "".join(filter(str.isalnum, text))
    matches = (
        name for name, patterns in _PATTERNS.items() if any(part in text for part in patterns)
    )
    return _FULL_DESCRIPTIONS.get(text) or next(matches, OTHER)
