"""Measures what an original looks like: placeholders, palette, focal point, quality curves."""
