"""Draws SVGs with resvg, in a process of its own."""
