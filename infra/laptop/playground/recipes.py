"""The recipes of the page `/_/recipes`: what to put into a page, as templates of Jinja.

The page renders each template with originals of the server, shows the result, and shows the HTML to
copy. docs/recipes/README.md shows the templates.
"""

from dataclasses import dataclass
from typing import Final

WIDTHS: Final = (320, 480, 640, 800, 960, 1200, 1440, 1800, 2400)
"""The widths in the recipes: fewer than those of the SDKs, so that the code stays readable."""


@dataclass(frozen=True, slots=True)
class PageRecipe:
    """A part of a page: a *template*, and the *style* that it needs.

    The template can use `hero`, `wide`, `night` and `card` (originals), `cards` and `people` (lists
    of originals), `layer` and `animation` (originals, or None). An original has `key`, `alt`,
    `width`, `height`, `thumbhash` (base64) and `blurhash`. *needs* is the one of those that must
    not be None, and *missing* says what to add to the folder for it.
    """

    name: str
    title: str
    text: str
    template: str
    style: str = ""
    needs: str = ""
    missing: str = ""


PAGE_RECIPES: Final = (
    PageRecipe(
        "hero",
        "Responsive hero",
        "As wide as the window. The browser loads the smallest file that is sharp on its screen. "
        "`fetchpriority` loads it first, and `width` and `height` keep its place.",
        """\
{{ img(hero.key, alt=hero.alt, ar="21:9", fit="crop", crop="faces,focalpoint", auto="format",
       sizes="(max-width: 75rem) 100vw, 75rem", widths=widths, fetchpriority="high",
       original_width=hero.width, original_height=hero.height,
       attributes={"class": "hero"}) }}""",
        ".hero { display: block; width: 100%; height: auto }",
    ),
    PageRecipe(
        "cards",
        "Card grid",
        "All cards have one shape, whatever the shape of the photographs. Cards below the window "
        "are loaded when they come near (`loading=lazy`).",
        """\
<ul class="card-grid">
{% for card in cards %}
<li>{{ img(card.key, alt=card.alt, ar="4:3", fit="crop", crop="faces,focalpoint", auto="format",
           sizes="(max-width: 40rem) 50vw, 18rem", widths=[160, 240, 320, 480, 640, 800],
           original_width=card.width, original_height=card.height, loading="lazy") }}</li>
{% endfor %}
</ul>""",
        ".card-grid { display: grid; gap: 1rem; margin: 0; padding: 0; list-style: none;\n"
        "  grid-template-columns: repeat(auto-fill, minmax(min(14rem, 45%), 1fr)) }\n"
        ".card-grid img { display: block; width: 100%; height: auto; border-radius: 8px }",
    ),
    PageRecipe(
        "art-direction",
        "Art direction",
        "A wide window gets a panorama, a phone gets a square around the focal point. Make the "
        "window narrow to see it.",
        """\
{{ picture(wide.key, alt=wide.alt, ar="5:2", fit="crop", crop="faces,focalpoint", auto="format",
           sizes="(max-width: 75rem) 100vw, 75rem", widths=widths,
           original_width=wide.width, original_height=wide.height,
           sources=[source("(max-width: 40rem)", ar="1:1", sizes="100vw")],
           loading="lazy", attributes={"class": "directed"}) }}""",
        ".directed { display: block; width: 100%; height: auto }",
    ),
    PageRecipe(
        "placeholder",
        "Placeholder",
        "The place is never empty: `fm=thumbhash` and `fm=blurhash` answer with about 30 bytes, of "
        "which the helpers draw a background. The third is a tiny derivative, so it needs a "
        "request. Point at a picture to see its placeholder.",
        """\
<div class="placeholders">
{{ img(card.key, alt=card.alt, w=480, h=320, fit="crop", auto="format", loading="lazy",
       thumbhash=card.thumbhash) }}
{{ img(card.key, alt=card.alt, w=480, h=320, fit="crop", auto="format", loading="lazy",
       blurhash=card.blurhash) }}
<img src="{{ img_url(card.key, w=480, h=320, fit="crop", auto="format") }}" alt="{{ card.alt }}"
  width="480" height="320" loading="lazy"
  style="background:url({{ img_url(card.key, w=24, h=16, fit="crop", blur=200, fm="webp") }}) \
center/cover">
</div>""",
        ".placeholders { display: grid; gap: 1rem;\n"
        "  grid-template-columns: repeat(auto-fill, minmax(min(14rem, 100%), 1fr)) }\n"
        ".placeholders img { display: block; width: 100%; height: auto }",
    ),
    PageRecipe(
        "dark-mode",
        "Dark mode",
        "In dark mode, the browser takes a darker picture with less colour, which does not dazzle. "
        "Change the mode of your system to see it.",
        """\
{{ picture(night.key, alt=night.alt, ar="5:2", fit="crop", crop="faces,focalpoint", auto="format",
           sizes="(max-width: 75rem) 100vw, 75rem", widths=widths,
           original_width=night.width, original_height=night.height,
           sources=[source("(prefers-color-scheme: dark)", bri=-22, sat=-25)],
           loading="lazy", attributes={"class": "calm"}) }}""",
        ".calm { display: block; width: 100%; height: auto }",
    ),
    PageRecipe(
        "avatars",
        "Avatars",
        "`fit=facearea` finds the face; without one, it keeps the middle. `mask=ellipse` cuts a "
        "circle, so that also mail and chat show one. The `srcset` has a size for each density of "
        "screens.",
        """\
{% for person in people %}
{{ img(person.key, alt=person.alt, w=96, h=96, fit="facearea", facepad=2.2, mask="ellipse",
       auto="format", loading="lazy") }}
{% endfor %}""",
    ),
    PageRecipe(
        "watermark",
        "Watermark",
        "The logo has 12 % of the picture's width, so it fits every size. Sign the URL, or put the "
        "parameters into a preset: else a visitor can leave `mark` out.",
        """\
{{ img(wide.key, alt=wide.alt, auto="format", mark=layer.key, mark_scale=12, mark_pad=24,
       mark_alpha=85, sizes="(max-width: 45rem) 100vw, 45rem", widths=[480, 720, 960, 1440],
       original_width=wide.width, original_height=wide.height, loading="lazy",
       attributes={"class": "marked"}) }}""",
        ".marked { display: block; width: 100%; max-width: 45rem; height: auto }",
        needs="layer",
        missing="Add a logo as `_layers/logo.png` to see this recipe. A URL can only draw "
        "originals below `_layers/` on others.",
    ),
    PageRecipe(
        "open-graph",
        "Open Graph card",
        "Chats and social networks show this picture with a link. The title is drawn by the URL. "
        "`blend-color` darkens the photograph, so that the text is readable.",
        """\
{% set card_url = img_url(night.key, w=1200, h=630, fit="crop", blend_color="90102030",
     blend_mode="normal", txt="How we print one negative in every size", txt_size=84,
     txt_font="serif,bold", txt_color="fff", txt_align="middle,left", txt_pad=80, txt_width=900,
     fm="jpg", q=75) %}
<meta property="og:image" content="{{ card_url }}">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<img src="{{ card_url }}" alt="The card" width="1200" height="630" loading="lazy" class="og">""",
        ".og { display: block; width: 100%; max-width: 37.5rem; height: auto; border-radius: 8px }",
    ),
    PageRecipe(
        "animated",
        "Animation",
        "A GIF becomes an animated WebP, which is much smaller. Those who ask their system for "
        "less motion get the first frame.",
        """\
{{ picture(animation.key, alt=animation.alt, w=360, auto="format",
           sources=[source("(prefers-reduced-motion: reduce)", frame=1)],
           original_width=animation.width, original_height=animation.height, loading="lazy") }}""",
        needs="animation",
        missing="Add an animated GIF or WebP to see this recipe.",
    ),
)
