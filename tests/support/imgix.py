"""The parameters that imgix documents."""

import json
from pathlib import Path
from typing import Any, Final

IMGIX: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "imgix_params.json").read_text()
)["params"]
"""Aliases, category and needed parameter ("" for none), by name."""
