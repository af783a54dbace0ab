"""Calotype: an image CDN origin. This package is what runs in Lambda."""

from typing import Final

from origin_lambda import precompiled

RECIPE: Final = 1
"""Version of the rendering rules, part of every derivative's name.

Raise it whenever the same transform would give other pixels (see CHANGELOG, "Pixels").
"""

precompiled.install()
