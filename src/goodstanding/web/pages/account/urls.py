"""Addresses of signing in and of one's own account."""

from allauth.account.views import login, logout
from django.urls import include, path

from goodstanding.web.pages.account import views

urlpatterns = [
    path("sign-in/", login, name="account_login"),
    path("sign-in/out/", logout, name="account_logout"),
    path("account/", views.account_home, name="account_home"),
    path("sign-in/", include("allauth.account.urls")),
    path("sign-in/second-factor/", include("allauth.mfa.urls")),
]
