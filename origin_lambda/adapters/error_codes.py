"""The error codes of AWS services that mean more than a failure."""

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
"""The service is busy: codes of S3, DynamoDB, SNS, SQS, Secrets Manager and CloudFront.

An answer without a body has only its status as a code.
"""

ARCHIVE_CODES: Final = frozenset({"InvalidObjectState", "ObjectNotInActiveTierError"})
"""An object is in an archive of S3: the codes of GetObject and CopyObject (Amazon S3 API reference,
"Error responses"). Such classes are Glacier Flexible Retrieval, Glacier Deep Archive, and the
archive tiers of Intelligent-Tiering."""
