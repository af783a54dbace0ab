"""Finds the certificate of a domain in Certificate Manager."""

from collections.abc import Iterable, Sequence

import boto3

from infra.aws.stage import EDGE_REGION


def find_certificate(domains: Sequence[str]) -> str:
    """Return the ARN of an issued certificate, in CloudFront's region, that covers all domains.

    Raises:
        ValueError: there is none; the message says how to get one.

    """
    client = boto3.client("acm", region_name=EDGE_REGION)
    pages = client.get_paginator("list_certificates").paginate(
        CertificateStatuses=["ISSUED"],
        # Without a filter the answer has certificates with RSA keys of 2048 bits only.
        Includes={
            "keyTypes": ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1"]
        },
    )
    for page in pages:
        for summary in page["CertificateSummaryList"]:
            arn: str = summary["CertificateArn"]
            details = client.describe_certificate(CertificateArn=arn)["Certificate"]
            if _covers([details["DomainName"], *details["SubjectAlternativeNames"]], domains):
                return arn
    message = (
        f"there is no certificate for {', '.join(domains)} in {EDGE_REGION}: request one from "
        f"Certificate Manager in {EDGE_REGION}, and confirm it by DNS. Then deploy again."
    )
    raise ValueError(message)


def _covers(names: Iterable[str], domains: Iterable[str]) -> bool:
    """Return whether names of a certificate cover all domains; `*.` stands for one label."""
    covered = set(names)
    return all(
        domain in covered or f"*.{domain.partition('.')[2]}" in covered for domain in domains
    )
