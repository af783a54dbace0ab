"""Presigned POSTs to upload to S3, through boto3."""

from typing import Any

from origin_lambda.adapters.boto.clients import translate_errors
from origin_lambda.ports import PresignedPost


class S3PresignedPosts:
    """Presigned POSTs to one bucket; *client* is a boto3 S3 client."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def presign(self, key: str, media_type: str, most_bytes: int, seconds: int) -> PresignedPost:
        fields = {"Content-Type": media_type, "success_action_status": "201"}
        conditions: list[Any] = [{name: value} for name, value in fields.items()]
        with translate_errors():
            post = self.client.generate_presigned_post(
                self.name,
                key,
                Fields=fields,
                Conditions=[*conditions, ["content-length-range", 1, most_bytes]],
                ExpiresIn=seconds,
            )
        return PresignedPost(post["url"], post["fields"])
