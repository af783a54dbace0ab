"""A Lambda function with its log group and a role that has only the permissions it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.aws.constructs.permission import allow
from infra.aws.nag_suppressions import suppress, suppress_object_wildcards, suppress_warning
from infra.aws.stage import LOG_DAYS, Stage


class Packager(Protocol):
    """Makes the zip file of a function for an architecture."""

    def __call__(self, function: str, architecture: str) -> Path:
        """Return the file; *function* is a name such as origin, ingest or playground_files."""


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function's name for the packager, its entry point, size and permissions.

    *memory* is in MB; *seconds* is the time-out.
    """

    function: str
    handler: str
    memory: int
    seconds: int
    environment: Mapping[str, str] = field(default_factory=dict)
    statements: Sequence[iam.PolicyStatement] = ()
    concurrency: int | None = None
    snap_start: bool = False


class Function(Construct):
    """A function with its own role and log group; *code* makes its zip file."""

    def __init__(
        self, scope: Construct, name: str, *, spec: FunctionSpec, stage: Stage, code: Packager
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
        # The ARN of a log group ends in `:*`, which includes its streams.
        log = allow("logs:CreateLogStream", "logs:PutLogEvents", on=[self.log_group.log_group_arn])
        for statement in (log, *spec.statements):
            self.role.add_to_policy(statement)
            suppress_object_wildcards(self.role, statement.resources)
        suppress(self, {"L1": _PYTHON})
        if spec.snap_start:
            suppress_warning(self, "aws-lambda:snapStartRequirePublish", _PUBLISHED)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_ARCHITECTURES[stage.architecture],
            code=lambda_.Code.from_asset(str(code(spec.function, stage.architecture))),
            handler=spec.handler,
            memory_size=spec.memory,
            timeout=Duration.seconds(spec.seconds),
            environment=dict(spec.environment),
            reserved_concurrent_executions=spec.concurrency,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if spec.snap_start else None,
            # Keep old versions: a rollback moves the alias to one of them (docs/deploy.md).
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
            role=self.role,
            log_group=self.log_group,
        )


_PUBLISHED = "Each deployment publishes a version, and the alias `live` is of that version."
_PYTHON = "All dependencies have wheels for Python 3.13, and it is the version that was measured."
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
