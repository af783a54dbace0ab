"""Adapters that use boto3: for ingest, uploads and the command line."""
