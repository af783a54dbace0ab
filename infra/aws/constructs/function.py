"""A function of ours: its role may do what it is told, and write its own log; nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.aws.constructs.permission import may
from infra.aws.nag_suppressions import accept, accept_objects
from infra.aws.stage import LOG_DAYS, Stage


class Packager(Protocol):
    """Where functions' code comes from: a zip file by function and architecture."""

    def __call__(self, function: str, architecture: str) -> Path:
        """Return the file; *function* is origin, ingest, upload or edge_keys."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What a function is for: its name for the packager, its entry point, what it needs."""

    function: str
    handler: str
    memory: int
    seconds: int
    environment: Mapping[str, str] = field(default_factory=dict)
    statements: Sequence[iam.PolicyStatement] = ()
    concurrency: int | None = None
    snap_start: bool = False


class Function(Construct):
    """A function with a role and a log group of its own."""

    def __init__(
        self, scope: Construct, name: str, *, duty: Duty, stage: Stage, code: Packager
    ) -> None:
        super().__init__(scope, name)
        self.retention = _RETENTION[stage.log_days]
        self.log_group = logs.LogGroup(
            self,
            "Log",
            retention=self.retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        # The ARN of a log group ends in `:*`, its streams.
        log = may("logs:CreateLogStream", "logs:PutLogEvents", on=[self.log_group.log_group_arn])
        for statement in (log, *duty.statements):
            self.role.add_to_policy(statement)
            accept_objects(self.role, statement.resources)
        accept(self, {"L1": _PYTHON})
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_ARCHITECTURES[stage.architecture],
            code=lambda_.Code.from_asset(str(code(duty.function, stage.architecture))),
            handler=duty.handler,
            memory_size=duty.memory,
            timeout=Duration.seconds(duty.seconds),
            environment=dict(duty.environment),
            reserved_concurrent_executions=duty.concurrency,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if duty.snap_start else None,
            # Former versions stay, for the way back is an alias on one of them (docs/deploy.md).
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
            role=self.role,
            log_group=self.log_group,
        )


_PYTHON = "Python 3.13 is what the wheels are there for, and what was measured."
_ARCHITECTURES = {
    "x86_64": lambda_.Architecture.X86_64,
    "arm64": lambda_.Architecture.ARM_64,
}


_RETENTION = dict(
    zip(
        LOG_DAYS,
        (
            logs.RetentionDays.ONE_WEEK,
            logs.RetentionDays.TWO_WEEKS,
            logs.RetentionDays.ONE_MONTH,
            logs.RetentionDays.THREE_MONTHS,
            logs.RetentionDays.ONE_YEAR,
        ),
        strict=True,
    )
)
