"""Addresses of signing in."""

from allauth.account.views import login, logout
from django.urls import include, path

urlpatterns = [
    path("", login, name="account_login"),
    path("out/", logout, name="account_logout"),
    path("", include("allauth.account.urls")),
    path("second-factor/", include("allauth.mfa.urls")),
]
