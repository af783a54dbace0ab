"""Lets browsers upload originals straight to S3."""
