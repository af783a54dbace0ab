"""The stages: one row for each deployment. An installed Calotype reads more from a file."""

from pathlib import Path
from typing import Final

from infra.aws.stage import Front, Stage
from infra.aws.stage_file import STAGE_FILE, read_stages

STAGES: Final = {
    stage.name: stage
    for stage in (
        Stage(
            name="dev",
            protected=False,
            originals_versioned=False,
            upload_origins=("*",),
            derivatives_days=30,
            derivatives_emptied=True,
            log_days=7,
        ),
        Stage(
            name="production",
            upload_origins=(),
            origin_concurrency=200,
            access_log_days=90,
            edge_settings={"REQUIRE_SIGNATURE": "true"},
        ),
        # For an emulator on loopback, which has no CloudFront: requests go to the function's URL.
        Stage(
            name="local",
            protected=False,
            front=Front.NOTHING,
            upload_origins=("*",),
            monthly_budget=0,
            derivatives_emptied=False,
        ),
    )
}


_PLACES: Final = f"infra/aws/stages.py in a checkout, {STAGE_FILE} elsewhere"


def find_stage(name: str) -> Stage:
    """Return the stage of a name, from `calotype.toml` in the current directory, or from here.

    Raises:
        ValueError: there is no such stage, and the message lists the names; or the file is bad.

    """
    stages = STAGES | read_stages(Path(STAGE_FILE), STAGES)
    if name not in stages:
        message = f"there is no stage {name!r}, only {', '.join(stages)}: see {_PLACES}"
        raise ValueError(message)
    return stages[name]
