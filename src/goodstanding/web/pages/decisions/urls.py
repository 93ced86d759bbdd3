"""Addresses of decisions."""

from django.urls import path

from goodstanding.web.pages.decisions import views

urlpatterns = [
    path("decisions/", views.decisions, name="decisions"),
    path("decisions/<uuid:decision_id>/", views.decision, name="decision"),
    path("decisions/<uuid:decision_id>/replays/", views.replays, name="decision_replays"),
    path("decisions/<uuid:decision_id>/again/", views.again, name="decision_again"),
    path(
        "decisions/<uuid:decision_id>/personal-values/",
        views.personal_values,
        name="decision_personal_values",
    ),
]
