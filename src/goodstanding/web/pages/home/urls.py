"""Addresses of home."""

from django.urls import path

from goodstanding.web.pages.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("tour/<slug:key>/", views.tour_step, name="tour_step"),
]
