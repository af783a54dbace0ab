"""A Django app with the template tag library `calotype`.

INSTALLED_APPS = [..., "origin_lambda.html.django_app"]
CALOTYPE = {"BASE": "https://img.example.com"}

{% load calotype %}
{% picture "cats/tom.jpg" alt="Tom" ar="3:2" fit="crop" %}
"""
