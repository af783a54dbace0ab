"""Calotype: an image CDN origin. This package runs in Lambda."""

from contextlib import suppress
from importlib import import_module
from typing import Final

RECIPE: Final = 4
"""Version of the rendering rules, part of every derivative's name.

Raise it whenever the same transform gives other pixels than before (see CHANGELOG, "Pixels").
"""

with suppress(ImportError):  # only the package that `infra.packaging` builds for Lambda has it
    import_module("origin_lambda.import_cache").install()
