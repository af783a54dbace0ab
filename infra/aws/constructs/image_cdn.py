"""The whole of it: originals in, pictures out."""

from aws_cdk import Stack
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from infra.aws.constructs.access_logs import AccessLogs
from infra.aws.constructs.alerts import Alerts
from infra.aws.constructs.balancer import Balancer
from infra.aws.constructs.catalog import Catalog
from infra.aws.constructs.derivatives import Derivatives
from infra.aws.constructs.distribution import Distribution
from infra.aws.constructs.edge import Edge
from infra.aws.constructs.function import Packager
from infra.aws.constructs.ingest_function import IngestFunction
from infra.aws.constructs.ingest_queue import IngestQueue
from infra.aws.constructs.origin_function import OriginFunction
from infra.aws.constructs.originals import Originals
from infra.aws.constructs.secrets import Secrets
from infra.aws.constructs.upload_api import UploadApi
from infra.aws.operations.operations import Operations
from infra.aws.stage import Front, Stage


class ImageCdn(Construct):
    """An image CDN for one bucket of originals, to be used in any CDK app.

    Alarms and metrics go by the name of its stage: another one in the app needs another.

    ```
    CloudFront -> derivatives bucket, else origin function -> catalog, originals, derivatives
    originals bucket -> ingest queue -> ingest function -> catalog, mips, alerts, invalidations
    upload API -> a form -> originals bucket
    ```
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage, code: Packager) -> None:
        super().__init__(scope, name)
        self.stage = stage
        _insist_on_a_name_of_its_own(self)
        self._code = code
        self._edge: Edge | None = None

        self.secrets = Secrets(self, "Secrets", stage=stage)
        self.queue = IngestQueue(self, "IngestQueue")
        self.originals = Originals(self, "Originals", stage=stage, queue=self.queue.queue)
        self.derivatives = Derivatives(self, "Derivatives", stage=stage)
        self.catalog = Catalog(self, "Catalog", stage=stage)
        self.alerts = Alerts(self, "Alerts")

        self.origin = self._origin()
        self.ingest = self._ingest()
        self.upload = self._upload()
        self.distribution: Distribution | None = None
        self.balancer: Balancer | None = None
        self.access_logs: AccessLogs | None = None
        match stage.front:
            case Front.CLOUDFRONT:
                self._distribute()
            case Front.BALANCER:
                self.balancer = Balancer(self, "Balancer", stage=stage, alias=self.origin.alias)
        self.operations = Operations(self, "Operations", cdn=self)

    @property
    def url(self) -> str:
        """Where pictures can be had; the function's own URL answers signed requests alone."""
        front = self.distribution or self.balancer
        return front.url if front else self.origin.url.url

    def behaviour(self) -> cloudfront.BehaviorOptions:
        """Return what makes a distribution of yours answer with pictures: see docs/deploy.md.

        Raises:
            ValueError: the stage has another front, so that the origin admits requests itself.

        """
        if not self.stage.front.has_edge:
            message = f"{self.stage.name}: front must be Front.OTHER for a behaviour of its own"
            raise ValueError(message)
        if self._edge is None:
            self._edge = Edge(
                self,
                "Edge",
                stage=self.stage,
                code=self._code,
                derivatives=self.derivatives,
                origin=self.origin,
                signing_keys=self.secrets.signing_keys,
            )
        return self._edge.behaviour

    def invalidate_at(self, distribution: cloudfront.IDistribution) -> None:
        """Have a distribution of yours, which has the behaviour, forget what has changed."""
        self.ingest.invalidate(distribution)

    @property
    def edge(self) -> Edge | None:
        """Functions, store and policies of the edge, once there is a behaviour."""
        return self._edge

    def _environment(self) -> dict[str, str]:
        return dict(self.stage.settings) | {
            "ORIGINALS_BUCKET": self.originals.bucket.bucket_name,
            "DERIVATIVES_BUCKET": self.derivatives.bucket.bucket_name,
            "CATALOG_TABLE": self.catalog.table.table_name,
        }

    def _origin(self) -> OriginFunction:
        return OriginFunction(
            self,
            "Origin",
            stage=self.stage,
            code=self._code,
            environment=self._environment(),
            originals=self.originals.bucket,
            derivatives=self.derivatives,
            table=self.catalog.table,
            queue=self.queue.queue,
            signing_keys=self.secrets.signing_keys,
        )

    def _ingest(self) -> IngestFunction:
        return IngestFunction(
            self,
            "Ingest",
            stage=self.stage,
            code=self._code,
            environment=self._environment(),
            queue=self.queue.queue,
            originals=self.originals.bucket,
            derivatives=self.derivatives,
            table=self.catalog.table,
            topic=self.alerts.topic,
        )

    def _upload(self) -> UploadApi | None:
        if self.secrets.upload_tokens is None:
            return None
        return UploadApi(
            self,
            "Upload",
            stage=self.stage,
            code=self._code,
            environment=self._environment(),
            originals=self.originals.bucket,
            table=self.catalog.table,
            tokens=self.secrets.upload_tokens,
        )

    def _distribute(self) -> None:
        self.distribution = Distribution(
            self, "Distribution", stage=self.stage, behaviour=self.behaviour()
        )
        self.invalidate_at(self.distribution.distribution)
        if self.stage.access_log_days:
            self.access_logs = AccessLogs(
                self,
                "AccessLogs",
                distribution_arn=self.distribution.distribution.distribution_arn,
                days=self.stage.access_log_days,
            )


def _insist_on_a_name_of_its_own(cdn: ImageCdn) -> None:
    """See to it that no other image CDN of the app and region goes by the name of its stage.

    Raises:
        ValueError: one does.

    """
    name, region = cdn.stage.name, Stack.of(cdn).region
    for other in cdn.node.root.node.find_all():
        if not isinstance(other, ImageCdn) or other is cdn:
            continue
        if (other.stage.name, Stack.of(other).region) == (name, region):
            message = (
                f"{name}: {other.node.path} has a stage of that name,"
                " and their alarms and metrics would be the same"
            )
            raise ValueError(message)
