"""Borders, masks and the grid behind transparent parts."""
