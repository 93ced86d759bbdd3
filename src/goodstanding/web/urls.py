"""The pages' addresses: nouns.  Each folder of `web/pages` that has a `urls.py` is mounted."""

from importlib.util import find_spec
from pkgutil import iter_modules

from django.urls import include, path

from goodstanding.web import health, pages

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    *(
        path("", include(f"{pages.__name__}.{folder.name}.urls"))
        for folder in iter_modules(pages.__path__)
        if folder.ispkg and find_spec(f"{pages.__name__}.{folder.name}.urls")
    ),
]
