"""Addresses of the frame."""

from django.urls import path

from goodstanding.web.pages.frame import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("moment/", views.moment, name="moment"),
    path("appearance/", views.appearance, name="appearance"),
    path("shortcuts/", views.shortcuts, name="shortcuts"),
]
