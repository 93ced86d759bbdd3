"""Addresses of the frame."""

from django.urls import path

from goodstanding.web.pages.frame import views

urlpatterns = [
    path("search/", views.search, name="search"),
    path("moment/", views.moment, name="moment"),
    path("appearance/", views.appearance, name="appearance"),
    path("saved-views/", views.saved_views, name="saved_views"),
    path(
        "saved-views/<uuid:view_id>/removal/", views.saved_view_removal, name="saved_view_removal"
    ),
    path("shortcuts/", views.shortcuts, name="shortcuts"),
]
