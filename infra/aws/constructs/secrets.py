"""Secrets of a stage: those of yours, or new ones whose values nobody has ever seen."""

import string
from typing import Final

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.aws.nag_suppressions import accept
from infra.aws.stage import Stage

FIRST: Final = "first"
"""The name of the key and of the token that a new secret begins with."""


class Secrets(Construct):
    """The ARNs of SIGNING_KEYS and UPLOAD_TOKENS, as JSON objects by name in Secrets Manager.

    Secrets Manager makes up the first value of each. What is changed in them later stays, and so
    do they when the stack goes: signed URLs are out in the world.
    """

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(scope, name)
        self.signing_keys = stage.signing_keys_arn or self._made("SigningKeys")
        self.upload_tokens: str | None = None
        if stage.upload_api:
            self.upload_tokens = stage.upload_tokens_arn or self._made("UploadTokens")

    def _made(self, name: str) -> str:
        secret = secretsmanager.CfnSecret(
            self,
            name,
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                secret_string_template="{}",  # noqa: S106 reason: the braces of a JSON object
                generate_string_key=FIRST,
                password_length=48,
                exclude_characters=string.punctuation,
            ),
        )
        secret.apply_removal_policy(RemovalPolicy.RETAIN)
        accept(self, {"SMG4": "URLs signed with a key are out in the world: people rotate keys."})
        return secret.attr_id
