"""AWS client for the origin's few calls; it starts in a tenth of boto3's time."""
