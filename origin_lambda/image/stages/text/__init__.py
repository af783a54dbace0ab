"""The stage that draws text."""
