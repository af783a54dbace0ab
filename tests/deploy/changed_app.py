"""The stage `local` with another setting, to test an update."""

import dataclasses

import aws_cdk as cdk

from infra.aws.app import CONTEXT, add_stage
from infra.aws.constructs.edge_package import package
from infra.aws.stages import STAGES

if __name__ == "__main__":
    app = cdk.App(context=CONTEXT)
    add_stage(app, dataclasses.replace(STAGES["local"], settings={"LIMIT_SIDE": "100"}), package)
    app.synth()
