"""Adjustments and effects."""
