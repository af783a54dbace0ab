"""The same derivatives by us and by other image servers, side by side in one run."""
