"""The pages of a Django site; the URL `/` shows the template that a test has set."""

from typing import Any

from django.http import HttpResponse
from django.template import engines
from django.urls import path

template = ""


def show(request: Any) -> Any:
    return HttpResponse(engines["django"].from_string(template).render({}, request))


urlpatterns = [path("", show)]
