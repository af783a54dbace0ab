"""Drops the metadata of a picture and keeps its compressed bytes (docs/decisions/0036).

Each module rewrites one format. It copies the parts that a decoder needs and drops the rest: place,
camera, texts, thumbnails, and bytes after the picture's end.
"""
