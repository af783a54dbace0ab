"""Well-known colour spaces get their name in every spelling; all other profiles get `other`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from origin_lambda.image.profiles import _FULL_DESCRIPTIONS, _PATTERNS, OTHER, name_colour_space

NAMES = {OTHER, *_PATTERNS, *_FULL_DESCRIPTIONS.values()}


@pytest.mark.parametrize(
    "description, name",
    [
        ("sRGB IEC61966-2.1\n", "sRGB"),
        ("sRGB built-in", "sRGB"),
        ("sRGB v1.31 (Canon)", "sRGB"),
        ("Nikon sRGB 4.0.0.3001", "sRGB"),
        ("sRGB-elle-V2-srgbtrc.icc", "sRGB"),
        ("c2", "sRGB"),
        ("Display P3", "Display P3"),
        ("DisplayP3-elle-V4-srgbtrc.icc", "Display P3"),
        ("Display P3 with sRGB curve", "Display P3"),
        ("sP3C", "Display P3"),
        ("Adobe RGB (1998)", "Adobe RGB (1998)"),
        ("AdobeRGB", "Adobe RGB (1998)"),
        ("ProPhoto RGB", "ProPhoto RGB"),
        ("ISO 22028-2 ROMM RGB", "ProPhoto RGB"),
        ("ITU-R BT.2020 Reference Display", "Rec. 2020"),
        ("Rec. ITU-R BT.2020-1", "Rec. 2020"),
        ("Rec2020-elle-V4-rec709.icc", "Rec. 2020"),
        ("Rec2100HlgFull", "Rec. 2100"),
        ("ITU-R BT.2100 PQ", "Rec. 2100"),
        ("HDTV (Rec. 709)", "Rec. 709"),
        ("SMPTE RP 431-2-2007 DCI (P3)", "DCI-P3"),
        ("DCI-P3 D65", "DCI-P3"),
        ("Wide Gamut RGB", "Wide Gamut RGB"),
        ("ColorMatch RGB", "ColorMatch RGB"),
        ("Apple RGB", "Apple RGB"),
        ("Generic RGB Profile", "Generic RGB"),
        ("eciRGB v2 ICCv4", "eciRGB"),
        ("Gray Gamma 2.2", "Gray Gamma 2.2"),
        ("Generic Gray Gamma 2.2 Profile", "Gray Gamma 2.2"),
        ("Grey Gamma 1.8", "Gray Gamma 1.8"),
        ("Gray gamma 2.4", "Gray"),
        ("Generic Gray Profile", "Gray"),
        ("Greyscale", "Gray"),
        ("sGray", "Gray"),
        ("Dot Gain 20%", "Dot Gain"),
        ("U.S. Web Coated (SWOP) v2", "SWOP"),
        ("Coated FOGRA39 (ISO 12647-2:2004)", "FOGRA39"),
        ("PSO Uncoated v3 (FOGRA52)", "FOGRA52"),
        ("PSOcoated_v3", "PSO Coated"),
        ("ISO Coated v2 300% (ECI)", "ISO Coated"),
        ("Fogra 60", "FOGRA"),
        ("Coated GRACoL 2006 (ISO 12647-2:2004)", "GRACoL"),
        ("Japan Color 2001 Coated", "Japan Color"),
        ("Euroscale Coated v2", "Euroscale"),
        ("U.S. Sheetfed Uncoated v2", "Uncoated"),
        ("U.S. Sheetfed Coated v2", "Coated"),
        ("Generic CMYK Profile", "CMYK"),
    ],
)
def test_every_spelling_of_a_well_known_colour_space_gives_its_name(
    description: str, name: str
) -> None:
    assert name_colour_space(description) == name


@pytest.mark.parametrize(
    "description",
    [
        "",
        "DELL U2720Q - talbots-laptop",
        "Talbot's iMac",
        "Color LCD",
        "W. H. F. Gray's screen",
        "EPSON SC-P900 No. 4711 calibrated 1841-02-08",
        "c2 of talbots-laptop",
        "ACES-elle-V4-srgbtrc.icc",
    ],
)
def test_any_other_profile_is_named_other(description: str) -> None:
    assert name_colour_space(description) == OTHER


@pytest.mark.parametrize("description", ["DELL U2720Q sRGB - talbots-laptop", "talbots SWOP"])
def test_only_the_well_known_part_of_a_description_is_returned(description: str) -> None:
    assert name_colour_space(description) in {"sRGB", "SWOP"}


@pytest.mark.parametrize("name", _PATTERNS)
def test_every_name_is_a_description_of_itself(name: str) -> None:
    assert name_colour_space(name) == name


@given(st.text())
def test_every_description_gives_a_known_name(description: str) -> None:
    assert name_colour_space(description) in NAMES
