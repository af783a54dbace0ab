"""The app's name and label."""

from django.apps import AppConfig


class CalotypeConfig(AppConfig):  # type: ignore[misc]  # reason: Django has no types
    """The app; it has no models."""

    name = "origin_lambda.html.django_app"
    label = "calotype"
