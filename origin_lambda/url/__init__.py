"""From a URL to a transform and back."""
