"""The error codes with which AWS services refuse a request because they are busy."""

from typing import Final

THROTTLING_CODES: Final = frozenset(
    {
        "429",
        "503",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyInvalidationsInProgress",
        "TooManyRequestsException",
    }
)
"""The codes of S3, DynamoDB, SNS, SQS, Secrets Manager and CloudFront.

An answer without a body has only its status as a code.
"""
