"""The parameters of a URL: one file a group, one line a parameter."""
