"""Colours and layers that are drawn over the picture."""
