"""The stages: one row for each deployment."""

from typing import Final

from infra.aws.stage import Front, Stage

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


def find_stage(name: str) -> Stage:
    """Return the stage of a name.

    Raises:
        ValueError: there is no such stage; the message lists the names.

    """
    if name not in STAGES:
        message = f"there is no stage {name!r}, only {', '.join(STAGES)} (infra/aws/stages.py)"
        raise ValueError(message)
    return STAGES[name]
