"""Calotype's constructs for your own CDK app, in Python: `from calotype_cdk import ImageCdn`.

docs/deploy.md has an example. All names that are not listed here can change in any release.
"""

try:
    from infra.aws.constructs.distribution import error_responses
    from infra.aws.constructs.edge_package import package
    from infra.aws.constructs.function import Packager
    from infra.aws.constructs.image_cdn import ImageCdn
    from infra.aws.network import Network
    from infra.aws.stage import Front, OriginalsEvents, Stage
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] not in {"edge", "infra"}:
        raise
    _MESSAGE = (
        "a folder or module of yours named infra or edge hides a package of Calotype: "
        "give it another name, or start Python with -P"
    )
    raise ImportError(_MESSAGE) from error

__all__ = [
    "Front",
    "ImageCdn",
    "Network",
    "OriginalsEvents",
    "Packager",
    "Stage",
    "error_responses",
    "package",
]
