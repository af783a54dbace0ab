"""Turns the synthesised template of a stage into one that anyone can launch, in any region.

CDK writes a template for one account: names of a stage, a bucket of its own for zips. Here these
become parameters, so the template needs neither CDK nor a bootstrapped account.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from infra.aws.stage import PRICE_CLASSES, Front, Stage

NAME: Final = "name-of-this-stack"
"""The name of the stage; the name of the launched stack takes its place everywhere."""

_Template = dict[str, Any]
_NO_VALUE: Final = {"Ref": "AWS::NoValue"}
_STACK_NAME: Final = {"Ref": "AWS::StackName"}
_PAGE: Final = "https://upload.example.com"
_SIGNED: Final = '"require_signature":true'
_UNIQUE: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::CloudFront::CachePolicy": ("CachePolicyConfig", "Name"),
    "AWS::CloudFront::Function": ("Name",),
    "AWS::CloudFront::KeyValueStore": ("Name",),
    "AWS::CloudFront::OriginAccessControl": ("OriginAccessControlConfig", "Name"),
    "AWS::CloudFront::ResponseHeadersPolicy": ("ResponseHeadersPolicyConfig", "Name"),
}
"""Names that no other stack of the account may have, by type of resource."""

_STACK_UUID: Final = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
_SHORT_ID: Final = {"Fn::Select": [0, {"Fn::Split": ["-", _STACK_UUID]}]}
"""The first eight characters of the stack's id, which are different in every stack."""

_GROUPS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "Where the functions' code is": {
        "AssetsBucket": {
            "Type": "String",
            "AllowedPattern": "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
            "Description": "The bucket, in this region, that has the zips of this template.",
        },
        "AssetsPrefix": {
            "Type": "String",
            "Default": "",
            "AllowedPattern": "([^/].*/)?",
            "Description": "The folder of the zips in that bucket, with / at its end, or nothing.",
        },
    },
    "Your domain": {
        "DomainNames": {
            "Type": "CommaDelimitedList",
            "Default": "",
            "Description": "Domains such as img.example.com; empty for CloudFront's own.",
        },
        "CertificateArn": {
            "Type": "String",
            "Default": "",
            "AllowedPattern": "(arn:aws:acm:us-east-1:[0-9]{12}:certificate/.+)?",
            "Description": "The certificate of these domains, which must be in us-east-1.",
        },
    },
    "Who may do what": {
        "RequireSignature": {
            "Type": "String",
            "Default": "true",
            "AllowedValues": ["true", "false"],
            "Description": "Whether URLs must be signed. If not, anyone can request any size.",
        },
        "UploadOrigins": {
            "Type": "CommaDelimitedList",
            "Default": "",
            "Description": "The pages that may upload, such as https://www.example.com.",
        },
        "WebAclArn": {
            "Type": "String",
            "Default": "",
            "Description": "A web ACL of AWS WAF, of the scope CLOUDFRONT; empty for none.",
        },
    },
    "Costs and alarms": {
        "PriceClass": {
            "Type": "String",
            "Default": PRICE_CLASSES[0],
            "AllowedValues": list(PRICE_CLASSES),
            "Description": "The parts of the world that have an edge near them.",
        },
        "DerivativesDays": {
            "Type": "Number",
            "Default": 365,
            "MinValue": 1,
            "Description": "Derivatives expire after so many days, and are rendered again.",
        },
        "AlarmEmail": {
            "Type": "String",
            "Default": "",
            "Description": "The address that receives alarms. It gets a mail to confirm first.",
        },
    },
}
"""Parameters, in the order and the groups in which the console shows them."""

_EDGE_ONLY: Final = (
    *("DomainNames", "CertificateArn", "RequireSignature", "WebAclArn", "PriceClass"),
)
_OUTPUTS: Final = {
    "Url": "Where pictures are served. Make your domain a CNAME of this host.",
    "OriginalsBucket": "Put originals here. It stays when you delete the stack.",
    "DerivativesBucket": "Derivatives and mips. Empty it before you delete the stack.",
    "CatalogTable": "What ingest knows of each original. It stays when you delete the stack.",
    "AlertsTopic": "Subscribe to hear what happens to originals: docs/alerts.md.",
    "AlarmsTopic": "Subscribe to hear of alarms: docs/operations.md.",
    "IngestQueueUrl": "Events of the originals bucket, which ingest processes.",
    "DeadLettersUrl": "Messages that ingest could not process.",
    "SigningKeys": "The secret with the keys that sign URLs. It stays too.",
    "OriginFunction": "The function that renders.",
    "OriginUrl": "The function's own URL, which answers CloudFront only.",
    "UploadApi": "The API that answers with forms for uploads: docs/uploads.md.",
    "UploadTokens": "The secret with the tokens of the upload API. It stays too.",
    "DistributionId": "The distribution, for invalidations.",
    "EdgeFunction": "The CloudFront function that checks and rewrites URLs.",
    "EdgeKeysFunction": "Invoke it with {} after you have changed the signing keys.",
}


def launchable_stage(front: Front = Front.CLOUDFRONT, architecture: str = "x86_64") -> Stage:
    """Return the stage from which a launchable template is made."""
    return Stage(
        name=NAME,
        front=front,
        architecture=architecture,
        upload_origins=(_PAGE,),
        monthly_budget=0,  # not every region has budgets
        edge_settings={"REQUIRE_SIGNATURE": "true"},
    )


def make_launchable(template: _Template, files: Mapping[str, str]) -> _Template:
    """Return the template with parameters; *files* are the names of zips, by CDK's names.

    Raises:
        ValueError: the template has no place for a parameter, so it was made from another stage.

    """
    template = {key: value for key, value in template.items() if key != "Parameters"}
    has_edge = bool(list(_find(template, "AWS::CloudFront::Distribution")))
    names = [
        name for group in _GROUPS.values() for name in group if has_edge or name not in _EDGE_ONLY
    ]
    template["Parameters"] = {
        name: dict(parameter)
        for group in _GROUPS.values()
        for name, parameter in group.items()
        if name in names
    }
    template["Conditions"] = _list_conditions(names)
    template["Metadata"] = _describe_console(names)
    _point_to_zips(template, files)
    _add_uploads_and_lifetime(template)
    _add_alarm_email(template)
    if has_edge:
        template["Rules"] = _RULES
        _add_distribution_parameters(template)
        _add_signature_parameter(template)
        _make_names_unique(template)
    for name, output in template["Outputs"].items():
        output["Description"] = _OUTPUTS[name]
    resources = _replace_text(template["Resources"], NAME, "${AWS::StackName}", _STACK_NAME)
    return {**template, "Resources": resources}


_RULES: Final = {
    "DomainsNeedACertificate": {
        # Rules have functions of their own: `Fn::Join`, as in conditions, is none of them.
        "RuleCondition": {"Fn::Not": [{"Fn::EachMemberEquals": [{"Ref": "DomainNames"}, ""]}]},
        "Assertions": [
            {
                "Assert": {"Fn::Not": [{"Fn::Equals": [{"Ref": "CertificateArn"}, ""]}]},
                "AssertDescription": "DomainNames need a CertificateArn.",
            }
        ],
    }
}


def _list_conditions(names: list[str]) -> _Template:
    """Return a condition `Has...` for each parameter that can be empty."""
    texts = {
        "DomainNames": {"Fn::Join": ["", {"Ref": "DomainNames"}]},
        "UploadOrigins": {"Fn::Join": ["", {"Ref": "UploadOrigins"}]},
        "WebAclArn": {"Ref": "WebAclArn"},
        "AlarmEmail": {"Ref": "AlarmEmail"},
    }
    return {
        f"Has{name}": {"Fn::Not": [{"Fn::Equals": [text, ""]}]}
        for name, text in texts.items()
        if name in names
    }


def _describe_console(names: list[str]) -> _Template:
    """Return how the console groups the parameters."""
    groups = [
        {"Label": {"default": label}, "Parameters": [name for name in group if name in names]}
        for label, group in _GROUPS.items()
    ]
    shown = [group for group in groups if group["Parameters"]]
    return {"AWS::CloudFormation::Interface": {"ParameterGroups": shown}}


def _find(template: _Template, kind: str) -> Iterator[tuple[str, _Template]]:
    """Yield the logical ids and properties of all resources of a type."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield name, resource["Properties"]


def _find_only(template: _Template, kind: str, containing: str = "") -> tuple[str, _Template]:
    found = [each for each in _find(template, kind) if containing in each[0]]
    if len(found) != 1:
        message = f"the template has {len(found)} of {kind} {containing}, not one"
        raise ValueError(message)
    return found[0]


def _point_to_zips(template: _Template, files: Mapping[str, str]) -> None:
    for _, properties in _find(template, "AWS::Lambda::Function"):
        key = files[properties["Code"]["S3Key"]]
        properties["Code"] = {
            "S3Bucket": {"Ref": "AssetsBucket"},
            "S3Key": {"Fn::Sub": f"${{AssetsPrefix}}{key}"},
        }


def _add_uploads_and_lifetime(template: _Template) -> None:
    _, originals = _find_only(template, "AWS::S3::Bucket", "Originals")
    for rule in originals["CorsConfiguration"]["CorsRules"]:
        rule["AllowedOrigins"] = {"Ref": "UploadOrigins"}
    cors = originals["CorsConfiguration"]
    originals["CorsConfiguration"] = {"Fn::If": ["HasUploadOrigins", cors, _NO_VALUE]}
    _, derivatives = _find_only(template, "AWS::S3::Bucket", "Derivatives")
    for rule in derivatives["LifecycleConfiguration"]["Rules"]:
        rule["ExpirationInDays"] = {"Ref": "DerivativesDays"}


def _add_alarm_email(template: _Template) -> None:
    topic, _ = _find_only(template, "AWS::SNS::Topic", "Operations")
    template["Resources"]["AlarmEmailSubscription"] = {
        "Type": "AWS::SNS::Subscription",
        "Condition": "HasAlarmEmail",
        "Properties": {
            "TopicArn": {"Ref": topic},
            "Protocol": "email",
            "Endpoint": {"Ref": "AlarmEmail"},
        },
    }


def _add_distribution_parameters(template: _Template) -> None:
    _, properties = _find_only(template, "AWS::CloudFront::Distribution")
    config = properties["DistributionConfig"]
    config["PriceClass"] = {"Ref": "PriceClass"}
    config["WebACLId"] = {"Fn::If": ["HasWebAclArn", {"Ref": "WebAclArn"}, _NO_VALUE]}
    config["Aliases"] = {"Fn::If": ["HasDomainNames", {"Ref": "DomainNames"}, _NO_VALUE]}
    certificate = {
        "AcmCertificateArn": {"Ref": "CertificateArn"},
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    config["ViewerCertificate"] = {
        "Fn::If": ["HasDomainNames", certificate, {"CloudFrontDefaultCertificate": True}]
    }


def _add_signature_parameter(template: _Template) -> None:
    """Make one setting of the edge's policy, which is JSON in JSON, a parameter."""
    _, properties = _find_only(template, "Custom::CalotypeEdgeEntries")
    quoted = json.dumps(_SIGNED)[1:-1]
    before, found, after = properties["Entries"].partition(quoted)
    if not found:
        message = "the edge's policy does not require signatures"
        raise ValueError(message)
    texts = [before + quoted.removesuffix("true"), {"Ref": "RequireSignature"}, after]
    properties["Entries"] = {"Fn::Join": ["", texts]}


def _make_names_unique(template: _Template) -> None:
    for kind, path in _UNIQUE.items():
        for number, (_, properties) in enumerate(_find(template, kind), 1):
            parent = properties
            for step in path[:-1]:
                parent = parent[step]
            suffix = f"{kind.rpartition(':')[2]}{number}"
            parent[path[-1]] = {"Fn::Join": ["-", ["calotype", _SHORT_ID, suffix]]}


def _replace_text(value: Any, text: str, in_sub: str, reference: Mapping[str, str]) -> Any:
    """Return a value with a text replaced: by *in_sub* in `Fn::Sub`, else by a reference."""
    descend: Callable[[Any], Any] = lambda each: _replace_text(each, text, in_sub, reference)
    match value:
        case {"Fn::Sub": str(pattern)}:
            return {"Fn::Sub": pattern.replace(text, in_sub)}
        case dict():
            return {key: descend(each) for key, each in value.items()}
        case list():
            return [descend(each) for each in value]
        case str() if value == text:
            return dict(reference)
        case str() if text in value:
            first, *rest = value.split(text)
            pieces: list[Any] = [first]
            for piece in rest:
                pieces += [dict(reference), piece]
            return {"Fn::Join": ["", [piece for piece in pieces if piece != ""]]}
        case _:
            return value
