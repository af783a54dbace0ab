"""Computes colour adjustments as numbers: a tone curve and a channel matrix."""
