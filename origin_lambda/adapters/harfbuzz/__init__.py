"""Shapes and draws text with HarfBuzz, which is in the wheel of uharfbuzz."""
