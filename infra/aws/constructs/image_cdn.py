"""The whole image CDN as one construct, for use in any CDK app."""

from aws_cdk import Stack, Tags
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from infra.aws.constructs.access_logs import AccessLogs
from infra.aws.constructs.alerts import Alerts
from infra.aws.constructs.balancer import Balancer
from infra.aws.constructs.catalog import Catalog
from infra.aws.constructs.derivatives import Derivatives
from infra.aws.constructs.distribution import Distribution
from infra.aws.constructs.edge import Edge
from infra.aws.constructs.edge_package import package
from infra.aws.constructs.function import Packager
from infra.aws.constructs.helper_logs import expire_helper_logs
from infra.aws.constructs.ingest_function import IngestFunction
from infra.aws.constructs.ingest_queue import INGEST_SECONDS, IngestQueue
from infra.aws.constructs.origin_function import ONE_CPU, SECONDS, OriginFunction
from infra.aws.constructs.originals import Originals
from infra.aws.constructs.parts import Parts
from infra.aws.constructs.playground import Playground
from infra.aws.constructs.secrets import Secrets
from infra.aws.constructs.traffic import Traffic
from infra.aws.constructs.upload_api import UploadApi
from infra.aws.constructs.web_acl import WebAcl
from infra.aws.operations.monitored import Monitored
from infra.aws.operations.operations import STAGE_TAG, Operations
from infra.aws.stage import Front, Stage


class ImageCdn(Construct):
    """An image CDN for one bucket of originals, for use in any CDK app.

    Its alarms and metrics are named after its stage, so two in one app need two stage names.
    *code* packages its functions; the default downloads their libraries and builds them here.

    ```
    CloudFront -> derivatives bucket, else origin function -> catalog, originals, derivatives
    originals bucket -> ingest queue -> ingest function -> catalog, mips, alerts, invalidations
    upload API -> presigned POST -> originals bucket
    ```

    Raises:
        ValueError: another image CDN of this app and region has a stage of the same name.

    """

    def __init__(
        self, scope: Construct, name: str, *, stage: Stage, code: Packager = package
    ) -> None:
        super().__init__(scope, name)
        self.stage = stage
        _check_name_is_unique(self)
        self._code = code
        self._edge: Edge | None = None

        self.secrets = Secrets(self, "Secrets", stage=stage)
        self.queue = IngestQueue(self, "IngestQueue")
        self.originals = Originals(self, "Originals", stage=stage, queue=self.queue.queue)
        self.derivatives = Derivatives(self, "Derivatives", stage=stage)
        self.catalog = Catalog(self, "Catalog", stage=stage)
        self.alerts = Alerts(self, "Alerts")

        self.parts = Parts(
            stage=stage,
            code=code,
            environment=self._environment(),
            originals=self.originals.bucket,
            derivatives=self.derivatives,
            catalog=self.catalog.table,
            queue=self.queue.queue,
        )
        self.origin = OriginFunction(
            self, "Origin", parts=self.parts, signing_keys=self.secrets.signing_keys
        )
        self.ingest = IngestFunction(self, "Ingest", parts=self.parts, topic=self.alerts.topic)
        self.upload = self._add_upload()
        self.playground: Playground | None = None
        self.distribution: Distribution | None = None
        self.balancer: Balancer | None = None
        self.access_logs: AccessLogs | None = None
        self.traffic: Traffic | None = None
        self.web_acl = WebAcl(self, "WebAcl", stage=stage) if stage.rate_limit else None
        web_acl_arn = self.web_acl.arn if self.web_acl else stage.web_acl_arn
        match stage.front:
            case Front.CLOUDFRONT:
                self._add_distribution(web_acl_arn)
            case Front.BALANCER:
                self.balancer = Balancer(
                    self,
                    "Balancer",
                    stage=stage,
                    alias=self.origin.alias,
                    web_acl_arn=web_acl_arn,
                )
        if stage.warm_presets or self.traffic:
            table = self.traffic.table if self.traffic else None
            self.ingest.warm(stage.warm_settings, table)
        self.operations = Operations(self, "Operations", monitored=self._list_monitored_parts())
        Tags.of(self).add(STAGE_TAG, stage.name)
        expire_helper_logs(Stack.of(self), stage)

    @property
    def url(self) -> str:
        """Where pictures are served; the function's own URL answers signed requests only."""
        front = self.distribution or self.balancer
        return front.url if front else self.origin.url.url

    def behaviour(self) -> cloudfront.BehaviorOptions:
        """Return the behaviour that lets your own distribution serve pictures: docs/deploy.md.

        Raises:
            ValueError: the stage has a front without an edge, so the origin admits requests.

        """
        if not self.stage.front.has_edge:
            message = f"{self.stage.name}: front must be Front.OTHER to have a behaviour"
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
        """Send invalidations to your own distribution, which has the behaviour."""
        self.ingest.invalidate(distribution)

    @property
    def edge(self) -> Edge | None:
        """Functions, store and policies of the edge, or None if there is no behaviour yet."""
        return self._edge

    def _environment(self) -> dict[str, str]:
        return (dict(self.stage.settings) | self.stage.key_settings) | {
            "ORIGINALS_BUCKET": self.originals.bucket.bucket_name,
            "DERIVATIVES_BUCKET": self.derivatives.bucket.bucket_name,
            "CATALOG_TABLE": self.catalog.table.table_name,
        }

    def _add_upload(self) -> UploadApi | None:
        if self.secrets.upload_tokens is None:
            return None
        return UploadApi(
            self,
            "Upload",
            parts=self.parts,
            tokens=self.secrets.upload_tokens,
        )

    def _add_distribution(self, web_acl_arn: str) -> None:
        if self.stage.playground:
            self.playground = Playground(self, "Playground", stage=self.stage, code=self._code)
        self.distribution = Distribution(
            self,
            "Distribution",
            stage=self.stage,
            behaviour=self.behaviour(),
            others=self.playground.behaviours if self.playground else {},
            web_acl_arn=web_acl_arn,
        )
        self.invalidate_at(self.distribution.distribution)
        if self.stage.access_log_days:
            self.access_logs = AccessLogs(
                self,
                "AccessLogs",
                distribution_arn=self.distribution.distribution.distribution_arn,
                days=self.stage.access_log_days,
                with_queries=self.stage.refine_budget > 0,
            )
        if self.access_logs and self.stage.refine_budget:
            self.traffic = Traffic(
                self,
                "Traffic",
                parts=self.parts,
                logs=self.access_logs.bucket,
            )

    def _list_monitored_parts(self) -> Monitored:
        return Monitored(
            stage=self.stage,
            origin=self.origin.function,
            origin_log=self.origin.resources.log_group,
            origin_seconds=SECONDS,
            origin_memory=ONE_CPU,
            ingest=self.ingest.function,
            ingest_seconds=INGEST_SECONDS,
            queue=self.queue.queue,
            dead_letters=self.queue.dead_letters,
            upload_api=self.upload.api if self.upload else None,
            balancer=self.balancer.balancer if self.balancer else None,
            distribution=self.distribution.distribution if self.distribution else None,
            edge_functions=self.edge.function_names if self.edge else (),
            web_acl=self.web_acl.name if self.web_acl else "",
            refiner=self.traffic.refiner if self.traffic else None,
        )


def _check_name_is_unique(cdn: ImageCdn) -> None:
    """Check that no other image CDN of the app and region has a stage of the same name.

    Raises:
        ValueError: there is another one.

    """
    name, region = cdn.stage.name, Stack.of(cdn).region
    for other in cdn.node.root.node.find_all():
        if not isinstance(other, ImageCdn) or other is cdn:
            continue
        if (other.stage.name, Stack.of(other).region) == (name, region):
            message = (
                f"{name}: {other.node.path} has a stage of that name,"
                " so their alarms and metrics would be the same"
            )
            raise ValueError(message)
