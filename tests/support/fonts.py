"""A font as a deployment can have one of its own."""

from importlib.resources import files


def read_font(name: str = "SourceSerif4[opsz,wght].ttf") -> bytes:
    return (files("fontpkg_source_serif_4") / "files" / name).read_bytes()
