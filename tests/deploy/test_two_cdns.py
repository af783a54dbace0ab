"""Two image CDNs in one app, behind two folders of one distribution."""

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra.aws.constructs.image_cdn import ImageCdn
from tests.deploy.stacks import PARTS, SITE, Stacks, add_site, fake_packager, read_context

NAME_PROPERTIES = ("AlarmName", "Name", "MetricNamespace", "DashboardName", "BudgetName")


def behaviours(stacks: Stacks) -> Any:
    config = stacks.properties(SITE, "AWS::CloudFront::Distribution")["DistributionConfig"]
    return {behaviour["PathPattern"]: behaviour for behaviour in config["CacheBehaviors"]}


def test_each_cdn_answers_below_its_own_folder_from_its_own_bucket(stacks: Stacks) -> None:
    config = stacks.properties(SITE, "AWS::CloudFront::Distribution")["DistributionConfig"]
    groups = {each["Id"]: each for each in config["OriginGroups"]["Items"]}
    by_id = {each["Id"]: json.dumps(each["DomainName"]) for each in config["Origins"]}
    by_path = behaviours(stacks)

    assert set(by_path) == {"/shop/*", "/press/*"}
    for part, other in (("Shop", "Press"), ("Press", "Shop")):
        group = groups[by_path[f"/{part.lower()}/*"]["TargetOriginId"]]
        domains = [by_id[each["OriginId"]] for each in group["Members"]["Items"]]
        assert f"{part}DerivativesBucket" in domains[0]
        assert f"{part}OriginLiveFunctionUrl" in domains[1]
        assert other not in "".join(domains)


def test_each_cdn_has_its_own_functions_and_store(stacks: Stacks) -> None:
    functions = stacks.resources(SITE, "AWS::CloudFront::Function")
    stores = set()
    for behaviour in behaviours(stacks).values():
        (request,) = [
            functions[each["FunctionARN"]["Fn::GetAtt"][0]]["Properties"]
            for each in behaviour["FunctionAssociations"]
            if each["EventType"] == "viewer-request"
        ]
        stores.add(json.dumps(request["FunctionConfig"]["KeyValueStoreAssociations"]))

    assert len(stores) == 2


def test_both_cdns_invalidate_the_distribution(stacks: Stacks) -> None:
    (site,) = stacks.resources(SITE, "AWS::CloudFront::Distribution")
    distributions = [
        each["Properties"]["Environment"]["Variables"].get("DISTRIBUTION_ID")
        for name, each in stacks.resources(SITE, "AWS::Lambda::Function").items()
        if "IngestFunction" in name
    ]

    assert distributions == [{"Ref": site}] * 2


def test_no_two_resources_have_the_same_name(stacks: Stacks) -> None:
    resources = stacks.templates[SITE].to_json()["Resources"].values()
    names = Counter(
        (resource["Type"], name, json.dumps(properties[name]))
        for resource in resources
        for properties in _list_nested(resource.get("Properties", {}))
        for name in NAME_PROPERTIES
        if resource["Type"] != "AWS::Lambda::Alias" and isinstance(properties.get(name), str)
    )

    assert {"calotype-shop-origin-5xx", "calotype-press-origin-5xx"} <= {
        json.loads(text) for _, _, text in names
    }
    assert [each for each, times in names.items() if times > 1] == []


def _list_nested(properties: Any) -> list[Any]:
    """Return properties, and those of their configurations and transformations."""
    nested = [value for value in properties.values() if isinstance(value, dict)]
    return [properties, *nested, *properties.get("MetricTransformations", [])]


def test_two_stages_of_the_same_name_in_one_region_are_refused(tmp_path: Path) -> None:
    app = cdk.App(context=read_context())
    code = fake_packager(tmp_path)
    add_site(app, code)
    here = cdk.Stack(app, "Here", env=cdk.Environment(region=PARTS[0].region))
    there = cdk.Stack(app, "There", env=cdk.Environment(region="eu-central-1"))

    with pytest.raises(ValueError, match=r"shop: calotype-site/Shop has a stage of that name"):
        ImageCdn(here, "Cdn", stage=PARTS[0], code=code)
    abroad = dataclasses.replace(PARTS[0], region="eu-central-1")
    assert ImageCdn(there, "Cdn", stage=abroad, code=code)
