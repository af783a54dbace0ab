"""Answers requests for derivatives: read a stored one, or render and store it."""
