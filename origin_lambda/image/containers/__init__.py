"""Reads the structure of each picture format, before any decoder sees the bytes.

Decoders believe what a file says about itself. Each module here reads one format in plain Python:
the parts that decide how much memory and time its decoder takes. None of them allocates memory by
a number that the file contains (docs/decisions/0030).
"""
