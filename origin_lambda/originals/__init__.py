"""Follows the originals bucket: measures what arrives, purges what has changed."""
