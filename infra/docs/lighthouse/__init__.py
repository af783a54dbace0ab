"""Measures the pages with Lighthouse."""
