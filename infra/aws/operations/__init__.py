"""Alarms, dashboard and budget of a deployment."""
