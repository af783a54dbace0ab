"""Parses URLs into transforms, and formats transforms as URLs."""
