"""Layers: other originals that are drawn on the result. Each one gets a plan of its own."""
