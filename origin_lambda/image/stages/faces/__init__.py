"""Faces: hide, correct and mark them."""
