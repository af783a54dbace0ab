"""From a transform and an original to a derivative: measure, plan, render."""
