"""Draws the originals `make serve` shows when no folder is given: a first look needs no files.

The scenes are painted, not photographed: two landscapes and the hills under the balloon are height
maps lit by a low sun and seen in perspective, the street is a row of flat facades set at an angle.
Every picture has its own seed, so the same Pillow draws the same bytes on every machine.
"""

import io
import math
import operator
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Final

from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFilter, ImageMath, ImageOps

Colour = tuple[int, int, int]
Point = tuple[float, float]
Size = tuple[int, int]
Stops = Sequence[tuple[float, Colour]]

BICUBIC: Final = Image.Resampling.BICUBIC
TURN: Final = 2 * math.pi


def draw_demo(folder: Path) -> None:
    """Write each demo original that *folder* lacks; takes some five seconds the first time."""
    for key, paint in _PAINTERS.items():
        path = folder / key
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when whole, so that an interrupted run leaves nothing a later one would keep.
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(paint())
        part.replace(path)


# Paint: colours, gradients, glows.


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; *share* is the second's, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def palette(text: str) -> list[Colour]:
    """Read colours, each six hexadecimal digits."""
    codes = [bytes.fromhex(code) for code in text.split()]
    return [(red, green, blue) for red, green, blue in codes]


def stops(text: str) -> Stops:
    """Read a gradient: colours, each followed by where it stands from 0 to 1."""
    words = text.split()
    return list(zip(map(float, words[1::2]), palette(" ".join(words[::2])), strict=True))


def gradient(size: Size, through: Stops) -> Image.Image:
    """Fill from top to bottom, from colour to colour."""
    column = Image.new("RGB", (1, 512))
    for (start, above), (end, below) in pairwise(through):
        first, last = round(511 * start), round(511 * end)
        for y in range(first, last + 1):
            column.putpixel((0, y), mix(above, below, (y - first) / max(1, last - first)))
    return column.resize(size, BICUBIC)


def fade(size: Size, through: Sequence[tuple[float, int]]) -> Image.Image:
    """Make a mask that changes from top to bottom, from level to level."""
    return gradient(size, [(at, (level, level, level)) for at, level in through]).getchannel(0)


def ramp(mask: Image.Image, through: Stops) -> Image.Image:
    """Colour a picture of brightness, the first colour for black, the last for white."""
    scale = gradient((1, 256), through).tobytes()
    return Image.merge("RGB", [mask.point(list(scale[channel::3])) for channel in range(3)])


def tinted(mask: Image.Image, colour: Colour) -> Image.Image:
    """Give light of one *colour*, as strong as *mask*."""
    return ramp(mask, [(0, (0, 0, 0)), (1, colour)])


def halo(size: Size, strength: float, power: float) -> Image.Image:
    """Make a mask that falls from *strength* in the middle to nothing at the edges."""
    # Pillow's radial gradient is the distance times sqrt(2): its edges are at 178 to 181.
    levels = [round(255 * strength * max(0, 1 - value / 178) ** power) for value in range(256)]
    return Image.radial_gradient("L").point(levels).resize(size, BICUBIC)


def shine(
    image: Image.Image, at: Point, radius: float, colour: Colour, power: float, strength: float
) -> None:
    """Add a round glow to *image*; the higher *power*, the smaller its core."""
    x, y, reach = round(at[0]), round(at[1]), max(4, round(radius))
    box = (x - reach, y - reach, x + reach, y + reach)
    light = tinted(halo((2 * reach, 2 * reach), strength, power), colour)
    image.paste(ImageChops.screen(image.crop(box), light), box[:2])


def grained(image: Image.Image, rng: Random, amount: float = 0.022) -> Image.Image:
    """Add film grain, without which the skies would band."""
    # Not Image.effect_noise: it draws from C's rand(), which cannot be seeded from here.
    size = image.size
    first, second = (Image.frombytes("L", size, rng.randbytes(size[0] * size[1])) for _ in "ab")
    # The sum of two even noises clumps round its middle, as grain does.
    speckle = Image.blend(first, second, 0.5).point([round(v * amount * 2) for v in range(256)])
    return ImageChops.add(image, Image.merge("RGB", [speckle] * 3), 1, -round(255 * amount))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    """Write *image* in the format Pillow calls *form*."""
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def photograph(image: Image.Image, rng: Random, **options: object) -> bytes:
    """Write a JPEG as a camera would: grain, high quality, no metadata unless given."""
    return encoded(grained(image, rng), "JPEG", quality=90, **options)


# Fields: sheets of numbers, from which land and cloud are made.


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A sheet of numbers with arithmetic, kept in a Pillow image of mode F."""

    sheet: Image.Image

    def _with(self, other: "Field | float", rule: Callable[[Any, Any], Any]) -> "Field":
        right = other.sheet if isinstance(other, Field) else float(other)
        result = ImageMath.lambda_eval(lambda n: rule(n["a"], n["b"]), a=self.sheet, b=right)
        return Field(result)

    def __add__(self, other: "Field | float") -> "Field":
        return self._with(other, operator.add)

    def __sub__(self, other: "Field | float") -> "Field":
        return self._with(other, operator.sub)

    def __rsub__(self, other: float) -> "Field":
        return self._with(other, lambda a, b: b - a)

    def __mul__(self, other: "Field | float") -> "Field":
        return self._with(other, operator.mul)

    def __truediv__(self, other: "Field | float") -> "Field":
        return self._with(other, operator.truediv)

    def __pow__(self, other: float) -> "Field":
        return self._with(other, operator.pow)

    def __abs__(self) -> "Field":
        return Field(ImageMath.lambda_eval(lambda n: abs(n["a"]), a=self.sheet))

    def above(self, other: "Field | float") -> "Field":
        """Return whichever is greater, cell by cell."""
        return self._with(other, ImageMath.imagemath_max)

    def below(self, other: "Field | float") -> "Field":
        """Return whichever is less, cell by cell."""
        return self._with(other, ImageMath.imagemath_min)

    def moved(self, right: int, down: int) -> "Field":
        """Shift the sheet, wrapping round its edges."""
        return Field(ImageChops.offset(self.sheet, right, down))

    def step(self, low: float, high: float) -> "Field":
        """Rise smoothly from 0 at *low* to 1 at *high*."""
        t = ((self - low) * (1 / (high - low))).above(0).below(1)
        return t * t * (3.0 - t * 2)

    def mask(self) -> Image.Image:
        """Read 0 to 1 as black to white."""
        return (self.above(0).below(1) * 255 + 0.5).sheet.convert("L")

    def stretched(self, size: Size) -> Image.Image:
        """Make a mask of another size."""
        return self.mask().resize(size, BICUBIC)


def slope(size: Size, *, across: bool) -> Field:
    """Rise evenly from 0 to 1, from left to right if *across*, else downwards."""
    sheet = Image.linear_gradient("L")
    turned = sheet.transpose(Image.Transpose.TRANSPOSE) if across else sheet
    return Field(turned.convert("F").resize(size, BICUBIC)) * (1 / 255)


def noise(rng: Random, size: Size, cells: Size) -> Field:
    """Scatter *cells* random values from 0 to 1 over the sheet and join them smoothly."""
    raw = Image.frombytes("L", cells, rng.randbytes(cells[0] * cells[1]))
    return Field(raw.convert("F").resize(size, BICUBIC)) * (1 / 255)


def fractal(
    rng: Random, size: Size, cells: Size, octaves: int, gain: float = 0.5, *, ridged: bool = False
) -> Field:
    """Sum noises of doubling fineness; *ridged* folds each at its middle into sharp crests."""
    total, weight, whole = Field(Image.new("F", size)), 1.0, 0.0
    for octave in range(octaves):
        layer = noise(rng, size, (cells[0] << octave, cells[1] << octave))
        if ridged:
            layer = (1.0 - abs(layer * 2 - 1)) ** 2
        total, whole, weight = total + layer * weight, whole + weight, weight * gain
    return total * (1 / whole)


# Land: a height map, lit and then seen from a point above it.


def inclines(land: Field) -> tuple[Field, Field]:
    """Return how steeply each cell rises to the right and downwards."""
    across = (land.moved(-1, 0) - land.moved(1, 0)) * 0.5
    return across, (land.moved(0, -1) - land.moved(0, 1)) * 0.5


def flatness(land: Field) -> Field:
    """Return 1 where the land is level, towards 0 the steeper it is."""
    across, along = inclines(land)
    return (across * across + along * along + 1) ** -0.5


@dataclass(frozen=True, slots=True)
class Sun:
    """Where light comes from: a step towards it in whole cells, and how steeply it falls."""

    right: int
    down: int
    steepness: float

    def on(self, land: Field) -> Field:
        """Return how squarely each cell faces the sun, at most 1."""
        across, along = inclines(land)
        length = math.hypot(self.right, self.down)
        facing = across * (-self.right / length) + along * (-self.down / length) + self.steepness
        return facing * flatness(land)

    def shade(self, land: Field, softness: float) -> Field:
        """Return 1 where other land hides the sun, 0 where it shines.

        The height a shadow reaches is the greatest of all heights towards the sun, less the fall
        of light on the way; looking twice as far each time takes few looks.
        """
        right, down = self.right, self.down
        drop = math.hypot(right, down) * self.steepness
        reach = land.moved(-right, -down) - drop
        for doubling in range(7):
            far = 1 << doubling
            reach = reach.above(reach.moved(-right * far, -down * far) - drop * far)
        return (reach - land).step(-softness / 4, softness)


@dataclass(frozen=True)
class View:
    """A viewer over a map: at *eye*, *altitude* up, looking up the map through *size* pixels.

    *spread* is half the view's width per unit of depth; land is looked at from *near* to *far*
    in *samples* steps; *horizon* is the row of pixels that is level with the eye.
    """

    eye: Point
    altitude: float
    spread: float
    near: float
    far: float
    samples: int
    size: Size
    horizon: int

    @cached_property
    def bands(self) -> list[tuple[int, int]]:
        """Return the steps in runs, over each of which depth grows evenly."""
        edges = [round(self.samples * band / 48) for band in range(49)]
        return list(pairwise(edges))

    @cached_property
    def depths(self) -> list[float]:
        """Return the depth of each step, near ones closer together."""
        result: list[float] = []
        for first, last in self.bands:
            start, end = self._depth(first), self._depth(last)
            result += [
                start + (end - start) * (step + 0.5) / (last - first)
                for step in range(last - first)
            ]
        return result

    def _depth(self, step: int) -> float:
        return self.near * math.exp(math.log(self.far / self.near) * step / self.samples)

    def column(self, values: "array[float]", width: int) -> Field:
        """Repeat one value per step over *width* columns."""
        sheet = Image.frombytes("F", (1, self.samples), values.tobytes())
        return Field(sheet.resize((width, self.samples), Image.Resampling.NEAREST))

    def survey(self, chart: Image.Image) -> Image.Image:
        """Cut from a map what is in view: a column per pixel, a row per step of depth."""
        x, y = self.eye
        width = self.size[0]
        mesh = []
        for first, last in self.bands:
            near, far = self._depth(first), self._depth(last)
            left, right = (x - self.spread * near, y - near), (x + self.spread * near, y - near)
            beyond = (x - self.spread * far, y - far, x + self.spread * far, y - far)
            mesh.append(((0, first, width, last), (*left, *beyond, *right)))
        size = (width, self.samples)
        return chart.transform(size, Image.Transform.MESH, mesh, BICUBIC)

    def fogged(self, colours: Image.Image, haze: Colour, reach: float) -> Image.Image:
        """Lose *colours* in *haze* with depth."""
        gone = (1 - math.exp(-(((depth - self.near) / reach) ** 1.5)) for depth in self.depths)
        fog = Image.frombytes("L", (1, self.samples), bytes(round(242 * part) for part in gone))
        colours.paste(haze, (0, 0), fog.resize(colours.size))
        return colours

    def render(self, land: Field, colours: Image.Image, haze: Colour, reach: float) -> Image.Image:
        """Draw the land, transparent where there is sky."""
        width, height = self.size
        focal = width / 2 / self.spread
        scale = self.column(array("f", [focal / depth for depth in self.depths]), width)
        rows = (self.altitude - Field(self.survey(land.sheet))) * scale + self.horizon
        # Columns are drawn one at a time, so both sheets are turned to lay each out in one piece.
        turned = rows.above(0).below(height).sheet.convert("I")
        tops = array("i", turned.transpose(Image.Transpose.TRANSPOSE).tobytes())
        seen = self.fogged(self.survey(colours), haze, reach).convert("RGBX")
        paint = seen.transpose(Image.Transpose.TRANSPOSE).tobytes()
        columns = b"".join(self._columns(tops, paint))
        drawn = Image.frombytes("RGBA", (height, width), columns)
        return drawn.transpose(Image.Transpose.ROTATE_90)

    def _columns(self, tops: "array[int]", paint: bytes) -> Iterator[bytes]:
        """Yield the pixels from bottom to top: a step shows where it tops all nearer ones."""
        width, height = self.size
        at = 0
        for x in range(width):
            reached = height
            for top in tops[x * self.samples : (x + 1) * self.samples]:
                if top < reached:
                    yield paint[at : at + 4] * (reached - top)
                    reached = top
                at += 4
            yield bytes(4 * reached)


# Dunes at sunset.

MAP: Final[Size] = (1024, 1024)
WIDE: Final[Size] = (2400, 1600)


def dune_field(rng: Random) -> Field:
    """Fold smooth noise into winding crests, with lesser dunes on the greater."""
    swell = noise(rng, MAP, (4, 4))
    great = (noise(rng, MAP, (8, 5)) - 0.5) * 2
    small = (noise(rng, MAP, (17, 13)) - 0.5) * 2
    # The added square keeps a crest two cells wide: a sharper one would come out as a comb.
    crest = 1.0 - (great * great + 0.0004) ** 0.5
    return crest * 75 + (1.0 - (small * small + 0.0016) ** 0.5) * 12 + swell * 30


def ripples(rng: Random, dunes: Field) -> Field:
    """Lay the wind's small waves over the dunes, bending with them."""
    bend = noise(rng, MAP, (14, 14)) * 14 + noise(rng, MAP, (60, 60)) * 2.2
    wave = bend + slope(MAP, across=False) * 180 + dunes * 0.12
    return abs(wave - Field(wave.sheet.convert("I").convert("F")) - 0.5)


def paint_dunes() -> bytes:
    """Paint a sea of sand under a setting sun."""
    rng = Random(7)
    dunes = dune_field(rng)
    sun = Sun(-2, -1, math.tan(math.radians(13)))
    wind = ripples(rng, dunes)
    direct = (sun.on(dunes + wind * 0.3) * 1.5).above(0).below(1) * (1.0 - sun.shade(dunes, 3))
    sky_light = Sun(2, 3, 0.5).on(dunes).above(0)
    tone = direct * 0.78 + sky_light * 0.22 + (noise(rng, MAP, MAP) - 0.5) * 0.03
    sand = ramp(tone.mask(), stops("2e1a3c 0 6a3448 0.2 cc643e 0.45 faae60 0.75 ffe2a0 1"))
    view = View((512, 1010), 190, 0.62, 130, 990, 1000, WIDE, 500)
    land = view.render(dunes, sand, (246, 170, 126), 1000)
    image = gradient(
        WIDE, stops("262c62 0 54427a 0.1 b05c74 0.2 ee8a62 0.29 ffbe78 0.37 ffda9c 0.44 ffd696 1")
    )
    at = (620, 455)
    shine(image, at, 900, (255, 150, 70), 1.6, 0.7)
    shine(image, at, 250, (255, 220, 150), 1.6, 0.9)
    disc = Image.new("L", (384, 384))
    ImageDraw.Draw(disc).circle((192, 192), 188, 255)
    image.paste((255, 250, 228), (at[0] - 48, at[1] - 48), disc.reduce(4))
    image.paste(land, (0, 0), land)
    shine(image, at, 1300, (255, 140, 60), 1.8, 0.42)
    return photograph(image, rng)


# A mountain lake at nightfall.

SHORE: Final = 980


def massif(rng: Random) -> Field:
    """Raise a range beyond the lake, parted by a valley, with one peak above the rest."""
    x, away = slope(MAP, across=True), 1.0 - slope(MAP, across=False)
    rise = away.step(0.28, 0.62)
    crags = fractal(rng, MAP, (6, 6), 6, 0.42, ridged=True)
    bulk = crags * 0.75 + noise(rng, MAP, (5, 5)) * 0.25
    beside = abs(x - 0.5).step(0.02, 0.40) * 0.55 + 0.25
    peak = (1.0 - (((x - 0.44) * 5.2) ** 2 + ((away - 0.66) * 5) ** 2) ** 0.5).above(0).below(1)
    heights = bulk * rise * beside * (1.0 - peak * 0.3) + peak * rise * (crags * 0.34 + 0.30)
    return heights * 270 + fractal(rng, MAP, (14, 14), 4) * away.step(0.22, 0.4) * 16


def alpenglow(rng: Random, land: Field) -> Image.Image:
    """Colour the range: forest, rock and snow in blue shade, the last sun on the heights."""
    height = land * (1 / 270)
    sun = Sun(2, 1, math.tan(math.radians(16)))
    last = (sun.on(land) * 1.35).above(0).below(1) * (1.0 - sun.shade(land, 10))
    last *= height.step(0.14, 0.40)
    level = flatness(land)
    grain = noise(rng, MAP, MAP)
    dim = Sun(-1, 2, 0.9).on(land) * 0.62
    shade = (dim + grain * 0.05).mask()
    rock = ramp(shade, stops("0e1224 0 343a58 0.6 545c7c 1"))
    snow = ramp(shade, stops("263462 0 5c70aa 0.6 92a6d6 1"))
    wood = ramp((dim + (grain - 0.5) * 0.5).mask(), stops("080e18 0 1e2c3a 1"))
    patches = (fractal(rng, MAP, (60, 60), 3) - 0.5) * 0.7
    lies = (height * 1.5 + level * 1.5 + patches).step(1.25, 1.55)
    cover = Image.composite(snow, rock, lies.mask())
    cover = Image.composite(wood, cover, (0.16 - height).step(0, 0.09).mask())
    warm = ramp((lies * 0.75 + 0.25).mask(), stops("6e3228 0 ff966e 1"))
    sunlit = Image.merge("RGB", [last.mask()] * 3)
    return ImageChops.screen(cover, ImageChops.multiply(warm, sunlit))


def night_sky(rng: Random, size: Size) -> Image.Image:
    """Paint dusk below, stars and a hint of the Milky Way above."""
    width, height = size
    image = gradient(
        size, stops("0a0e2c 0 1e2a60 0.3 465096 0.5 967cb0 0.66 eca4a0 0.8 ffc4a0 0.9 ffcdaa 1")
    )
    small = (width // 8, height // 8)
    x, y = slope(small, across=True), slope(small, across=False)
    off = abs(y * 0.62 - x * 0.9 + 0.38 + (noise(rng, small, (6, 4)) - 0.5) * 0.12)
    dust = fractal(rng, small, (12, 8), 4).step(0.3, 0.75)
    milky = (1.0 - off * 4.2).above(0) ** 2 * dust * (1.0 - y * 1.1).above(0)
    image = ImageChops.screen(image, tinted(milky.stretched(size), (150, 130, 190)))
    # Stars are smaller than pixels, so they are drawn larger and reduced.
    stars = Image.new("L", (2 * width, 2 * height))
    pen = ImageDraw.Draw(stars)
    for _ in range(1000):
        x_at, y_at = rng.random(), rng.random() ** 1.6 * 0.75
        bright, radius = rng.random() ** 3, 1.8
        radius += 2.4 * bright
        level = round(255 * (1 - y_at / 0.75) * (0.35 + 0.65 * bright))
        pen.circle((2 * width * x_at, 2 * height * y_at), radius, level)
    image.paste((235, 240, 255), (0, 0), stars.reduce(2))
    return image


def draw_fir(pen: ImageDraw.ImageDraw, rng: Random, foot: Point, tall: float, dark: Colour) -> None:
    """Draw one fir as nine skirts of branches."""
    x, base = foot
    for skirt in range(9):
        top = base - tall + tall * 0.93 * skirt / 9
        hem, half = top + tall * 0.2, tall * 0.2 * (0.12 + 0.88 * (skirt + 1) / 9)
        left, right = (hem + rng.random() * tall * 0.03 for _ in "lr")
        notch, stem = hem - tall * 0.035, half * 0.3
        branches = (x - half, left), (x - stem, notch), (x + stem, notch), (x + half, right)
        pen.polygon([(x, top - 2), *branches], dark)


def water(rng: Random, above: Image.Image, height: int) -> Image.Image:
    """Mirror what is *above*: in waves that grow towards the viewer, darker as they near."""
    width = above.width
    mirror = ImageOps.flip(above.crop((0, above.height - height - 30, width, above.height)))
    mesh = []
    for y in range(0, height, 2):
        near = y / height
        wave = math.sin(y * (0.30 - 0.2 * near) + 2 * math.sin(y * 0.055))
        wave += 0.6 * math.sin(y * (0.83 - 0.5 * near) + y * 0.025)
        row = y + (1.5 + 9 * near) * wave + rng.gauss(0, 0.4 + 0.8 * near)
        row = min(max(row, 0), mirror.height - 4)
        # Kept inside the picture, or its sides would show black.
        left = 4 + min(max(rng.gauss(0, 0.5 + 0.8 * near), -4), 4)
        right = left + width - 8
        quad = (left, row, left, row + 2, right, row + 2, right, row)
        mesh.append(((0, y, width, y + 2), quad))
    waves = mirror.transform(
        (width, height), Image.Transform.MESH, mesh, Image.Resampling.BILINEAR
    ).filter(ImageFilter.BoxBlur((1, 2)))
    depth = gradient((width, height), stops("d6d2dc 0 bebed8 0.35 6070a0 1"))
    return ImageChops.multiply(waves, depth)


def paint_lake() -> bytes:
    """Paint snow mountains over still water."""
    rng = Random(6)
    width, height = WIDE
    land = massif(rng)
    view = View((512, 1020), 10, 0.46, 230, 1000, 1000, (width, SHORE), SHORE)
    mountains = view.render(land, alpenglow(rng, land), (122, 134, 184), 950)
    above = night_sky(rng, (width, SHORE))
    above.paste(mountains, (0, 0), mountains)
    pen = ImageDraw.Draw(above)
    for _ in range(420):
        x = rng.random()
        aside = abs(x - 0.52) * 2
        tall = 18 + (26 + 150 * max(0, aside - 0.35) ** 1.5) * (0.5 + rng.random())
        near = aside > 0.5
        draw_fir(pen, rng, (x * width, SHORE + 2), tall, (12, 18, 32) if near else (20, 28, 46))
    image = Image.new("RGB", WIDE)
    image.paste(above, (0, 0))
    image.paste(water(rng, above, height - SHORE), (0, SHORE))
    mist = fractal(rng, (300, 70), (6, 2), 3).step(0.2, 0.8).stretched((width, 140))
    soft = fade((width, 140), [(0, 0), (0.43, 100), (1, 0)])
    image.paste((190, 190, 215), (0, SHORE - 60), ImageChops.multiply(mist, soft))
    return photograph(image, rng)


# A street at dusk, one vanishing point; lengths are metres.

TALL: Final[Size] = (1600, 2400)
VANISHING: Final = (820, 1440)
FOCAL: Final = 1150
EYE_LEVEL: Final = 3.2
HALF_STREET: Final = 8.5
PER_METRE: Final = 22
DUSK: Final[Colour] = (226, 140, 110)
SHADOW: Final[Colour] = (0, 0, 0)
LIT: Final = palette("ffce80 ffbc60 ffdea4 ffaa54 f0d6b4 bed6f0")
BRICK: Final = palette("3a2c3e 463036 2c2e48 523a3a 323442 40384e")
AWNINGS: Final = palette("96282c 245c60 bc7828 3c3c6e")
NEON: Final = palette("ff786e 78e6f0 ffd682")


def spot(x: float, y: float, depth: float) -> Point:
    """Project a point *x* to the right of the road's middle, *y* above it."""
    return VANISHING[0] + FOCAL * x / depth, VANISHING[1] - FOCAL * (y - EYE_LEVEL) / depth


def dusk_at(depth: float) -> float:
    """Return how much of a colour the dusk has taken at *depth*."""
    return 0.75 * (1 - math.exp(-depth / 150))


@dataclass(frozen=True, slots=True)
class Facade:
    """The front of one building being drawn, in pixels that are *PER_METRE* to the metre."""

    rng: Random
    image: Image.Image
    pen: ImageDraw.ImageDraw
    wall: Colour

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a box measured in metres from the top left."""
        corners = (x, y, x + width, y + height)
        self.pen.rectangle([round(metres * PER_METRE) for metres in corners], colour)

    def window(self, x: float, y: float, width: float, height: float, *, lit: bool) -> None:
        """Draw one window: frame, pane, curtain, bars and sill."""
        rng, dark = self.rng, mix(self.wall, SHADOW, 0.32)
        self.box(x - 0.14, y - 0.14, width + 0.28, height + 0.4, dark)
        pane = mix((24, 28, 52), (90, 70, 110), rng.random() * 0.5)
        if lit:
            pane = mix(rng.choice(LIT), (90, 50, 40), rng.random() ** 2 * 0.75)
        self.box(x, y, width, height, pane)
        if lit and rng.random() < 0.5:
            self.box(x, y, width, height * rng.uniform(0.15, 0.5), mix(pane, (120, 60, 40), 0.35))
        if lit and rng.random() < 0.3:
            self.box(x, y, width / 4, height, mix(pane, (110, 50, 40), 0.5))
        self.box(x + width / 2 - 0.06, y, 0.12, height, dark)
        self.box(x, y + height * 0.45 - 0.06, width, 0.12, dark)
        sill = mix(self.wall, (160, 130, 130), 0.35)
        self.box(x - 0.22, y + height + 0.17, width + 0.44, 0.17, sill)

    def floors(self, width: float, height: float) -> None:
        """Draw the rows of windows under a cornice."""
        rng = self.rng
        bays = max(1, int(width / rng.choice((2.0, 2.4, 2.8))))
        bay = width / bays
        wide, high = bay * rng.uniform(0.42, 0.58), rng.uniform(1.6, 2.1)
        share = rng.uniform(0.45, 0.75)
        for floor in range(int((height - 5.8 - high) / 3.3) + 1):
            y = 1.4 + 3.3 * floor
            self.box(0, y + high + 0.55, width, 0.1, mix(self.wall, SHADOW, 0.25))
            for column in range(bays):
                x = (column + 0.5) * bay - wide / 2
                self.window(x, y, wide, high, lit=rng.random() < share)
        self.box(0, 0, width, 0.5, mix(self.wall, (170, 130, 140), 0.3))
        self.box(0, 0.5, width, 0.25, mix(self.wall, SHADOW, 0.4))

    def shops(self, width: float, height: float) -> None:
        """Draw lit shop windows with awnings along the ground."""
        rng, x, top = self.rng, 0.4, height - 3.3
        while x < width - 2:
            wide = min(rng.uniform(3.2, 5.5), width - x - 0.3)
            light, awning = rng.choice(LIT[:5]), rng.choice(AWNINGS)
            pane = gradient(
                (round(wide * PER_METRE), round(2.8 * PER_METRE)),
                [(0, mix(light, (255, 244, 220), 0.5)), (1, mix(light, (150, 70, 40), 0.55))],
            )
            self.image.paste(pane, (round(x * PER_METRE), round(top * PER_METRE)))
            for _ in range(5):
                tall, at = rng.uniform(0.5, 1.5), x + (wide - 0.5) * rng.random()
                shelf = mix(light, (90, 44, 44), rng.uniform(0.45, 0.75))
                self.box(at, height - 0.5 - tall, rng.uniform(0.2, 0.6), tall, shelf)
            self.box(x + wide * 0.62, top, 0.08, 2.8, mix(self.wall, SHADOW, 0.4))
            self.box(x - 0.1, top - 0.2, wide + 0.2, 0.9, awning)
            self.box(x - 0.1, top + 0.62, wide + 0.2, 0.14, mix(awning, (255, 230, 200), 0.4))
            self.box(x, top - 0.8, wide, 0.55, mix(awning, (20, 16, 30), 0.6))
            if rng.random() < 0.6:
                self.box(x + 0.4, top - 0.68, wide - 0.8, 0.28, rng.choice(NEON))
            x += wide + 0.5


def facade(rng: Random, width: float, height: float) -> Image.Image:
    """Draw the front of one building, as seen straight on."""
    brick = rng.choice(BRICK)
    image = gradient(
        (round(width * PER_METRE), round(height * PER_METRE)),
        [
            (0, mix(brick, (150, 110, 140), 0.28)),
            (0.7, brick),
            (1, mix(brick, (150, 90, 50), 0.35)),
        ],
    )
    front = Facade(rng, image, ImageDraw.Draw(image), brick)
    front.floors(width, height)
    front.shops(width, height)
    return image


def set_in_row(
    image: Image.Image, vanishing: int, near: float, far: float, front: Image.Image
) -> None:
    """Stand *front* along the left side of the street, with its mirror image in the wet ground."""
    height = front.height / PER_METRE
    twice = Image.new("RGB", (front.width, 2 * front.height))
    twice.paste(front, (0, 0))
    twice.paste(ImageOps.flip(front), (0, front.height))
    first = max(0, math.floor(vanishing - FOCAL * HALF_STREET / near))
    last = math.ceil(vanishing - FOCAL * HALF_STREET / far)
    # For a wall along the line of sight, depth is FOCAL * HALF_STREET / (vanishing - x), and the
    # height seen at y is proportional to it: the coefficients below say so over one denominator.
    span, up = vanishing - first, (height - EYE_LEVEL) * PER_METRE
    across = PER_METRE * FOCAL * HALF_STREET / span - near * PER_METRE
    rise = HALF_STREET * PER_METRE / span
    along = (near * PER_METRE / span, 0, across)
    coefficients = (*along, -up / span, rise, up - rise * VANISHING[1], -1 / span, 0)
    size = (last - first, image.height)
    wall = twice.transform(size, Image.Transform.PERSPECTIVE, coefficients, BICUBIC)
    mask = Image.new("L", (2 * size[0], 2 * size[1]))
    corners = [(near, height), (far, height), (far, -height), (near, -height)]
    shape = []
    for depth, y in corners:
        x = vanishing - FOCAL * HALF_STREET / depth - first
        shape.append((2 * x, 2 * spot(0, y, depth)[1]))
    ImageDraw.Draw(mask).polygon(shape, 255)
    haze = Image.new("RGB", size, DUSK)
    image.paste(Image.blend(wall, haze, dusk_at(near)), (first, 0), mask.reduce(2))


def line_side(image: Image.Image, rng: Random, vanishing: int) -> None:
    """Line the left side with buildings, the farthest drawn first."""
    row, near = [], 6.2
    while near < 150:
        height = rng.choice((14, 18, 21, 25, 29, 33)) + (rng.uniform(0, 10) if near > 50 else 0)
        row.append((near, near + rng.uniform(11, 17), height))
        near = row[-1][1]
    for start, end, height in reversed(row):
        left = round(vanishing - FOCAL * (HALF_STREET + 14) / start)
        right = round(vanishing - FOCAL * HALF_STREET / start)
        top, foot = round(spot(0, height, start)[1]), round(spot(0, 0, start)[1])
        if right > 0:
            flank = gradient((right - left, foot - top), stops("4a354e 0 302333 1"))
            haze = Image.new("RGB", flank.size, DUSK)
            image.paste(Image.blend(flank, haze, dusk_at(start)), (left, top))
        set_in_row(image, vanishing, start, end, facade(rng, end - start, height))


def dusk_sky(rng: Random) -> Image.Image:
    """Paint the sky with its mirror image below, and the far towers of the city."""
    width, height = TALL
    x, y = VANISHING
    evening = stops("1c2254 0 3e3e7c 0.33 8c5c8e 0.6 e88070 0.78 ffbc78 0.93 ffc88c 1")
    image = gradient((width, y), evening)
    clouds = fractal(rng, (200, 180), (3, 8), 5).step(0.48, 0.8).stretched(image.size)
    where = fade(image.size, [(0, 120), (0.85, 165), (1, 0)])
    image.paste((255, 150, 130), (0, 0), ImageChops.multiply(clouds, where))
    shine(image, (x, y - 40), 900, (255, 170, 90), 2.2, 0.9)
    pen = ImageDraw.Draw(image)
    for row in range(3):
        body = mix((206, 120, 120), (110, 76, 112), row / 2.2)
        for tower in range(7):
            left, wide = x - 260 + tower * 78 + rng.uniform(-20, 20), rng.uniform(34, 64)
            tall = rng.uniform(90, 330) * (1 - 0.18 * row) + (2 - row) * 60
            pen.rectangle((left, y - tall, left + wide, y), body)
            for _ in range(int(wide * tall / 160)):
                at = left + 4 + 6 * rng.randrange(int((wide - 8) / 6))
                sill = y - tall + 6 + 9 * rng.randrange(int(tall / 9))
                pen.rectangle((at, sill, at + 2, sill + 4), mix(body, (255, 220, 150), 0.7))
    whole = Image.new("RGB", TALL)
    whole.paste(image, (0, 0))
    whole.paste(ImageOps.flip(image), (0, y))
    return whole.crop((0, 0, width, height))


def wet_road(image: Image.Image, rng: Random) -> None:
    """Turn the mirror images between the walls into wet tarmac: dark, blurred, puddled."""
    width, top = image.width, VANISHING[1] + 4
    mirror = image.crop((0, top, width, image.height))
    size = mirror.size
    smear = mirror.resize((width // 2, size[1] // 8), Image.Resampling.BOX).resize(size, BICUBIC)
    soft = Image.blend(mirror.filter(ImageFilter.BoxBlur((3, 10))), smear, 0.55)
    tarmac = Image.new("RGB", size, (26, 24, 40))
    puddles = fractal(rng, (400, 240), (5, 16), 4).step(0.35, 0.62).stretched(size)
    wet, dry = Image.blend(tarmac, soft, 0.66), Image.blend(tarmac, soft, 0.36)
    road = grained(Image.composite(wet, dry, puddles), rng, 0.04)
    mask = Image.new("L", size)
    edges = (-HALF_STREET, 3.4), (-HALF_STREET, 400), (HALF_STREET, 400), (HALF_STREET, 3.4)
    shape = [spot(x, 0, depth) for x, depth in edges]
    ImageDraw.Draw(mask).polygon([(x, y - top) for x, y in shape], 255)
    image.paste(road, (0, top), mask)


def mark_road(pen: ImageDraw.ImageDraw) -> None:
    """Draw pavements, the broken middle line and a zebra crossing."""
    for side in (-1, 1):
        kerb, wall = side * 5.6, side * HALF_STREET
        edges = (wall, 3.4), (wall, 300), (kerb, 300), (kerb, 3.4)
        pen.polygon([spot(x, 0, depth) for x, depth in edges], (96, 76, 92, 70))
        pen.line([spot(kerb, 0.12, 3.4), spot(kerb, 0.12, 200)], (210, 160, 140, 150), 4)
    stripes = [(0.0, 0.09, dash * 6.0, dash * 6 + 2.6, 170) for dash in range(2, 15)]
    stripes += [(bar * 1.05, 0.3, 7.2, 9.6, 120) for bar in range(-5, 6)]
    for x, half, near, far, strength in stripes:
        box = (x - half, near), (x - half, far), (x + half, far), (x + half, near)
        pen.polygon([spot(at, 0, depth) for at, depth in box], (248, 225, 195, strength))


def light_lamps(image: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    """Stand street lamps along both kerbs."""
    iron = (20, 16, 28, 255)
    for depth in (70, 50, 36, 26, 18, 12.5):
        for side in (-1, 1):
            foot, elbow = spot(side * 5.9, 0, depth), spot(side * 5.9, 6.2, depth)
            lamp = spot(side * 4.6, 6.5, depth)
            thick, radius = max(2, round(FOCAL * 0.13 / depth)), round(FOCAL * 0.26 / depth)
            pen.line([foot, elbow], iron, thick)
            pen.line([elbow, lamp], iron, max(2, thick * 2 // 3))
            x, y = lamp
            pen.ellipse((x - radius, y - radius * 0.7, x + radius, y + radius * 0.7), LIT[2])
            shine(image, lamp, max(20, FOCAL * 2.6 / depth), (255, 190, 100), 2.4, 0.9)


def park_car(
    image: Image.Image, pen: ImageDraw.ImageDraw, x: float, depth: float, light: Colour
) -> None:
    """Draw a car end on, its two lights and their streaks on the wet road."""
    cabin = (-0.72, 1.0), (-0.6, 1.5), (0.6, 1.5), (0.72, 1.0)
    glass = (-0.62, 1.05), (-0.53, 1.42), (0.53, 1.42), (0.62, 1.05)
    for wheel in (-0.7, 0.52):
        pen.rectangle((spot(x + wheel, 0.4, depth), spot(x + wheel + 0.18, 0, depth)), (10, 8, 14))
    pen.rectangle((spot(x - 0.9, 1.0, depth), spot(x + 0.9, 0.35, depth)), (18, 16, 26))
    pen.polygon([spot(x + dx, y, depth) for dx, y in cabin], (30, 26, 42))
    pen.polygon([spot(x + dx, y, depth) for dx, y in glass], (120, 90, 100))
    for side in (-0.68, 0.68):
        at = spot(x + side, 0.72, depth)
        radius = max(2, FOCAL * 0.13 / depth)
        wide, tall = radius * 1.3, radius * 0.8
        box = (at[0] - wide, at[1] - tall, at[0] + wide, at[1] + tall)
        pen.ellipse(box, mix(light, (255, 255, 255), 0.45))
        shine(image, at, FOCAL / depth, light, 2, 0.95)
        streak = halo(
            (max(6, round(FOCAL * 0.34 / depth)), 2 * round(FOCAL * 1.6 / depth)), 0.75, 1.6
        )
        low = round(spot(0, -0.72, depth)[1]) - streak.height // 4
        image.paste(light, (round(at[0]) - streak.width // 2, low), streak)


def hang_bulbs(image: Image.Image, pen: ImageDraw.ImageDraw) -> None:
    """Hang strings of bulbs across the street."""
    for depth in (52, 38, 28, 20.5, 15):
        steps = [part / 14 - 1 for part in range(29)]
        string = [spot(u * HALF_STREET, 8.3 + 1.6 * u * u + 0.4 * u, depth) for u in steps]
        pen.line(string, (24, 18, 30, 220), max(1, round(FOCAL * 0.03 / depth)))
        for x, y in string[1:-1:2]:
            radius = max(1.5, FOCAL * 0.075 / depth)
            pen.circle((x, y + radius), radius, (255, 232, 180, 255))
            shine(image, (x, y + radius), max(8, FOCAL * 0.5 / depth), (255, 180, 90), 2.2, 0.9)


def bloomed(image: Image.Image) -> Image.Image:
    """Let the brightest parts spill over, as they do in a lens."""
    small = image.reduce(4).point([max(0, value - 150) * 2 for value in range(256)] * 3)
    narrow, wide = (small.filter(ImageFilter.GaussianBlur(radius)) for radius in (5, 22))
    return ImageChops.screen(image, ImageChops.add(narrow, wide, 2).resize(image.size, BICUBIC))


def paint_street() -> bytes:
    """Paint a wet street with lit windows, lamps and a few cars."""
    rng = Random(3)
    image = dusk_sky(rng)
    line_side(image, rng, VANISHING[0])
    # The right side is the left one in a mirror, so that one wall's geometry serves both.
    image = ImageOps.mirror(image)
    line_side(image, rng, image.width - VANISHING[0])
    image = ImageOps.mirror(image)
    wet_road(image, rng)
    pen = ImageDraw.Draw(image, "RGBA")
    mark_road(pen)
    light_lamps(image, pen)
    back, front = (255, 60, 40), (255, 240, 205)
    cars = (2.6, 60, back), (-2.7, 46, front), (2.9, 38, back), (-2.8, 27, front), (2.7, 19, back)
    for x, depth, light in cars:
        park_car(image, pen, x, depth, light)
    hang_bulbs(image, pen)
    return photograph(bloomed(image), rng)


# A hot-air balloon, in a file that lies on its side.

GORES: Final = 24
# Where the first seam is: a little aside, as a seam in the very middle would look ruled.
SEAM: Final = 0.06
CLOTH: Final[Colour] = (30, 44, 92)
CREAM: Final[Colour] = (250, 224, 180)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The balloon's cloth: a solid of revolution around *centre*, seen from a little below."""

    centre: float
    radius: float
    top: float = 30

    @property
    def height(self) -> float:
        """Return the cloth's height."""
        return self.radius * 2.35

    def girth(self, down: float) -> float:
        """Return the radius at *down*, which is 0 at the crown and 1 at the mouth."""
        if down < 0.43:
            return self.radius * math.sqrt(max(0, 1 - ((0.43 - down) / 0.43) ** 2))
        u = (down - 0.43) / 0.57
        taper = math.pow(max(0, math.cos(u * math.pi / 2)), 0.92)
        taper *= 1 - 0.06 * math.sin(u * math.pi)
        return self.radius * (0.13 + 0.87 * taper)

    def at(self, angle: float, down: float) -> Point:
        """Place a point of the cloth; *angle* is 0 towards us, a quarter turn at the edge."""
        angle = min(max(angle, -math.pi / 2), math.pi / 2)
        girth = self.girth(down)
        dip = girth * math.cos(angle) * 0.10 * (0.25 + down)
        return self.centre + girth * math.sin(angle), self.top + self.height * down + dip

    def strip(self, pen: ImageDraw.ImageDraw, start: float, end: float, colour: Colour) -> None:
        """Fill the cloth between two angles, crown to mouth."""
        downs = [step / 64 for step in range(65)]
        edge = [self.at(start, down) for down in downs]
        pen.polygon(edge + [self.at(end, down) for down in reversed(downs)], (*colour, 255))

    def chevrons(self, pen: ImageDraw.ImageDraw, down: float, thick: float, colour: Colour) -> None:
        """Run a zigzag round the cloth, a point to each gore."""
        steps, turn = range(-64, 65), TURN / GORES / 8
        points = [(step * turn + SEAM, down + 0.01125 * min(step % 8, -step % 8)) for step in steps]
        upper = [self.at(angle, at) for angle, at in points]
        lower = [self.at(angle, at + thick) for angle, at in reversed(points)]
        pen.polygon(upper + lower, (*colour, 255))


def hang_basket(pen: ImageDraw.ImageDraw, x: float, mouth: float, radius: float) -> None:
    """Hang a basket with two passengers on ropes under the mouth, and light the flame."""
    half, rim, skirt = radius * 0.17, mouth + radius * 0.48, mouth + radius * 0.12
    wide, throat, lip = radius * 0.13, radius * 0.112, radius * 0.013
    hem = (x - throat, skirt), (x + throat, skirt)
    pen.polygon([(x - wide, mouth - 6), *hem, (x + wide, mouth - 6)], CLOTH)
    pen.ellipse((x - throat, skirt - lip, x + throat, skirt + lip), (24, 30, 60))
    for rope in (-1, -0.33, 0.33, 1):
        pen.line([(x + rope * throat, skirt), (x + rope * half, rim)], (70, 48, 50), 4)
    for side, coat in ((-0.42, (170, 60, 50)), (0.38, (44, 84, 110))):
        at, breadth = x + side * half, radius * 0.05
        pen.circle((at, rim - radius * 0.097), radius * 0.033, (70, 44, 44))
        body = (at - breadth, rim - radius * 0.066, at + breadth, rim + 6)
        pen.rounded_rectangle(body, radius * 0.03, coat)
    weave(pen, (x - half, rim, x + half, rim + radius * 0.21))
    flame, thin, burner = mouth + radius * 0.33, radius * 0.022, radius * 0.05
    pen.polygon([(x - thin, flame), (x, flame - radius * 0.19), (x + thin, flame)], CREAM)
    pen.rectangle((x - burner, flame, x + burner, flame + burner / 2), (50, 44, 52))


def weave(pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float]) -> None:
    """Fill a box with wicker under a rim."""
    left, top, right, bottom = box
    pen.rounded_rectangle(box, (bottom - top) / 7, (150, 96, 52))
    wide, high = (right - left) / 14, (bottom - top) / 9
    for row in range(9):
        for column in range(row % 2, 14, 2):
            x, y = left + wide * column, top + high * row
            pen.rectangle((x + 1, y + 1, x + wide - 1, y + high - 1), (112, 68, 38))
    pen.rounded_rectangle((left - 4, top - 7, right + 4, top + 8), 6, (92, 54, 34))


def balloon(radius: int, cloth: Sequence[Colour]) -> Image.Image:
    """Draw one balloon on nothing, its cloth lit from the upper left."""
    size = (2 * radius + 80, round(radius * 3.3))
    x = size[0] / 2
    envelope = Envelope(x, radius)
    image = Image.new("RGBA", size)
    pen = ImageDraw.Draw(image)
    turn = TURN / GORES
    for gore in range(-7, 8):
        start, colour = gore * turn + SEAM, cloth[gore % len(cloth)]
        # Each gore bulges, so its left half is the brighter one.
        envelope.strip(pen, start, start + turn / 2, mix(colour, (255, 255, 255), 0.08))
        envelope.strip(pen, start + turn / 2, start + turn, mix(colour, (40, 10, 40), 0.10))
    envelope.chevrons(pen, 0.40, 0.055, CLOTH)
    envelope.chevrons(pen, 0.475, 0.022, CREAM)
    light = Image.radial_gradient("L").resize((round(radius * 4.4), round(radius * 4.6)), BICUBIC)
    shade = Image.new("L", size, 255)
    shade.paste(light, (round(x - radius * 2.62), round(30 - radius * 1.68)))
    tone = ramp(shade, stops("fffffa 0 fcf0e2 0.16 d0a8aa 0.34 805c82 0.52 503c6e 1"))
    lit = ImageChops.multiply(image.convert("RGB"), tone)
    shine(lit, (x - radius * 0.45, 30 + radius * 0.6), radius * 0.75, (255, 236, 200), 2, 0.4)
    lit.putalpha(image.getchannel("A"))
    hang_basket(ImageDraw.Draw(lit), x, 30 + radius * 2.366, radius)
    return lit


def fly(image: Image.Image, sprite: Image.Image, at: Size, height: int, haze: float) -> None:
    """Put a balloon in the sky, its crown at *at*, paler with distance."""
    size = (round(sprite.width * height / sprite.height), height)
    small = sprite.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
    air = Image.new("RGB", size, (250, 216, 190))
    hazy = Image.blend(small.convert("RGB"), air, haze)
    image.paste(hazy, (at[0] - size[0] // 2, at[1]), small.getchannel("A"))


def morning_hills(rng: Random, size: Size) -> Image.Image:
    """Paint rolling meadows and woods, transparent where there is sky."""
    chart = (768, 768)
    hills = fractal(rng, chart, (6, 6), 3, 0.35) * 92
    hills += fractal(rng, chart, (3, 3), 2, ridged=True) * 46
    sun = Sun(-2, -1, 0.26)
    light = (sun.on(hills) * 1.35 + 0.12).below(1) * (1.0 - sun.shade(hills, 6) * 0.8)
    meadow = ramp(light.mask(), stops("162c3a 0 3e5c3e 0.4 9ea050 0.75 f0d682 1"))
    leaves = (noise(rng, chart, chart) - 0.5) * 0.4
    wood = ramp((light * 0.7 + leaves).mask(), stops("0e202c 0 223e32 0.5 787e42 1"))
    where = fractal(rng, chart, (26, 26), 4).step(0.52, 0.58)
    land = Image.composite(wood, meadow, where.mask())
    view = View((384, 760), 150, 0.5, 110, 740, 700, size, 1190)
    return view.render(hills, land, (252, 206, 172), 420)


def paint_balloon() -> bytes:
    """Paint a balloon over morning hills, stored on its side with EXIF Orientation 6."""
    rng = Random(14)
    size = (1200, 1600)
    image = gradient(size, stops("4278be 0 7aaad8 0.3 d6ccce 0.55 ffd6aa 0.72 ffe2be 1"))
    sun = (300, 1180)
    shine(image, sun, 1000, (255, 190, 110), 1.7, 0.7)
    clouds = fractal(rng, (300, 400), (3, 9), 6).step(0.46, 0.78).stretched(size)
    where = fade(size, [(0, 96), (0.3, 204), (0.62, 160), (0.75, 0), (1, 0)])
    white = gradient(size, stops("f0f4fc 0 fff0e4 0.4 ffd8b4 1"))
    image.paste(white, (0, 0), ImageChops.multiply(clouds, where))
    hills = morning_hills(rng, size)
    image.paste(hills, (0, 0), hills)
    mist = fractal(rng, (300, 100), (3, 5), 4).step(0.42, 0.75).stretched((size[0], 260))
    soft = fade(mist.size, [(0, 0), (0.4, 150), (1, 0)])
    image.paste((255, 232, 206), (0, 1180), ImageChops.multiply(mist, soft))
    teal = balloon(180, [(44, 110, 120), CREAM])
    fly(image, teal, (985, 760), 250, 0.34)
    fly(image, teal, (420, 1010), 74, 0.66)
    fly(image, balloon(180, [(120, 60, 110), (240, 170, 80)]), (190, 905), 150, 0.5)
    fly(image, balloon(440, [(206, 52, 44), (244, 150, 50), CREAM]), (640, 170), 900, 0)
    shine(image, sun, 1250, (255, 180, 110), 2, 0.3)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    return photograph(image.transpose(Image.Transpose.ROTATE_90), rng, exif=exif)


# The logo: an aperture of seven blades.

LOGO: Final = 800
SUPERSAMPLED: Final = 3
SEPIA: Final[Colour] = (58, 34, 22)
BLADES: Final = palette("7a4c2c 925e36 aa7244 c08a58 b0784a 96623a 80502e")


def around(centre: float, radius: float, angle: float) -> Point:
    """Return a point of a circle whose centre has *centre* for both coordinates."""
    return centre + radius * math.cos(angle), centre + radius * math.sin(angle)


def reach_rim(start: Point, end: Point, centre: float, rim: float) -> float:
    """Return the angle at which the line from *start* through *end* leaves the circle."""
    (x0, y0), (x1, y1) = start, end
    length = math.hypot(x1 - x0, y1 - y0)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    along = (x1 - centre) * dx + (y1 - centre) * dy
    short = rim * rim - (x1 - centre) ** 2 - (y1 - centre) ** 2
    further = math.sqrt(along * along + short) - along
    return math.atan2(y1 + dy * further - centre, x1 + dx * further - centre)


def draw_blades(pen: ImageDraw.ImageDraw, centre: float, rim: float, hole: list[Point]) -> None:
    """Draw each blade from its side of the hole out to the rim, then the slits between them."""
    slit = round(centre * 0.012)
    leaves = [reach_rim(hole[side - 1], corner, centre, rim) for side, corner in enumerate(hole)]
    for side, colour in enumerate(BLADES):
        start, following = leaves[side], (side + 1) % len(hole)
        sweep = (leaves[following] - start) % TURN
        arc = [around(centre, rim, start + sweep * step / 40) for step in range(41)]
        pen.polygon([hole[side], *arc, hole[following]], colour)
    for side, leaf in enumerate(leaves):
        pen.line([hole[side - 1], around(centre, rim, leaf)], SEPIA, slit)


def paint_logo() -> bytes:
    """Paint the mark: sepia blades around a glimpse of paper, on nothing."""
    side = LOGO * SUPERSAMPLED
    centre = side / 2
    image = Image.new("RGB", (side, side), SEPIA)
    pen = ImageDraw.Draw(image)
    pen.circle((centre, centre), centre * 0.945, (214, 170, 116))
    pen.circle((centre, centre), centre * 0.905, SEPIA)
    hole = [around(centre, centre * 0.36, TURN * corner / 7 - 0.35) for corner in range(7)]
    draw_blades(pen, centre, centre * 0.845, hole)
    whole = image.reduce(SUPERSAMPLED)
    shine(whole, (LOGO * 0.36, LOGO * 0.30), LOGO * 0.62, (255, 224, 170), 1.4, 0.38)
    opening = Image.new("L", (side, side))
    ImageDraw.Draw(opening).polygon(
        [((x - centre) * 0.965 + centre, (y - centre) * 0.965 + centre) for x, y in hole], 255
    )
    paper = ramp(
        Image.radial_gradient("L").resize(whole.size), stops("fff6e2 0 f8e0b4 0.3 e2b478 1")
    )
    whole.paste(paper, (0, 0), opening.reduce(SUPERSAMPLED))
    outline = Image.new("L", (side, side))
    ImageDraw.Draw(outline).circle((centre, centre), centre * 0.97, 255)
    whole.putalpha(outline.reduce(SUPERSAMPLED))
    return encoded(whole, "PNG")


# A moon around a ringed planet, drawn at twice its size and reduced.

FRAMES: Final = 24
STAGE: Final = 640
PLANET: Final = 122
RINGS: Final[tuple[tuple[float, float, Colour], ...]] = (
    (1.35, 1.52, (196, 150, 130)),
    (1.56, 1.82, (232, 196, 160)),
    (1.87, 1.97, (150, 110, 120)),
)


def ring_point(radius: float, angle: float) -> Point:
    """Place a point of the tilted plane of rings; angles up to half a turn are in front."""
    x, y = PLANET * radius * math.cos(angle), PLANET * radius * math.sin(angle) * 0.3
    turn = math.radians(-18)
    across, down = math.cos(turn), math.sin(turn)
    return STAGE / 2 + x * across - y * down, STAGE / 2 + x * down + y * across


def draw_rings(pen: ImageDraw.ImageDraw, start: float, shade: float) -> None:
    """Draw half of each ring, from *start* on."""
    angles = [start + math.pi * step / 60 for step in range(61)]
    for inner, outer, colour in RINGS:
        edge = [ring_point(inner, angle) for angle in angles]
        edge += [ring_point(outer, angle) for angle in reversed(angles)]
        pen.polygon(edge, mix(colour, (40, 30, 70), shade))


def draw_moon(pen: ImageDraw.ImageDraw, angle: float, *, front: bool) -> None:
    """Draw the moon and its wake, as far as they are on the asked side of the planet."""
    pale, night = (190, 220, 255), (30, 32, 80)
    for back in range(24, 0, -1):
        behind = angle - back * 0.026
        if (math.sin(behind) >= 0) == front:
            faded = mix(pale, night, 0.45 + 0.55 * back / 24)
            pen.circle(ring_point(2.32, behind), 15 * (1 - back / 25), faded)
    if (math.sin(angle) >= 0) == front:
        x, y = ring_point(2.32, angle)
        size = 19 * (1 + 0.18 * math.sin(angle))
        pen.circle((x, y), size, mix(pale, (60, 50, 90), 0.45))
        pen.circle((x - size * 0.17, y - size * 0.17), size * 0.78, pale)


def ringed_planet() -> tuple[Image.Image, Image.Image]:
    """Paint the planet's light and shade, and the disc that shows them."""
    light = Image.radial_gradient("L").resize((4 * PLANET, 4 * PLANET), BICUBIC)
    shade = Image.new("L", (STAGE, STAGE), 255)
    shade.paste(light, (round(STAGE / 2 - 2.45 * PLANET), round(STAGE / 2 - 2.5 * PLANET)))
    body = ramp(shade, stops("ffecbe 0 fcc482 0.12 de7056 0.34 7a3258 0.5 2c1842 0.7 1e1236 1"))
    disc = Image.new("L", (STAGE, STAGE))
    ImageDraw.Draw(disc).circle((STAGE / 2, STAGE / 2), PLANET, 255)
    return body, disc


def paint_orbit() -> bytes:
    """Paint one turn of the moon as an endless GIF, every frame in the same palette."""
    rng = Random(5)
    sky = Image.new("RGB", (STAGE, STAGE), (14, 16, 38))
    shine(sky, (STAGE / 2, STAGE / 2), STAGE / 2, (34, 38, 96), 1.4, 0.9)
    stars = [
        (rng.uniform(0, STAGE), rng.uniform(0, STAGE), rng.uniform(0.8, 2.2), rng.random())
        for _ in range(70)
    ]
    body, disc = ringed_planet()
    frames = []
    for frame in range(FRAMES):
        image = sky.copy()
        pen = ImageDraw.Draw(image)
        for x, y, radius, phase in stars:
            level = round(150 + 70 * math.sin(TURN * (frame / FRAMES + phase)))
            pen.circle((x, y), radius, (level, level, min(255, level + 20)))
        draw_moon(pen, TURN * frame / FRAMES, front=False)
        draw_rings(pen, math.pi, 0.35)
        image.paste(body, (0, 0), disc)
        draw_rings(pen, 0, 0)
        draw_moon(pen, TURN * frame / FRAMES, front=True)
        frames.append(image.reduce(2))
    # One palette for all frames: with one each, still areas would flicker.
    sample = Image.new("RGB", (STAGE, STAGE))
    for quarter in range(4):
        sample.paste(frames[6 * quarter], (STAGE // 2 * (quarter % 2), STAGE // 2 * (quarter // 2)))
    shared = sample.quantize(255)
    first, *rest = (frame.quantize(palette=shared, dither=Image.Dither.NONE) for frame in frames)
    return encoded(first, "GIF", save_all=True, append_images=rest, duration=60, loop=0)


# An attic window, which is what the Turkish in its key means; drawn at twice its size.

ATTIC: Final[Size] = (1280, 960)
OAK: Final[Colour] = (150, 104, 70)


def attic_room(rng: Random) -> Image.Image:
    """Draw the gable wall of boards, the floor and the rafters."""
    width, height = ATTIC
    image = Image.new("RGB", ATTIC, (52, 34, 36))
    pen = ImageDraw.Draw(image)
    x, y, foot = width * 0.5, height * -0.12, height * 0.8
    for rafter in range(13):
        t = rafter / 12
        down, end = y + (foot - y) * t, height * (1.4 * t - 0.3)
        for side in (-1, 1):
            inner = x + side * width * 0.46 * t
            outer = x + side * width * (0.6 - 0.05 * t)
            pen.line([(inner, down), (outer, end)], (38, 24, 28), 10)
    boards = Image.new("RGB", ATTIC)
    saw = ImageDraw.Draw(boards)
    left = 0
    while left < width:
        wide = 44 + rng.randrange(16)
        plank = mix((104, 70, 54), (70, 44, 40), rng.random() * 0.6)
        saw.rectangle((left, 0, left + wide, height), plank, (58, 38, 34), 2)
        left += wide
    gable = Image.new("L", ATTIC)
    ImageDraw.Draw(gable).polygon([(x, y), (width * 0.96, foot), (width * 0.04, foot)], 255)
    image.paste(boards, (0, 0), gable)
    floor = (-0.46, foot), (0.46, foot), (0.8, height), (-0.8, height)
    pen.polygon([(x + width * across, down) for across, down in floor], (84, 54, 44))
    for board in range(-9, 10):
        ends = [(x + board * width * 0.051, foot), (x + board * width * 0.09, height)]
        pen.line(ends, (60, 38, 34), 3)
    return image


def night_town(rng: Random, side: int) -> Image.Image:
    """Draw what the window shows: moon, stars and roofs."""
    image = gradient((side, side), stops("141c50 0 2c367c 0.35 966ea0 0.75 f0aa96 1"))
    pen = ImageDraw.Draw(image)
    for _ in range(60):
        star = rng.uniform(0, side), rng.uniform(0, side * 0.7)
        pen.circle(star, rng.uniform(1, 3.2), (250, 246, 226))
    crescent = Image.new("L", (side, side))
    moon = ImageDraw.Draw(crescent)
    moon.circle((side * 0.71, side * 0.29), side * 0.1, 255)
    moon.circle((side * 0.66, side * 0.265), side * 0.098, 0)
    image.paste((255, 244, 210), (0, 0), crescent)
    wide = side * 0.17
    for house in range(9):
        x, eaves = house * side * 0.13, side * (1 - rng.uniform(0.12, 0.25))
        roof = mix((40, 36, 84), (64, 48, 96), rng.random())
        outline = [(x, side), (x, eaves), (x + wide / 2, eaves - wide * 0.45), (x + wide, eaves)]
        pen.polygon([*outline, (x + wide, side)], roof)
        if rng.random() < 0.8:
            pen.rectangle((x + wide * 0.35, eaves + 8, x + wide * 0.58, eaves + 30), LIT[0])
    return image


def furnish(pen: ImageDraw.ImageDraw) -> None:
    """Draw a chest with a lamp on it, and a few books."""
    width, height = ATTIC

    def box(left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        pen.rectangle((width * left, height * top, width * right, height * bottom), colour)

    box(0.66, 0.70, 0.86, 0.86, (70, 44, 40))
    box(0.66, 0.745, 0.86, 0.755, (120, 84, 56))
    box(0.75, 0.735, 0.77, 0.775, (190, 150, 90))
    box(0.755, 0.64, 0.765, 0.70, OAK)
    shade = (0.73, 0.645), (0.79, 0.645), (0.775, 0.57), (0.745, 0.57)
    pen.polygon([(width * x, height * y) for x, y in shade], (255, 220, 150))
    spines = ((150, 60, 54), 0.10), ((60, 96, 110), 0.085), ((196, 150, 80), 0.11)
    for book, (cover, tall) in enumerate((*spines, ((92, 70, 110), 0.09))):
        left = 0.16 + book * 0.022
        box(left, 0.82 - tall, left + 0.02, 0.82, cover)
        box(left, 0.82 - tall * 0.8, left + 0.02, 0.82 - tall * 0.74, mix(cover, CREAM, 0.5))


def paint_attic() -> bytes:
    """Paint an attic with a round window on the night."""
    rng = Random(8)
    width, height = ATTIC
    image = attic_room(rng)
    pen = ImageDraw.Draw(image)
    x, y, radius = width // 2, round(height * 0.4), round(height * 0.235)
    pen.circle((x, y), radius * 1.13, (66, 42, 36))
    pen.circle((x, y), radius * 1.08, OAK)
    pane = Image.new("L", (2 * radius, 2 * radius))
    ImageDraw.Draw(pane).circle((radius, radius), radius - 1, 255)
    image.paste(night_town(rng, 2 * radius), (x - radius, y - radius), pane)
    pen.line([(x, y - radius), (x, y + radius)], OAK, 12)
    pen.line([(x - radius, y), (x + radius, y)], OAK, 12)
    furnish(pen)
    beam = Image.new("L", ATTIC)
    corners = (-0.8, 0), (0.6, 0.5)
    shaft = [(x + radius * across, y + radius * down) for across, down in corners]
    shaft += [(x - radius * 0.2, height), (x - radius * 2.6, height)]
    ImageDraw.Draw(beam).polygon(shaft, 90)
    beam = beam.filter(ImageFilter.GaussianBlur(36))
    image = ImageChops.screen(image, tinted(beam, (120, 130, 220)))
    lamp = (width * 0.76, height * 0.61)
    shine(image, lamp, width * 0.34, (255, 170, 80), 1.6, 0.75)
    shine(image, lamp, width * 0.08, (255, 230, 180), 1.5, 0.7)
    return encoded(image.reduce(2), "PNG")


_PAINTERS: Final[dict[str, Callable[[], bytes]]] = {
    "scenes/dunes.jpg": paint_dunes,
    "scenes/lake.jpg": paint_lake,
    "scenes/street.jpg": paint_street,
    "portraits/balloon.jpg": paint_balloon,
    "logos/calotype.png": paint_logo,
    "animations/orbit.gif": paint_orbit,
    "unicode/Çatı katı ✨.png": paint_attic,
}

DEMO: Final[tuple[str, ...]] = tuple(_PAINTERS)
