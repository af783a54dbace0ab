"""The only files that import a vendor."""
