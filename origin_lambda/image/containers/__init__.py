"""Reads the structure of each picture format, before any decoder sees the bytes.

Decoders believe what a file says about itself. Each module here reads the parts of one format that
decide how much memory and time its decoder takes, in plain Python, and never allocates by what it
reads (docs/decisions/0030).
"""
