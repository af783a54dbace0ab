"""Asks a deployment what only AWS can answer, and keeps the answers as a report."""
