"""Asks AWS, before anything is created, for what makes first deployments fail."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.aws.app import stack_name
from infra.aws.commands.bucket_events import find_overlaps
from infra.aws.stage import EDGE_REGION, Front, OriginalsEvents, Stage

_MIN_UNRESERVED: Final = 100
"""Concurrent executions that Lambda keeps for functions without a reservation (Lambda developer
guide, "Configuring reserved concurrency")."""

_MIN_CONCURRENCY: Final = 50
"""Fewer concurrent executions than this cannot serve a page of pictures; new accounts have 10."""

_UNKNOWN_TYPES: Final = "Unrecognized resource types"
_NAMED: Final = {
    "AWS::CloudFront::KeyValueStore": ("Name",),
    "AWS::CloudFront::Function": ("Name",),
    "AWS::CloudFront::CachePolicy": ("CachePolicyConfig", "Name"),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
    "AWS::CloudWatch::Alarm": ("AlarmName",),
}
"""Resources whose names must be new in the account, and where the template has the name."""

Report = Callable[[str], object]


class NotReady(Exception):
    """AWS would refuse the deployment; the message lists each reason and its remedy."""


def check_account(
    stage: Stage, session: Any, template: Path, *, is_first: bool, report: Report
) -> None:
    """Check that AWS will accept a stage; *template* is its template.

    Names of resources are only checked if the deployment *is_first*. What AWS answers to no
    question is reported as a hint.

    Raises:
        NotReady: AWS would refuse the deployment.
        ClientError: AWS refuses a question.

    """
    resources: dict[str, Any] = json.loads(template.read_text(encoding="utf-8"))["Resources"]
    reasons = [
        *_check_region(stage, session, resources),
        *_check_concurrency(stage, session, report),
        *_check_certificate(stage, session),
        *_check_originals(stage, session),
        *_check_secrets(stage, session),
        *(_check_names(session, stage, resources) if is_first else ()),
    ]
    if reasons:
        message = "AWS would refuse this deployment:" + "".join(f"\n- {each}" for each in reasons)
        raise NotReady(message)
    if is_first and stage.front is Front.CLOUDFRONT:
        _report_verification(session, report)


def _check_region(
    stage: Stage, session: Any, resources: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Yield the types of resources that CloudFormation does not know in the region.

    A template of empty resources is enough: CloudFormation checks their types before all else.
    """
    types = sorted({each["Type"] for each in resources.values()})
    body = {"Resources": {f"R{number}": {"Type": kind} for number, kind in enumerate(types)}}
    client = session.client("cloudformation", region_name=stage.region)
    try:
        client.validate_template(TemplateBody=json.dumps(body))
    except ClientError as error:
        text = error.response["Error"]["Message"]
        if _UNKNOWN_TYPES in text:
            missing = text.partition("[")[2].partition("]")[0]
            yield (
                f"{stage.region} has no {missing}: choose another region, or switch that part off"
                " in the stage's row (docs/operations.md#regions)"
            )


def _check_concurrency(stage: Stage, session: Any, report: Report) -> Iterator[str]:
    """Yield why Lambda would refuse the reservation for the origin."""
    client = session.client("lambda", region_name=stage.region)
    limits = client.get_account_settings()["AccountLimit"]
    total, free = limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]
    wanted = stage.origin_concurrency or 0
    if wanted and total - wanted < _MIN_UNRESERVED:
        yield (
            f"origin_concurrency={wanted} needs a limit of {wanted + _MIN_UNRESERVED} concurrent"
            f" executions, and the account has {total} in {stage.region}: ask for more in Service"
            " Quotas (Lambda, Concurrent executions), or lower origin_concurrency"
        )
    elif total < _MIN_CONCURRENCY:
        report(
            f"Hint: the account runs at most {total} functions at once in {stage.region}. That is"
            " too few for many viewers: ask for more in Service Quotas (Lambda)."
        )
    elif wanted and free - wanted < _MIN_UNRESERVED:
        report(
            f"Hint: {total - free} of {total} concurrent executions are reserved already. If"
            f" origin_concurrency={wanted} is not among them, Lambda refuses it."
        )


def _check_certificate(stage: Stage, session: Any) -> Iterator[str]:
    """Yield why the certificate cannot be used yet."""
    if not stage.certificate_arn:
        return
    region = stage.certificate_arn.split(":")[3]
    client = session.client("acm", region_name=region)
    try:
        found = client.describe_certificate(CertificateArn=stage.certificate_arn)["Certificate"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        yield f"the account has no certificate {stage.certificate_arn}"
        return
    if found["Status"] != "ISSUED":
        yield f"the certificate is {found['Status']}: confirm it by DNS first"
    names = {found["DomainName"], *found.get("SubjectAlternativeNames", ())}
    for domain in stage.domain_names:
        if not {domain, f"*.{domain.partition('.')[2]}"} & names:
            yield f"the certificate is not for {domain}, only for {', '.join(sorted(names))}"


def _check_originals(stage: Stage, session: Any) -> Iterator[str]:
    """Yield why an existing bucket cannot be used."""
    if not stage.originals_bucket:
        return
    client = session.client("s3", region_name=stage.region)
    try:
        answer = client.get_bucket_location(Bucket=stage.originals_bucket)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        yield f"the bucket {stage.originals_bucket} cannot be read ({code})"
        return
    region = answer["LocationConstraint"] or EDGE_REGION
    if region != stage.region:
        yield f"the bucket {stage.originals_bucket} is in {region}, and the stage in {stage.region}"
    elif stage.originals_events is OriginalsEvents.S3:
        found = client.get_bucket_notification_configuration(Bucket=stage.originals_bucket)
        for each in find_overlaps(found, stage.original_keys, stack_name(stage.name)):
            yield (
                f"the bucket {stage.originals_bucket} sends {each} already, and S3 refuses a second"
                ' one: set originals_events="eventbridge" (docs/deploy.md#use-your-own-bucket)'
            )


def _check_secrets(stage: Stage, session: Any) -> Iterator[str]:
    """Yield the existing secrets that are missing."""
    client = session.client("secretsmanager", region_name=stage.region)
    for field in ("signing_keys_arn", "upload_tokens_arn", "imgix_token_arn"):
        arn = getattr(stage, field)
        if not arn:
            continue
        try:
            client.describe_secret(SecretId=arn)
        except ClientError as error:
            yield f"{field}: the secret cannot be read ({error.response['Error']['Code']})"


def _check_names(
    session: Any, stage: Stage, resources: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Yield the names of a new stack that other resources of the account have already."""
    names = {kind: set(_list_names(resources, kind, path)) for kind, path in _NAMED.items()}
    for kind, wanted in names.items():
        if not wanted:
            continue
        for taken in sorted(wanted & set(_list_taken(session, stage, kind))):
            yield (
                f"there is a {kind.removeprefix('AWS::')} of the name {taken}, which no stack of"
                f" this stage has: delete it, or rename the stage {stage.name}"
            )
    for domain, other in _list_aliases(session) if stage.domain_names else ():
        if domain in stage.domain_names:
            yield f"the distribution {other} has the domain {domain}: remove it there first"


def _list_names(
    resources: Mapping[str, Mapping[str, Any]], kind: str, path: tuple[str, ...]
) -> Iterator[str]:
    for each in resources.values():
        value: Any = each.get("Properties", {}) if each["Type"] == kind else {}
        for part in path:
            value = value.get(part, {})
        if isinstance(value, str):
            yield value


def _list_taken(session: Any, stage: Stage, kind: str) -> Iterator[str]:
    """Yield the names that resources of a type have in the account."""
    if kind == "AWS::CloudWatch::Alarm":
        client = session.client("cloudwatch", region_name=stage.region)
        pages = client.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=f"calotype-{stage.name}-"
        )
        for page in pages:
            yield from (alarm["AlarmName"] for alarm in page["MetricAlarms"])
        return
    client = session.client("cloudfront")
    match kind.rpartition("::")[2]:
        case "KeyValueStore":
            found = _list_all(client.list_key_value_stores, "KeyValueStoreList")
            yield from (each["Name"] for each in found)
        case "Function":
            found = _list_all(client.list_functions, "FunctionList")
            yield from (each["Name"] for each in found)
        case "CachePolicy":
            found = _list_all(client.list_cache_policies, "CachePolicyList", Type="custom")
            yield from (each["CachePolicy"]["CachePolicyConfig"]["Name"] for each in found)
        case "ResponseHeadersPolicy":
            found = _list_all(
                client.list_response_headers_policies, "ResponseHeadersPolicyList", Type="custom"
            )
            for each in found:
                yield each["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]["Name"]
        case "OriginAccessControl":
            found = _list_all(client.list_origin_access_controls, "OriginAccessControlList")
            yield from (each["Name"] for each in found)


def _list_all(call: Callable[..., Any], name: str, **options: str) -> Iterator[Mapping[str, Any]]:
    """Yield all items of one of CloudFront's lists, which have no paginators."""
    marker: dict[str, str] = {}
    while True:
        page = call(**options, **marker)[name]
        yield from page.get("Items", ())
        if not page.get("NextMarker"):
            return
        marker = {"Marker": page["NextMarker"]}


def _list_aliases(session: Any) -> Iterator[tuple[str, str]]:
    """Yield each domain of the account's distributions, and the distribution that has it."""
    for each in _list_all(session.client("cloudfront").list_distributions, "DistributionList"):
        for domain in each.get("Aliases", {}).get("Items", ()):
            yield domain, each["Id"]


def _report_verification(session: Any, report: Report) -> None:
    """Report the check of new accounts, which CloudFront tells only when it refuses."""
    if next(_list_all(session.client("cloudfront").list_distributions, "DistributionList"), None):
        return
    report(
        "Hint: the account has no distribution yet. CloudFront refuses accounts that AWS has not"
        ' verified ("Your account must be verified"), and no call asks for that in advance. If it'
        " happens, AWS Support verifies the account; then run make deploy again."
    )
