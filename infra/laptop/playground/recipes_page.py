"""Serve `/_/recipes`: every recipe with pictures of this server, and its HTML to copy."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path, PurePosixPath
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from infra.laptop.links import Signer
from infra.laptop.playground.recipes import PAGE_RECIPES, WIDTHS, PageRecipe
from infra.laptop.playground.routes import COMPRESSION
from origin_lambda.html.jinja import Calotype
from origin_lambda.html.site import Site
from origin_lambda.image.geometry import Dihedral
from origin_lambda.originals.record import OriginalRecord, Status
from origin_lambda.url.keys import is_original_key

_MAX_RECORDS: Final = 120  # the first of a large folder are enough to choose from
_THREADS: Final = 8
_CARDS: Final = 6
_PEOPLE: Final = 5
_SMALLEST: Final = 200  # pixels on the shorter side of a photograph
_LARGE: Final = 600
_WIDEST: Final = 2  # a wider one is no better for a panorama
_STYLES: Final = re.compile(r' style="([^"]*)"')
_CODE: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Picture:
    """An original as the templates know it, with the size that a viewer sees."""

    key: str
    alt: str
    width: int
    height: int
    frames: int
    has_alpha: bool
    has_faces: bool
    thumbhash: str | None
    blurhash: str | None

    @property
    def is_photograph(self) -> bool:
        """Whether it fills a shape: no animation, nothing transparent, not too small."""
        is_still = self.frames == 1 and not self.has_alpha
        return is_still and min(self.width, self.height) >= _SMALLEST


@dataclass(frozen=True, slots=True)
class RenderedRecipe:
    """A recipe with originals: its *html*, and the *code* to copy; or else what is *missing*."""

    recipe: PageRecipe
    html: str = ""
    code: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class RecipesPage:
    """The page, for originals that *list_keys* and *find_record* find; *signer* signs the URLs."""

    list_keys: Callable[[], Sequence[str]]
    find_record: Callable[[str], OriginalRecord | None]
    layer_prefix: str
    signer: Signer | None = None

    def build_route(self) -> Route:
        """Return the route of the page."""

        async def show(request: Request) -> Response:
            base = str(request.base_url).rstrip("/")
            text = await run_in_threadpool(self.render, base)
            headers = {
                "cache-control": "no-store",
                "content-security-policy": build_policy(text),
                "referrer-policy": "no-referrer",
                "x-content-type-options": "nosniff",
            }
            return HTMLResponse(text, headers=headers)

        return Route("/_/recipes", show, middleware=COMPRESSION)

    def render(self, base: str) -> str:
        """Return the page as HTML; *base* is the URL of the server."""
        environment = make_environment(Site(base, self.signer))
        values = choose_pictures(self._read_pictures(), self.layer_prefix)
        recipes = [render_recipe(environment, recipe, values) for recipe in PAGE_RECIPES]
        style = "\n".join(recipe.style for recipe in PAGE_RECIPES if recipe.style)
        return environment.get_template("recipes.html").render(recipes=recipes, style=style)

    def _read_pictures(self) -> list[Picture]:
        with ThreadPoolExecutor(_THREADS) as pool:
            keys = [key for key in self.list_keys()[:_MAX_RECORDS] if is_original_key(key)]
            records = list(pool.map(self.find_record, keys))
        return [picture for record in records if record for picture in _describe(record)]


def make_environment(site: Site) -> Environment:
    """Return the environment of the templates, with the tags for *site*."""
    environment = Environment(
        autoescape=True,
        extensions=[Calotype],
        loader=FileSystemLoader(Path(__file__).parent),
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.calotype_site = site  # type: ignore[attr-defined]  # reason: the extension adds it
    environment.filters["with_code"] = _mark_code
    return environment


def render_recipe(
    environment: Environment, recipe: PageRecipe, values: dict[str, Any]
) -> RenderedRecipe:
    """Render a recipe with originals; it is *missing* what it needs, or a photograph."""
    if not values:
        missing = "No photograph is ingested yet. Add one, and load this page again."
        return RenderedRecipe(recipe, missing=missing)
    if recipe.needs and not values[recipe.needs]:
        return RenderedRecipe(recipe, missing=recipe.missing)
    text = environment.from_string(recipe.template).render(values).strip()
    style = f"<style>\n{recipe.style}\n</style>\n" if recipe.style else ""
    return RenderedRecipe(recipe, text, style + wrap_tags(text))


def wrap_tags(text: str) -> str:
    """Return HTML with a line for each tag, for each attribute that is long, and for each URL."""
    text = re.sub(r"(?<=>)(?=<(?:img|source|/picture))", "\n", text)
    text = re.sub(r' (?=(?:srcset|sizes|style)=")', "\n  ", text)
    text = re.sub(r"(?<=[0-9][wx]), ", ",\n    ", text)
    return re.sub(r'(?<=srcset=")', "\n    ", text)


def build_policy(text: str) -> str:
    """Return the Content-Security-Policy of the page: it allows the styles in *text* alone."""
    (sheet,) = re.findall(r"<style>(.*?)</style>", text.partition("</head>")[0], re.DOTALL)
    styles = {sheet, *map(_unescape, _STYLES.findall(text))}
    hashes = " ".join(sorted(f"'sha256-{_hash(style)}'" for style in styles))
    return (
        "default-src 'none'; script-src 'self'; img-src 'self' data:; form-action 'none'; "
        f"style-src 'self' 'unsafe-hashes' {hashes}; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'"
    )


def choose_pictures(pictures: Sequence[Picture], layer_prefix: str) -> dict[str, Any]:
    """Return the values of the templates; nothing without a photograph."""
    shown = [each for each in pictures if not each.key.startswith(layer_prefix)]
    photographs = [each for each in shown if each.is_photograph]
    if not photographs:
        return {}
    layers = [each for each in pictures if each.key.startswith(layer_prefix)]
    wide = sorted(photographs, key=_rank_for_panorama)
    hero, second, third, card = islice(cycle(wide), 4)
    people = [each for each in shown if each.has_faces] or photographs
    return {
        "hero": hero,
        "wide": second,
        "night": third,
        "card": card,
        "cards": photographs[:_CARDS],
        "people": people[:_PEOPLE],
        "layer": _first([*(each for each in layers if each.has_alpha), *layers]),
        "animation": _first(each for each in shown if each.frames > 1),
        "widths": WIDTHS,
    }


def _rank_for_panorama(picture: Picture) -> tuple[bool, float]:
    is_small = min(picture.width, picture.height) < _LARGE
    return is_small, -min(picture.width / picture.height, _WIDEST)


def _first(pictures: Iterable[Picture]) -> Picture | None:
    return next(iter(pictures), None)


def _describe(record: OriginalRecord) -> Iterator[Picture]:
    """Yield the picture of a record that is ingested, and has a size."""
    analysis = record.analysis
    if record.status is not Status.READY or analysis is None or not analysis.facts.size.width:
        return
    facts, measured = analysis.facts, analysis.measurements
    size = Dihedral.from_exif(facts.orientation).map_size(facts.size)
    alt = record.annotations.alt or PurePosixPath(record.key).stem
    thumbhash = base64.b64encode(measured.thumbhash).decode() if measured else None
    blurhash = measured.blurhash if measured else None
    yield Picture(
        record.key, alt, size.width, size.height, facts.frames, facts.alpha, bool(record.faces),
        thumbhash, blurhash,
    )  # fmt: skip


def _mark_code(text: str) -> Markup:
    """Return a text as HTML; backticks mark code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 reason: escaped before


def _unescape(text: str) -> str:
    return str(Markup(text).unescape())  # noqa: S704 reason: it becomes plain text


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
