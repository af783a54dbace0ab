"""The template tag libraries of the app."""
