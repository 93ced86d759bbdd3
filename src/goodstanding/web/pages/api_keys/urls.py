"""Addresses of API keys."""

from django.urls import path

from goodstanding.web.pages.api_keys import views

urlpatterns = [
    path("api-keys/", views.keys, name="api_keys"),
    path("api-keys/new/", views.new_key, name="new_api_key"),
    path("api-keys/<uuid:key_id>/revocation/", views.revocation, name="api_key_revocation"),
]
