"""The pages' addresses: nouns."""

from django.urls import include, path

from goodstanding.web import health
from goodstanding.web.pages.home import views as home

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("goodstanding.web.pages.frame.urls")),
    path("", include("goodstanding.web.pages.account.urls")),
    path("", include("goodstanding.web.pages.metrics.urls")),
    path("healthz", health.healthz, name="healthz"),
]
