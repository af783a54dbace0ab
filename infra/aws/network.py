"""Your own network, in which a load balancer can stand."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

ANY_ADDRESS: Final = "0.0.0.0/0"
_VPC: Final = re.compile(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", re.ASCII)
_SUBNET: Final = re.compile(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """An existing VPC and its *subnets*: ids by availability zone.

    An *internal* balancer has private addresses of those subnets only.
    """

    vpc_id: str
    subnets: Mapping[str, str]
    internal: bool = True

    def list_requirements(self, region: str) -> Iterator[tuple[object, str]]:
        """Yield what must hold for a balancer in a region, each with its error text."""
        yield _VPC.fullmatch(self.vpc_id), "network needs a vpc_id such as vpc-0a1b2c3d"
        yield (
            all(_SUBNET.fullmatch(each) for each in self.subnets.values()),
            "network needs subnets such as subnet-0a1b2c3d",
        )
        yield len(self.subnets) >= 2, "network needs subnets of two zones at least"
        yield (
            all(zone.startswith(region) for zone in self.subnets),
            f"network needs zones of {region}",
        )


def is_ipv4_block(text: str) -> bool:
    """Return whether a text is a block of IPv4 addresses, such as 10.0.0.0/8."""
    try:
        return str(IPv4Network(text)) == text
    except ValueError:
        return False
