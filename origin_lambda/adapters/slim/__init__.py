"""A client of the few calls that the origin makes: it starts in a tenth of the time of boto3."""
