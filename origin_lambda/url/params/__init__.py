"""The parameters of a URL: one file per group, one field per parameter."""
