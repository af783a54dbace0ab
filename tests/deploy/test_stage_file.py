"""`calotype.toml`: the stages of an installed Calotype, and `calotype deploy`."""

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from infra.aws.commands import deploy as deploying
from infra.aws.commands.certificates import find_certificate
from infra.aws.stage import Front, OriginalsEvents, Stage
from infra.aws.stage_file import add_stage_row, read_stages
from infra.aws.stages import STAGES, find_stage
from infra.cli import main
from tests.deploy.stacks import CERTIFICATE


def write(folder: Path, text: str) -> Path:
    path = folder / "calotype.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_becomes_a_stage(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [stages.shop]
        like = "production"
        origin_concurrency = 50
        domain_names = ["img.example.com"]
        certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f0e"
        edge_settings = { SIZE_LADDER = "320,640" }
        [stages.inside]
        front = "balancer"
        originals_events = "eventbridge"
        originals_suffixes = [".jpg", ".png"]
        upload_api = false
        certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f0e"
        [stages.inside.network]
        vpc_id = "vpc-0a1b2c3d"
        subnets = { us-east-1a = "subnet-0a1b2c3d", us-east-1b = "subnet-1a1b2c3d" }
        """,
    )
    stages = read_stages(path, STAGES)

    assert stages["shop"].access_log_days == STAGES["production"].access_log_days
    assert stages["shop"].origin_concurrency == 50
    assert stages["shop"].domain_names == ("img.example.com",)
    assert stages["inside"].front is Front.BALANCER
    assert stages["inside"].originals_events is OriginalsEvents.EVENTBRIDGE
    assert stages["inside"].originals_suffixes == (".jpg", ".png")
    assert stages["inside"].network is not None
    assert len(stages["inside"].network.subnets) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[stages.shop]\ncolour = 'red'", "shop: colour is no setting of a stage"),
        ("[stages.shop]\nlog_days = '30'", 'shop: log_days cannot be "30"'),
        ("[stages.shop]\nprotected = 1", "shop: protected cannot be 1"),
        ("[stages.shop]\nlog_days = 31", "shop: log_days must be one of"),
        ("[stages.shop]\nfront = 'apache'", "shop: front cannot be"),
        ("[stages.shop]\noriginals_events = 'sns'", "shop: originals_events cannot be"),
        ("[stages.shop]\nnetwork = { vpc = 'vpc-1' }", "shop: network cannot be"),
        ("[stages.shop]\ndomain_names = 'img.example.com'", "shop: domain_names cannot be"),
        ("[stages.shop]\nlike = 'prod'", "shop: like must be one of dev, production, local"),
        ("stages = 1", "write a table such as"),
        ("[stages.shop", "calotype.toml: "),
    ],
)
def test_a_bad_table_is_refused_with_the_reason(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_stages(write(tmp_path, text), STAGES)


def test_a_new_stage_is_written_so_that_it_reads_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, '[stages.old]\nregion = "eu-west-1"')
    added = add_stage_row(
        path, "shop", {"domain_names": ["img.example.com"], "certificate_arn": CERTIFICATE}
    )

    assert read_stages(path, {}) == {"old": Stage(name="old", region="eu-west-1"), "shop": added}
    assert added.edge_settings == {"REQUIRE_SIGNATURE": "true"}
    assert added.protected
    with pytest.raises(ValueError, match="has the stage shop already"):
        add_stage_row(path, "shop", {})


def test_a_stage_is_found_in_the_file_of_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "[stages.shop]\nlog_days = 90")
    monkeypatch.chdir(tmp_path)

    assert find_stage("shop").log_days == 90
    assert find_stage("dev") == STAGES["dev"]
    with pytest.raises(ValueError, match="only dev, production, local, shop"):
        find_stage("shop2")


def test_deploying_a_new_domain_finds_its_certificate_and_writes_the_stage(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dummy_credentials: None,  # noqa: ARG001 reason: boto3 needs some
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("moto.settings.ACM_VALIDATION_WAIT", -1)
    calls: list[list[str]] = []

    def deploy(arguments: list[str]) -> int:
        calls.append(arguments)
        return 0

    monkeypatch.setattr(deploying, "main", deploy)
    with mock_aws():
        client = boto3.client("acm", region_name="us-east-1")
        for domain in ("www.example.org", "*.example.com"):
            arn = client.request_certificate(DomainName=domain)["CertificateArn"]
            client.describe_certificate(CertificateArn=arn)  # then moto issues it
        command = ["deploy", "--stage", "prod", "--domain", "img.example.com"]

        assert main(command) == 0
        with pytest.raises(ValueError, match=r"no certificate for a\.b\.example\.com in us-east-1"):
            find_certificate(["a.b.example.com"])
        assert main(command) == 2  # the stage has its table already
    assert calls == [["prod", "--approve", "broadening"]]
    assert find_stage("prod").certificate_arn == arn
