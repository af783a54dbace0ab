"""Secrets of a stage: existing ones, or new ones with random values."""

import string
from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.aws.nag_suppressions import suppress
from infra.aws.stage import Stage

FIRST: Final = "first"
"""The name of the first key and of the first token in a new secret."""


class Secrets(Construct):
    """The ARNs of SIGNING_KEYS and UPLOAD_TOKENS, as JSON objects by name in Secrets Manager.

    Secrets Manager generates the first value of each. Later deployments keep your changes, and
    the secrets outlive the stack: signed URLs are in use elsewhere. Only a deployment that fails
    deletes the secrets that it created.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.signing_keys = stage.signing_keys_arn or self._create("SigningKeys")
        self.upload_tokens: str | None = None
        if stage.upload_api:
            self.upload_tokens = stage.upload_tokens_arn or self._create("UploadTokens")

    def _create(self, name: str) -> str:
        secret = secretsmanager.CfnSecret(
            self,
            name,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                secret_string_template="{}",  # noqa: S106 reason: an empty JSON object
                generate_string_key=FIRST,
                password_length=48,
                exclude_characters=string.punctuation,
            ),
        )
        secret.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        suppress(
            self,
            {"SMG4": "Signed URLs are in use elsewhere, so people rotate keys, not a schedule."},
        )
        return secret.attr_id
