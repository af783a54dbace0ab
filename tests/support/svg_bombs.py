"""SVGs that are small, and would take much time or memory to draw."""

import zlib
from base64 import b64encode
from collections.abc import Iterator

_OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
_SURFACE = 'width="300" height="200"'


def drawing(body: str, attributes: str = _SURFACE) -> bytes:
    """Return an SVG with this content."""
    return f"{_OPEN} {attributes}>{body}</svg>".encode()


def multiplied_copies() -> bytes:
    """Return an SVG of 10^8 rectangles, each level of which copies the last ten times."""
    levels = "".join(
        f'<g id="l{level}">' + f'<use xlink:href="#l{level - 1}"/>' * 10 + "</g>"
        for level in range(1, 9)
    )
    return drawing(f'<rect id="l0" width="1" height="1"/>{levels}')


def svg_bombs() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each bomb."""
    yield "copies", multiplied_copies()
    yield "copies in a circle", drawing('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>')  # fmt: skip
    yield "size", drawing('<rect width="9" height="9"/>', 'width="100000000" height="100000000"')
    yield "viewBox", drawing('<rect width="9" height="9"/>', 'viewBox="0 0 1e30 1e30"')
    yield "thin", drawing('<rect width="9" height="9"/>', 'width="1" height="1e9"')
    yield "elements", drawing("<g/>" * 200_000)
    yield "bytes", drawing(f"<desc>{'a' * 2_000_000}</desc>")
    yield "groups", drawing("<g opacity='0.9'>" * 250 + f"<rect {_SURFACE}/>" + "</g>" * 250)
    rules, groups = ".a .a .a .a .b{fill:red}" * 5000, "<g class='a'>" * 200
    yield (
        "stylesheet",
        drawing(f"<style>{rules}</style>{groups}{'<rect/>' * 5000}{'</g>' * 200}"),
    )
    light = '<feSpecularLighting><fePointLight x="1" y="1" z="5"/></feSpecularLighting>'
    lit = f'<rect filter="url(#f)" {_SURFACE}/>'
    yield "lights", drawing(f'<filter id="f">{light}</filter>{lit * 300}')
    yield from _filters()
    yield from _strokes()
    yield from _nested_paint_servers()
    picture = f"data:image/png;base64,{b64encode(_huge_png()).decode()}"
    yield "embedded picture", drawing(f'<image {_SURFACE} xlink:href="{picture}"/>')


def _filters() -> Iterator[tuple[str, bytes]]:
    filters = {
        "blur": '<feGaussianBlur stdDeviation="500"/>',
        "blurs": '<feGaussianBlur stdDeviation="50"/>' * 2000,
        "turbulence": '<feTurbulence numOctaves="1000000" baseFrequency="0.5"/>',
        "morphology": '<feMorphology radius="10000"/>',
        "convolution": f'<feConvolveMatrix order="200" kernelMatrix="{"1 " * 40_000}"/>',
    }
    region = 'x="-1000" y="-1000" width="3000" height="3000"'
    for name, primitives in filters.items():
        yield (
            name,
            drawing(
                f'<filter id="f" {region}>{primitives}</filter><rect filter="url(#f)" {_SURFACE}/>'
            ),
        )
    yield (
        "filters in filters",
        drawing(
            '<filter id="f"><feGaussianBlur stdDeviation="5"/></filter>'
            + '<g filter="url(#f)">' * 200
            + f"<rect {_SURFACE}/>"
            + "</g>" * 200
        ),
    )


def _strokes() -> Iterator[tuple[str, bytes]]:
    yield "dashes", drawing('<path d="M0 0H1e9" stroke="red" stroke-dasharray="0.0001"/>')
    yield (
        "many dashes",
        drawing(
            '<g stroke="red" stroke-dasharray="0.01">' + '<path d="M0 0H9000"/>' * 1000 + "</g>"
        ),
    )
    yield (
        "wide stroke",
        drawing(
            '<path stroke="red" stroke-linejoin="round" stroke-width="1e7" '
            f'd="M0 0{"C9 9 300 200 0 7" * 20_000}"/>'
        ),
    )


def _nested_paint_servers() -> Iterator[tuple[str, bytes]]:
    for name in ("mask", "clipPath"):
        attribute = {"mask": "mask", "clipPath": "clip-path"}[name]
        levels = "".join(
            f'<{name} id="m{level}" {attribute}="url(#m{level - 1})">'
            f'<rect {_SURFACE} fill="#fff" {attribute}="url(#m{level - 1})"/></{name}>'
            for level in range(1, 30)
        )
        first = f'<{name} id="m0"><rect {_SURFACE} fill="#fff"/></{name}>'
        yield name, drawing(f'{first}{levels}<rect {_SURFACE} {attribute}="url(#m29)"/>')


def _huge_png() -> bytes:
    """Return a PNG of 20,000 x 20,000 black pixels."""
    side = 20_000

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return len(data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)

    header = side.to_bytes(4) * 2 + bytes((1, 0, 0, 0, 0))
    pixels = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
