"""Reads the outputs of a deployment from CDK's file.

python -m infra.aws.outputs FILE    prints the environment for `calotype` to use that deployment
"""

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of one stage; a text is empty if the stage does not have the part."""

    url: str
    originals: str
    derivatives: str
    catalog: str
    alerts: str
    queue: str
    signing_keys: str
    origin_function: str
    upload_api: str = ""
    upload_tokens: str = ""
    distribution: str = ""
    edge_keys_function: str = ""
    edge_function: str = ""
    alarms: str = ""
    origin_url: str = ""
    originals_prefix: str = ""
    originals_suffixes: str = ""
    traffic: str = ""
    warm_presets: str = ""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the outputs from a file of `cdk deploy --outputs-file`.

        Raises:
            ValueError: the file is missing, or does not have the outputs of exactly one stage.

        """
        try:
            stacks: Any = json.loads(path.read_text(encoding="utf-8"))
            (outputs,) = stacks.values()
            return cls(
                **{field: outputs[name] for field, name in _NAMES.items() if name in outputs}
            )
        except (OSError, ValueError, AttributeError, TypeError) as error:
            message = f"{path} does not have the outputs of one stage; make deploy writes that file"
            raise ValueError(message) from error

    @property
    def region(self) -> str:
        """The stage's region, which is the fourth part of any of its ARNs."""
        return self.signing_keys.split(":")[3]


_NAMES: Final = {
    "url": "Url",
    "originals": "OriginalsBucket",
    "derivatives": "DerivativesBucket",
    "catalog": "CatalogTable",
    "alerts": "AlertsTopic",
    "queue": "IngestQueueUrl",
    "signing_keys": "SigningKeys",
    "origin_function": "OriginFunction",
    "upload_api": "UploadApi",
    "upload_tokens": "UploadTokens",
    "distribution": "DistributionId",
    "edge_keys_function": "EdgeKeysFunction",
    "edge_function": "EdgeFunction",
    "alarms": "AlarmsTopic",
    "origin_url": "OriginUrl",
    "originals_prefix": "OriginalsPrefix",
    "originals_suffixes": "OriginalsSuffixes",
    "traffic": "TrafficTable",
    "warm_presets": "WarmPresets",
}


def build_environment(outputs: Outputs) -> dict[str, str]:
    """Return the settings with which `calotype` commands use a deployment."""
    settings = {
        "AWS_DEFAULT_REGION": outputs.region,
        "ORIGINALS_BUCKET": outputs.originals,
        "ORIGINALS_PREFIX": outputs.originals_prefix,
        "ORIGINALS_SUFFIXES": outputs.originals_suffixes,
        "DERIVATIVES_BUCKET": outputs.derivatives,
        "CATALOG_TABLE": outputs.catalog,
        "ALERTS_TOPIC_ARN": outputs.alerts,
        "INGEST_QUEUE_URL": outputs.queue,
        "DISTRIBUTION_ID": outputs.distribution,
        "TRAFFIC_TABLE": outputs.traffic,
        "WARM_PRESETS": outputs.warm_presets,
    }
    return {name: value for name, value in settings.items() if value}


def main(arguments: list[str]) -> int:
    """Print the environment as `export` lines for a shell; return 2 for bad arguments."""
    if len(arguments) != 1:
        print("calotype: name one file of outputs, such as build/dev.json", file=sys.stderr)
        return 2
    try:
        outputs = Outputs.read(Path(arguments[0]))
    except ValueError as error:
        print(f"calotype: {error}", file=sys.stderr)
        return 2
    for name, value in build_environment(outputs).items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
