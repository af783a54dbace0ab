"""What shines in the street: lamps, cars and strings of bulbs."""

from PIL import Image

from infra.demo.light import Glow, halo
from infra.demo.paint import Colour, Pen, mix
from infra.demo.perspective import FOCAL, HALF_WIDTH, spot
from infra.demo.shapes import around


def light_lamps(image: Image.Image, pen: Pen) -> None:
    """Stand street lamps along both kerbs."""
    iron = (20, 16, 28)
    for depth in (70, 50, 36, 26, 18, 12.5):
        thick, radius = max(2, round(FOCAL * 0.13 / depth)), round(FOCAL * 0.26 / depth)
        glow = Glow(max(20, FOCAL * 2.6 / depth), (255, 190, 100), 2.4, 0.9)
        for side in (-1, 1):
            foot, elbow = spot(side * 5.9, 0, depth), spot(side * 5.9, 6.2, depth)
            lamp = spot(side * 4.6, 6.5, depth)
            pen.line([foot, elbow], iron, thick)
            pen.line([elbow, lamp], iron, max(2, thick * 2 // 3))
            pen.ellipse(around(lamp, radius, radius * 0.7), (255, 222, 164))
            glow.on(image, lamp)


def park_car(image: Image.Image, pen: Pen, x: float, depth: float, light: Colour) -> None:
    """Draw a car end on, its two lights and their streaks on the wet road."""
    cabin = (-0.72, 1.0), (-0.6, 1.5), (0.6, 1.5), (0.72, 1.0)
    glass = (-0.62, 1.05), (-0.53, 1.42), (0.53, 1.42), (0.62, 1.05)
    for wheel in (-0.7, 0.52):
        pen.rectangle((spot(x + wheel, 0.4, depth), spot(x + wheel + 0.18, 0, depth)), (10, 8, 14))
    pen.rectangle((spot(x - 0.9, 1.0, depth), spot(x + 0.9, 0.35, depth)), (18, 16, 26))
    pen.polygon([spot(x + dx, y, depth) for dx, y in cabin], (30, 26, 42))
    pen.polygon([spot(x + dx, y, depth) for dx, y in glass], (120, 90, 100))
    radius = max(2, FOCAL * 0.13 / depth)
    size = (max(6, round(FOCAL * 0.34 / depth)), 2 * round(FOCAL * 1.6 / depth))
    streak = halo(size, 0.75, 1.6)
    low = round(spot(0, -0.72, depth)[1]) - streak.height // 4
    for side in (-0.68, 0.68):
        at = spot(x + side, 0.72, depth)
        pen.ellipse(around(at, radius * 1.3, radius * 0.8), mix(light, (255, 255, 255), 0.45))
        Glow(FOCAL / depth, light, 2, 0.95).on(image, at)
        image.paste(light, (round(at[0]) - streak.width // 2, low), streak)


def hang_bulbs(image: Image.Image, pen: Pen) -> None:
    """Hang strings of bulbs across the street."""
    steps = [part / 14 - 1 for part in range(29)]
    for depth in (52, 38, 28, 20.5, 15):
        radius = max(1.5, FOCAL * 0.075 / depth)
        glow = Glow(max(8, FOCAL * 0.5 / depth), (255, 180, 90), 2.2, 0.9)
        string = [spot(u * HALF_WIDTH, 8.3 + 1.6 * u * u + 0.4 * u, depth) for u in steps]
        pen.line(string, (24, 18, 30, 220), max(1, round(FOCAL * 0.03 / depth)))
        for x, y in string[1:-1:2]:
            pen.circle((x, y + radius), radius, (255, 232, 180))
            glow.on(image, (x, y + radius))
