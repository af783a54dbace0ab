"""Calotype: an image CDN origin. This package is what runs in Lambda."""

from contextlib import suppress
from importlib import import_module
from typing import Final

RECIPE: Final = 3
"""Version of the rendering rules, part of every derivative's name.

Raise it whenever the same transform would give other pixels (see CHANGELOG, "Pixels").
"""

with suppress(ImportError):  # `infra.packaging` adds it to what Lambda runs
    import_module("origin_lambda.quick_start").install()
