import django
import pytest
from django.conf import settings


@pytest.fixture(scope="session", autouse=True)
def configured_django() -> None:
    settings.configure(
        DEBUG=True,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.html.django_pages",
        INSTALLED_APPS=["origin_lambda.html.django_app"],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        CALOTYPE={"BASE": "https://img.example.com"},
        USE_TZ=True,
    )
    django.setup()
