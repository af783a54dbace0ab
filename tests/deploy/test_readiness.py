"""The questions that a deployment asks AWS before it creates anything."""

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.aws.commands.readiness import NotReady, check_account
from infra.aws.stage import OriginalsEvents, Stage
from infra.aws.stages import STAGES

DEV = STAGES["dev"]
TYPES = {"Queue": {"Type": "AWS::SQS::Queue"}, "Budget": {"Type": "AWS::Budgets::Budget"}}


@pytest.fixture(autouse=True)
def cloud() -> Iterator[None]:
    with mock_aws():
        yield


@dataclass
class Account:
    """An account: what moto does not answer is said here, everything else is moto's."""

    limit: int = 1000
    reserved: int = 0
    missing: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    distributions: tuple[dict[str, Any], ...] = ({"Id": "E1"},)
    asked: list[str] = field(default_factory=list)

    def client(self, service: str, region_name: str = "us-east-1") -> Any:
        if service in {"lambda", "cloudformation", "cloudfront"}:
            return self
        return boto3.client(service, region_name=region_name)

    def get_account_settings(self) -> dict[str, Any]:
        free = self.limit - self.reserved
        return {
            "AccountLimit": {
                "ConcurrentExecutions": self.limit,
                "UnreservedConcurrentExecutions": free,
            }
        }

    def validate_template(self, TemplateBody: str) -> None:  # noqa: N803 reason: boto3's own
        self.asked = [each["Type"] for each in json.loads(TemplateBody)["Resources"].values()]
        if unknown := sorted(set(self.asked) & set(self.missing)):
            text = f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]"
            error = {"Error": {"Code": "ValidationError", "Message": text}}
            raise ClientError(error, "ValidateTemplate")

    def list_functions(self, Marker: str = "") -> Any:  # noqa: N803 reason: boto3's own
        pages = [*self.functions, ""]
        number = int(Marker or 0)
        items = [{"Name": pages[number]}] if pages[number] else []
        more = {"NextMarker": str(number + 1)} if number + 1 < len(pages) else {}
        return {"FunctionList": {"Items": items} | more}

    def list_distributions(self) -> Any:
        return {"DistributionList": {"Items": list(self.distributions)}}


def check(
    stage: Stage,
    account: Account,
    folder: Path,
    resources: dict[str, Any] = TYPES,
    *,
    is_first: bool = True,
) -> list[str]:
    """Check an account for a stage with these resources; return what is reported."""
    template = folder / "template.json"
    template.write_text(json.dumps({"Resources": resources}))
    lines: list[str] = []
    check_account(stage, account, template, is_first=is_first, report=lines.append)
    return lines


def test_an_account_that_is_ready_is_asked_for_every_type_and_nothing_is_reported(
    tmp_path: Path,
) -> None:
    account = Account()

    assert check(DEV, account, tmp_path) == []
    assert account.asked == ["AWS::Budgets::Budget", "AWS::SQS::Queue"]


def test_a_resource_that_the_region_lacks_is_named(tmp_path: Path) -> None:
    stage = dataclasses.replace(DEV, region="eu-west-1")

    with pytest.raises(NotReady, match=r"eu-west-1 has no AWS::Budgets::Budget: choose another"):
        check(stage, Account(missing=("AWS::Budgets::Budget",)), tmp_path)


def test_a_reservation_above_the_accounts_limit_is_refused(tmp_path: Path) -> None:
    stage = dataclasses.replace(DEV, origin_concurrency=200)

    with pytest.raises(
        NotReady, match=r"needs a limit of 300 concurrent executions, and the .* 10"
    ):
        check(stage, Account(limit=10), tmp_path)


@pytest.mark.parametrize(
    "account, wanted, hint",
    [
        (Account(limit=10), None, "at most 10 functions at once"),
        (Account(limit=1000, reserved=800), 200, "800 of 1000 concurrent executions are reserved"),
        (Account(distributions=()), None, "CloudFront refuses accounts that AWS has not verified"),
    ],
)
def test_what_may_fail_later_is_a_hint(
    account: Account, wanted: int | None, hint: str, tmp_path: Path
) -> None:
    (line,) = check(dataclasses.replace(DEV, origin_concurrency=wanted), account, tmp_path)

    assert hint in line


def test_a_certificate_must_exist_be_issued_and_have_the_domains(tmp_path: Path) -> None:
    arn = boto3.client("acm").request_certificate(DomainName="*.example.com")["CertificateArn"]
    stage = dataclasses.replace(DEV, certificate_arn=arn, domain_names=("img.example.org",))

    with pytest.raises(NotReady) as refused:
        check(stage, Account(), tmp_path)
    assert "the certificate is PENDING_VALIDATION: confirm it" in str(refused.value)
    assert "not for img.example.org, only for *.example.com" in str(refused.value)
    with pytest.raises(NotReady, match="the account has no certificate"):
        check(dataclasses.replace(stage, certificate_arn=arn[:-1] + "0"), Account(), tmp_path)


def test_an_existing_bucket_must_be_readable_and_in_the_region(tmp_path: Path) -> None:
    stage = dataclasses.replace(DEV, originals_bucket="ours", upload_origins=(), region="eu-west-1")

    with pytest.raises(NotReady, match=r"ours cannot be read \(NoSuchBucket\)"):
        check(stage, Account(), tmp_path)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="ours")
    with pytest.raises(NotReady, match="ours is in us-east-1, and the stage in eu-west-1"):
        check(stage, Account(), tmp_path)


@pytest.mark.parametrize(
    "events, prefix, suffix, is_refused",
    [
        (["s3:ObjectCreated:*"], "", "", True),
        (["s3:ObjectCreated:Put"], "", "", True),
        (["s3:ObjectCreated:Put"], "img/small/", ".jpg", True),
        (["s3:ObjectTagging:*", "s3:ObjectRestore:*"], "", "", True),
        (["s3:ObjectTagging:*", "s3:ObjectRestore:Post"], "", "", False),
        (["s3:ObjectCreated:*"], "docs/", "", False),
        (["s3:ObjectCreated:*"], "", ".pdf", False),
    ],
)
def test_a_bucket_that_sends_the_same_events_already_needs_eventbridge(
    tmp_path: Path, events: list[str], prefix: str, suffix: str, is_refused: bool
) -> None:
    s3, sqs = boto3.client("s3"), boto3.client("sqs")
    s3.create_bucket(Bucket="ours")
    names = {"prefix": prefix, "suffix": suffix}
    rules = [{"Name": name, "Value": value} for name, value in names.items() if value]
    matching = {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}
    configurations = []
    for name in ("scanner", "calotype-dev-IngestQueue"):
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        configurations.append(
            {
                "QueueArn": answer["Attributes"]["QueueArn"],
                "Events": events,
                **matching,
            }
        )
    s3.put_bucket_notification_configuration(
        Bucket="ours", NotificationConfiguration={"QueueConfigurations": configurations}
    )
    stage = dataclasses.replace(
        DEV,
        originals_bucket="ours",
        originals_prefix="img/",
        originals_suffixes=(".jpg", ".png"),
        upload_api=False,
        upload_origins=(),
    )

    bridged = dataclasses.replace(stage, originals_events=OriginalsEvents.EVENTBRIDGE)
    assert check(bridged, Account(), tmp_path) == []
    if not is_refused:
        assert check(stage, Account(), tmp_path) == []
        return
    with pytest.raises(NotReady, match='set originals_events="eventbridge"') as refused:
        check(stage, Account(), tmp_path)
    assert str(refused.value).count("\n- ") == 1
    assert ":scanner already, and S3 refuses a second one" in str(refused.value)


def test_an_existing_secret_must_be_readable(tmp_path: Path) -> None:
    arn = boto3.client("secretsmanager").create_secret(Name="k", SecretString="{}")["ARN"]

    check(dataclasses.replace(DEV, signing_keys_arn=arn), Account(), tmp_path)
    with pytest.raises(NotReady, match=r"upload_tokens_arn: .* \(ResourceNotFoundException\)"):
        check(dataclasses.replace(DEV, upload_tokens_arn=arn + "x"), Account(), tmp_path)


def test_a_new_stack_needs_names_that_nothing_has_yet(tmp_path: Path) -> None:
    boto3.client("cloudwatch").put_metric_alarm(
        AlarmName="calotype-dev-dead-letters",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="m",
        Namespace="n",
        Period=300,
        Statistic="Sum",
        Threshold=0,
    )
    name = "calotype-dev-dead-letters"
    resources = {
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": name}},
        "Edge": {"Type": "AWS::CloudFront::Function", "Properties": {"Name": "b"}},
    }
    account = Account(functions=("a", "b"))

    with pytest.raises(NotReady) as refused:
        check(DEV, account, tmp_path, resources)
    assert f"CloudWatch::Alarm of the name {name}, which no stack" in str(refused.value)
    assert "CloudFront::Function of the name b, which no stack" in str(refused.value)
    assert check(DEV, account, tmp_path, resources, is_first=False) == []


def test_a_domain_of_another_distribution_is_refused(tmp_path: Path) -> None:
    taken = {"Id": "E2", "Aliases": {"Items": ["img.example.com"]}}
    arn = boto3.client("acm").request_certificate(DomainName="img.example.com")["CertificateArn"]
    stage = dataclasses.replace(DEV, certificate_arn=arn, domain_names=("img.example.com",))

    with pytest.raises(NotReady, match=r"the distribution E2 has the domain img\.example\.com"):
        check(stage, Account(distributions=(taken,)), tmp_path)
