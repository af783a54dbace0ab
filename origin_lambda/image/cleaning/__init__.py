"""Drops the metadata of a picture and keeps its compressed bytes (docs/decisions/0036).

Each module rewrites one format. It copies the parts that a decoder needs and leaves out the rest:
where and with what a picture was taken, texts, thumbnails, and what follows the picture's end.
"""
