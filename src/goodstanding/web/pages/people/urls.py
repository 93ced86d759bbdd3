"""Addresses of people."""

from django.urls import path

from goodstanding.web.pages.people import views

urlpatterns = [
    path("people/", views.people_list, name="people"),
    path("people/invitation/", views.invitation, name="invitation"),
    path("people/<uuid:person_id>/", views.person, name="person"),
    path("people/<uuid:person_id>/roles/", views.roles, name="person_roles"),
    path("people/<uuid:person_id>/sign-in-link/", views.link, name="person_link"),
    path("people/<uuid:person_id>/manager/", views.manager, name="person_manager"),
    path("people/<uuid:person_id>/access/", views.access, name="person_access"),
    path(
        "people/<uuid:person_id>/second-factor/", views.second_factor, name="person_second_factor"
    ),
]
