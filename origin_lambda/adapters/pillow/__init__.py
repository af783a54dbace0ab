"""Adapters that use Pillow: decoding, pixels, encoding."""
