"""A network of yours that a load balancer is to stand in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

EVERYBODY: Final = "0.0.0.0/0"
_VPC: Final = re.compile(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", re.ASCII)
_SUBNET: Final = re.compile(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A VPC that is there already, and its *subnets*: ids by availability zone.

    A balancer that is *internal* has addresses of those subnets alone.
    """

    vpc_id: str
    subnets: Mapping[str, str]
    internal: bool = True

    def demands(self, region: str) -> Iterator[tuple[object, str]]:
        """Yield what must hold for a balancer of a region to be there, and how to say so."""
        yield _VPC.fullmatch(self.vpc_id), "network has a vpc_id such as vpc-0a1b2c3d"
        yield (
            all(_SUBNET.fullmatch(each) for each in self.subnets.values()),
            "network has subnets such as subnet-0a1b2c3d",
        )
        yield len(self.subnets) >= 2, "network has subnets of two zones at least"
        yield (
            all(zone.startswith(region) for zone in self.subnets),
            f"network has zones of {region}",
        )


def is_block(text: str) -> bool:
    """Whether a text is a block of IPv4 addresses, such as 10.0.0.0/8."""
    try:
        return str(IPv4Network(text)) == text
    except ValueError:
        return False
