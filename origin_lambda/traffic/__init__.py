"""Learns from traffic: counts views, and makes popular derivatives smaller (docs/traffic.md)."""
